//! Settings by name: the default, and those of the paper's released configurations (docs/methods.md 1.1).

use crate::{
    Error, Plugins, RunConfig, SemanticsConfig, Shipped, ShippedGraph, SourceConfig, Strength,
    ViewGenes, Views,
};
use semst_clustering_heads::{GaussianMixtureConfig, KMeansConfig, ShippedHead};
use semst_fsm_modulation::ShippedModulator;
use semst_gnn_encoders::{SemstConfig, ShippedEncoder};
use semst_io::InputIs;
use semst_preprocess::{Preprocess, Transform};
use semst_semantic_embedding::ColumnScale;
use semst_spatial_graph::{RadiusGraph, SymmetricKnnGraph, ThresholdGraph};
use semst_training::{Depth, TrainConfig};

/// Name and one-line description of every preset.
pub const PRESETS: &[(&str, &str)] = &[
    ("default", "our own settings, for every platform"),
    (
        "paper-dlpfc",
        "SemST config/DLPFC.ini: Visium cortex, radius 560 px",
    ),
    (
        "paper-hbc",
        "SemST config/HBC.ini: Visium breast cancer, 600 epochs at 1e-4",
    ),
    (
        "paper-mba",
        "SemST config/MBA.ini: Visium mouse brain anterior",
    ),
    ("paper-embryo", "SemST config/Embryo.ini: Stereo-seq embryo"),
    (
        "paper-mvc",
        "SemST config/MVC.ini: STARmap visual cortex, 2000 epochs",
    ),
];

/// Weight of the floor relative to the network in the preset of semst: the embedding shows the domains, which the floor gives
/// (docs/results/first-walk.md).
const FLOOR: f64 = 2.0;

/// The settings in which the released configurations differ between data sets.
struct Released {
    epochs: usize,
    learning_rate: f64,
    n_neighbors: usize,
    widths: (usize, usize),
    ratio: f64,
    /// a (ZINB), b (decorrelation), g (regulariser).
    weights: (f64, f64, f64),
    n_top_genes: usize,
    spatial_graph: ShippedGraph,
    /// Whether views of the slide vote on the domains before the training. If not, k-means clusters the unchanged embedding, as in
    /// the papers.
    ours: bool,
}

impl RunConfig<Shipped> {
    /// The settings of a preset, with the shipped parts ([`RunConfig::of_preset`] for others).
    ///
    /// # Errors
    /// When there is no preset of that name.
    pub fn preset(name: &str) -> Result<Self, Error> {
        Self::of_preset(name)
    }

    /// Reads TOML, with the shipped parts ([`RunConfig::of_toml`] for others).
    ///
    /// # Errors
    /// When the text is not TOML, or a field is missing or unknown.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        Self::of_toml(text)
    }
}

impl<P: Plugins> RunConfig<P> {
    /// The settings of a preset.
    ///
    /// # Errors
    /// When there is no preset of that name.
    pub fn of_preset(name: &str) -> Result<Self, Error> {
        let knn = |k| ShippedGraph::Knn(SymmetricKnnGraph::new(k));
        let dlpfc = Released {
            epochs: 100,
            learning_rate: 1e-3,
            n_neighbors: 14,
            widths: (256, 128),
            ratio: 1.2,
            weights: (1.0, 0.1, 0.1),
            n_top_genes: 3000,
            spatial_graph: ShippedGraph::Radius(RadiusGraph::new(560.0).with_self()),
            ours: false,
        };
        let threshold = || ShippedGraph::Threshold(ThresholdGraph::new());
        let released = match name {
            "default" => Released {
                spatial_graph: knn(6),
                ours: true,
                ..dlpfc
            },
            "paper-dlpfc" => dlpfc,
            "paper-hbc" => Released {
                epochs: 600,
                learning_rate: 1e-4,
                n_neighbors: 15,
                ratio: 0.5,
                n_top_genes: 2000,
                spatial_graph: threshold(),
                ..dlpfc
            },
            "paper-mba" => Released {
                epochs: 200,
                n_neighbors: 15,
                widths: (128, 64),
                ratio: 0.5,
                spatial_graph: threshold(),
                ..dlpfc
            },
            "paper-embryo" => Released {
                epochs: 500,
                n_neighbors: 15,
                ratio: 0.5,
                weights: (1.0, 1.0, 1.0),
                spatial_graph: knn(15),
                ..dlpfc
            },
            "paper-mvc" => Released {
                epochs: 2000,
                n_neighbors: 5,
                widths: (128, 64),
                ratio: 0.5,
                weights: (1.0, 1.0, 1.0),
                n_top_genes: 128,
                spatial_graph: knn(15),
                ..dlpfc
            },
            _ => {
                let known = PRESETS.iter().map(|p| p.0).collect::<Vec<_>>().join(", ");
                return Err(Error::UnknownPreset {
                    name: name.into(),
                    known,
                });
            }
        };
        Ok(released.config(name))
    }
}

