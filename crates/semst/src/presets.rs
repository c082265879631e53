//! Settings by name: the default, and those of the paper's released configurations (docs/methods.md 1.1).

use crate::{Error, Plugins, RunConfig, SemanticsConfig, Shipped, ShippedGraph, ViewGenes, Views};
use semst_clustering_heads::{GaussianMixtureConfig, KMeansConfig, ShippedHead};
use semst_fsm_modulation::ShippedModulator;
use semst_gnn_encoders::{SemstConfig, ShippedEncoder};
use semst_io::{InputIs, Platform, SpatialDataset, guess_platform};
use semst_preprocess::{Preprocess, Transform};
use semst_spatial_graph::{RadiusGraph, SymmetricKnnGraph, ThresholdGraph};
use semst_training::{Depth, TrainConfig};

/// Name and one-line description of every preset.
pub const PRESETS: &[(&str, &str)] = &[
    ("default", "our own settings, for any platform"),
    (
        "imaging",
        "our own settings for imaged panels of genes: MERFISH, STARmap, Xenium",
    ),
    (
        "st",
        "our own settings for Spatial Transcriptomics v1: next to no diffusion",
    ),
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

/// Strength of the last diffusion in the presets of semst (docs/protocol.md: the floor's a = 10).
const SMOOTHING: f64 = 10.0;

/// Weight of the floor relative to the network in the presets of semst: training improves a result that exists without it
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
    /// Strength of the last diffusion in the presets of semst, in which a mixture clusters the embedding together with the floor.
    /// `None`: k-means clusters the unchanged embedding, as in the papers.
    ours: Option<f64>,
}

impl RunConfig<Shipped> {
    /// The settings of a preset, with the shipped parts ([`RunConfig::of_preset`] for others).
    ///
    /// # Errors
    /// When there is no preset of that name.
    pub fn preset(name: &str) -> Result<Self, Error> {
        Self::of_preset(name)
    }

    /// The settings of semst for the platform of a slide, with the shipped parts ([`RunConfig::of_slide`] for others).
    ///
    /// # Errors
    /// None; the presets exist.
    pub fn for_slide(slide: &SpatialDataset) -> Result<Self, Error> {
        Self::of_slide(slide)
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
    /// The settings of semst for the guessed platform of a slide ([`semst_io::guess_platform`]): the preset `st` for
    /// Spatial Transcriptomics v1, `imaging` for imaged panels, `default` for all others.
    ///
    /// # Errors
    /// None; the presets exist.
    pub fn of_slide(slide: &SpatialDataset) -> Result<Self, Error> {
        match guess_platform(slide).platform {
            Platform::St => Self::of_preset("st"),
            Platform::ImageBased => Self::of_preset("imaging"),
            _ => Self::of_preset("default"),
        }
    }

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
            ours: None,
        };
        let threshold = || ShippedGraph::Threshold(ThresholdGraph::new());
        let released = match name {
            "default" | "imaging" => Released {
                spatial_graph: knn(6),
                ours: Some(SMOOTHING),
                ..dlpfc
            },
            // A spot of 100 µm has dozens of cells, and layers are one to three spots wide: diffusion would mix them.
            "st" => Released {
                spatial_graph: knn(6),
                ours: Some(0.0),
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
    fn config<P: Plugins>(self, name: &str) -> RunConfig<P> {
        let encoder = SemstConfig::new()
            .with_widths(self.widths.0, self.widths.1)
            .with_weights(self.weights.0, self.weights.1, self.weights.2);
        RunConfig {
            preset: name.into(),
            domains: None,
            seed: 0,
            // The CPU gives the same bits everywhere; no GPU has been measured against it yet (docs/decisions/0011).
            device: "cpu".into(),
            one_slide: false,
            input_is: InputIs::Counts,
            head: match self.ours {
                Some(_) => ShippedHead::Gmm(GaussianMixtureConfig::new()),
                None => ShippedHead::Kmeans(KMeansConfig::new()),
            }
            .into(),
            n_neighbors: self.n_neighbors,
            preprocess: Preprocess::semst_paper(self.n_top_genes),
            spatial_graph: self.spatial_graph.into(),
            semantics: SemanticsConfig::default(),
            encoder: ShippedEncoder::Semst(encoder).into(),
            modulator: ShippedModulator::Fsm { ratio: self.ratio }.into(),
            depth: Depth::Latent,
            smoothing: self.ours.unwrap_or(0.0),
            floor: self.ours.map_or(0.0, |_| FLOOR),
            view_genes: ViewGenes::default(),
            counting: None,
            views: views(name),
            train: TrainConfig::new(self.epochs).with_learning_rate(self.learning_rate),
        }
    }
}

/// The views that vote with the embedding, one set for each family of platforms (docs/results/leads).
fn views(preset: &str) -> Option<Views> {
    match preset {
        "default" => Some(around()),
        // Panels have many counts per gene, so square roots give a second view; for the low counts of a transcriptome they do not
        // work.
        "imaging" => Some(Views {
            transforms: vec![Transform::Log1p, Transform::FreemanTukey],
            components: vec![10, 20],
            ..around()
        }),
        "st" => Some(Views {
            transforms: vec![Transform::Rank],
            strengths: vec![0.0, 0.25, 0.5],
            components: vec![3, 4, 5, 6],
            rings: Vec::new(),
        }),
        _ => None,
    }
}

/// The views of `default`: logarithms; half, one and two times the usual diffusion; two sets of rings.
pub(crate) fn around() -> Views {
    Views {
        transforms: vec![Transform::Log1p],
        strengths: vec![SMOOTHING / 2.0, SMOOTHING, 2.0 * SMOOTHING],
        components: vec![10, 15, 20],
        rings: vec![8, 12],
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