impl Released {
    /// The released code feeds the vectors of the spots as they are; ours are centred and scaled.
    fn semantics<S: SourceConfig>(&self) -> SemanticsConfig<S> {
        let mut semantics = SemanticsConfig::default();
        if !self.ours {
            semantics.scaling.columns = ColumnScale::Keep;
        }
        semantics
    }

    fn config<P: Plugins>(self, name: &str) -> RunConfig<P> {
        let encoder = SemstConfig::new()
            .with_widths(self.widths.0, self.widths.1)
            .with_weights(self.weights.0, self.weights.1, self.weights.2);
        let semantics = self.semantics();
        RunConfig {
            preset: name.into(),
            domains: None,
            seed: 0,
            // The CPU gives the same bits everywhere; no GPU has been measured against it yet (docs/decisions/0011).
            device: "cpu".into(),
            one_slide: false,
            input_is: InputIs::Counts,
            head: match self.ours {
                true => ShippedHead::Gmm(GaussianMixtureConfig::new()),
                false => ShippedHead::Kmeans(KMeansConfig::new()),
            }
            .into(),
            n_neighbors: self.n_neighbors,
            preprocess: Preprocess::semst_paper(self.n_top_genes),
            spatial_graph: self.spatial_graph.into(),
            semantics,
            encoder: ShippedEncoder::Semst(encoder).into(),
            modulator: ShippedModulator::Fsm { ratio: self.ratio }.into(),
            depth: Depth::Latent,
            smoothing: match self.ours {
                true => Strength::Auto,
                false => Strength::default(),
            },
            floor: if self.ours { FLOOR } else { 0.0 },
            view_genes: ViewGenes::default(),
            counting: self.ours.then(counting),
            views: self.ours.then(views),
            embedding_votes: false,
            model: true,
            train: TrainConfig::new(self.epochs).with_learning_rate(self.learning_rate),
        }
    }
}

/// The views of `default` that vote on the domains (docs/results/default.md).
fn views() -> Views {
    Views {
        transforms: vec![Transform::Log1p],
        scales: vec![1.0],
        components: vec![10, 15, 20],
        directions: vec![10, 15, 20],
        rings: Vec::new(),
    }
}

/// The views of `default` that choose the number of domains (docs/results/leads/domain_count.md).
pub(crate) fn counting() -> Views {
    Views {
        scales: vec![0.5, 1.0, 2.0],
        components: vec![10, 20],
        directions: Vec::new(),
        ..views()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_there_and_checks() -> Result<(), Error> {
        for (name, _) in PRESETS {
            let config = RunConfig::preset(name)?.with_domains(5);
            config.check()?;
            assert_eq!(RunConfig::from_toml(&config.to_toml()?)?, config, "{name}");
            let raw = config.semantics.scaling.columns == ColumnScale::Keep;
            assert_eq!(raw, name.starts_with("paper-"), "{name}");
        }
        assert!(
            RunConfig::preset("paper")
                .unwrap_err()
                .to_string()
                .contains("paper-dlpfc")
        );
        Ok(())
    }

    #[test]
    fn a_configuration_may_leave_the_number_of_domains_open() -> Result<(), Error> {
        RunConfig::preset("default")?.check()?;
        let none = RunConfig::preset("default")?.with_domains(0);
        assert!(matches!(none.check(), Err(Error::TooFewDomains { .. })));
        Ok(())
    }
}
