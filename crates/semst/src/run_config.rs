//! Everything that a run depends on.

use crate::{Error, GraphConfig, SemanticsConfig, ShippedGraph, SourceConfig, Views};
use semst_clustering_heads::{HeadConfig, ShippedHead, name_or_table};
use semst_fsm_modulation::ModulationConfig;
use semst_gnn_encoders::{EncoderConfig, GraphRecipe};
use semst_io::ReadConfig;
use semst_preprocess::Preprocess;
use semst_spatial_graph::{KnnGraph, SymmetricKnnGraph};
use semst_training::{Depth, TrainConfig};
use serde::{Deserialize, Serialize};

/// The whole configuration of a run: plain data, as TOML on disk. Start from a preset ([`RunConfig::preset`]).
///
/// # Examples
/// ```
/// use semst::RunConfig;
///
/// let config = RunConfig::preset("paper-dlpfc")?.with_domains(7).with_seed(1);
/// let text = config.to_toml()?;
/// assert_eq!(RunConfig::from_toml(&text)?, config);
/// # Ok::<(), semst::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Name of the preset it began with.
    pub preset: String,
    /// Number of domains; none to choose it by the agreement of the views.
    pub domains: Option<usize>,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// `auto`, `cpu`, …
    pub device: String,
    /// The clustering head: a name (`gmm`, `kmeans`), or a table with `name` and settings.
    #[serde(with = "name_or_table")]
    pub head: ShippedHead,
    /// Neighbours of the expression graph.
    pub n_neighbors: usize,
    /// Counts to features.
    pub preprocess: Preprocess,
    /// Coordinates to a graph.
    pub spatial_graph: ShippedGraph,
    /// Genes to meaning.
    pub semantics: SemanticsConfig,
    /// The encoder.
    pub encoder: EncoderConfig,
    /// How meaning enters.
    pub modulation: ModulationConfig,
    /// At which depths of the encoder: `latent` (the paper) or `all`.
    #[serde(default, skip_serializing_if = "Depth::is_latent")]
    pub depth: Depth,
    /// The optimiser.
    pub train: TrainConfig,
    /// Strength a of a last diffusion `(I + aL)⁻¹` of the embedding over the spatial graph, before it is clustered; 0 leaves it
    /// as it is, as the papers do.
    #[serde(default)]
    pub smoothing: f64,
    /// Weight of the floor (principal components of the variance-stabilised counts, diffused with the same strength) that is clustered beside the
    /// embedding, both scaled to the same mean length; 0 clusters the embedding alone, as the papers do.
    #[serde(default)]
    pub floor: f64,
    /// Other views of the floor that vote on the domains with the embedding; none as in the papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Views>,
}

impl RunConfig {
    /// Sets the number of domains.
    pub fn with_domains(mut self, domains: usize) -> Self {
        self.domains = Some(domains);
        self
    }

    /// Sets the seed of the whole run.
    pub fn with_seed(mut self, seed: u64) -> Self {
        (self.seed, self.train.seed) = (seed, seed);
        self
    }

    /// Sets the encoder, and prepares data and trains as its authors do ([`EncoderConfig::recipe`]).
    pub fn with_encoder(mut self, encoder: EncoderConfig) -> Self {
        let recipe = encoder.recipe();
        self.preprocess = features(&encoder);
        self.spatial_graph = match recipe.graph {
            GraphRecipe::DirectedKnn { k } => ShippedGraph::DirectedKnn(KnnGraph::new(k)),
            GraphRecipe::SymmetricKnn { k } => ShippedGraph::Knn(SymmetricKnnGraph::new(k)),
            GraphRecipe::Radius {
                spacings,
                neighbor,
                include_self,
            } => ShippedGraph::Spacing {
                spacings,
                neighbor,
                include_self,
            },
            // The enum may grow; six neighbours is squidpy's default.
            _ => ShippedGraph::Knn(SymmetricKnnGraph::new(6)),
        };
        self.n_neighbors = recipe.expression_k.unwrap_or(self.n_neighbors);
        // Baselines are clustered as their authors do; the floor has been diffused already.
        (self.smoothing, self.floor, self.views) = (0.0, 0.0, None);
        self.train = TrainConfig {
            epochs: recipe.epochs,
            learning_rate: recipe.learning_rate,
            weight_decay: recipe.weight_decay,
            clip_norm: recipe.clip_norm,
            ..self.train
        };
        self.encoder = encoder;
        self
    }

    /// Sets the modulation.
    pub fn with_modulation(mut self, modulation: ModulationConfig) -> Self {
        self.modulation = modulation;
        self
    }

    /// Sets the modulation by its name, with `@all` behind it for every depth of the encoder (`fsm@all`). The modulation that is
    /// there already keeps its settings.
    ///
    /// # Errors
    /// When the name or the depth is unknown.
    pub fn with_modulation_named(mut self, text: &str) -> Result<Self, Error> {
        let (name, depth) = modulation_at(text)?;
        if name != self.modulation.name() {
            self.modulation = ModulationConfig::from_name(name)?;
        }
        self.depth = depth;
        Ok(self)
    }

    /// The name that [`RunConfig::with_modulation_named`] reads.
    pub fn modulation_name(&self) -> String {
        match self.depth {
            Depth::All if self.modulation.uses_semantics() => {
                format!("{}@all", self.modulation.name())
            }
            _ => self.modulation.name().into(),
        }
    }

    /// Checks a number of domains.
    ///
    /// # Errors
    /// [`Error::TooFewDomains`] below two.
    pub(crate) fn check_domains(&self, domains: usize) -> Result<(), Error> {
        match domains {
            0 | 1 => Err(Error::TooFewDomains { domains }),
            _ => Ok(()),
        }
    }

    /// Checks what can be checked without a slide.
    ///
    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Result<(), Error> {
        self.preprocess.check()?;
        for (field, value) in [("smoothing", self.smoothing), ("floor", self.floor)] {
            if !(0.0..=1e6).contains(&value) {
                let reason = format!("{field} is {value}, but must be from 0 to 1e6");
                return Err(Error::Config { reason });
            }
        }
        if let Some(views) = &self.views {
            views.check().map_err(|e| Error::Config {
                reason: e.to_string(),
            })?;
        }
        self.spatial_graph.check()?;
        self.train.check()?;
        if self.modulation.uses_semantics() {
            self.semantics.check()?;
        }
        let domains = self.domains.unwrap_or(2);
        self.check_domains(domains)?;
        self.head.check()?;
        self.head.init(domains)?;
        crate::device::check(&self.device)?;
        Ok(())
    }

    /// A way of reading, with everything that this configuration takes from the file of the slide.
    ///
    /// # Examples
    /// ```
    /// use semst::{GraphConfig, RunConfig, ShippedGraph, io::ReadConfig};
    ///
    /// let mut config = RunConfig::preset("default")?;
    /// config.spatial_graph = ShippedGraph::parse("obsp:spatial_connectivities")?;
    /// assert_eq!(config.needs(ReadConfig::new()).obsp, ["spatial_connectivities"]);
    /// # Ok::<(), semst::Error>(())
    /// ```
    pub fn needs(&self, reading: ReadConfig) -> ReadConfig {
        self.semantics
            .source
            .needs(self.spatial_graph.needs(reading))
    }

    /// As TOML.
    ///
    /// # Errors
    /// When a value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string_pretty(self).map_err(|e| Error::Config {
            reason: e.to_string(),
        })
    }

    /// From TOML.
    ///
    /// # Errors
    /// When the text is no TOML, or a field is missing or unknown.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|e: toml::de::Error| {
            let line = e.span().map(|s| text[..s.start].matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |l| format!("line {l}: "));
            let reason = format!("{place}{}", e.message().trim().replace('\n', " "));
            Error::Config { reason }
        })
    }
}

/// Splits `NAME` or `NAME@DEPTH`, as in `fsm@all`.
///
/// # Errors
/// [`Error::UnknownDepth`].
pub fn modulation_at(text: &str) -> Result<(&str, Depth), Error> {
    match text.split_once('@') {
        None => Ok((text, Depth::Latent)),
        Some((name, "latent")) => Ok((name, Depth::Latent)),
        Some((name, "all")) => Ok((name, Depth::All)),
        Some((name, depth)) => Err(Error::UnknownDepth {
            name: name.into(),
            depth: depth.into(),
        }),
    }
}

/// Features as the authors of an encoder make them.
fn features(encoder: &EncoderConfig) -> Preprocess {
    let recipe = encoder.recipe().features;
    match encoder {
        EncoderConfig::Graphst(_) => Preprocess::graphst(),
        EncoderConfig::Stagate(_) => Preprocess::stagate(),
        EncoderConfig::Sedr(_) => Preprocess::sedr(),
        EncoderConfig::Diffusion(_) | EncoderConfig::Pca(_) => {
            let components = recipe.pca.unwrap_or(20);
            Preprocess::log_pca()
                .with_n_top_genes(recipe.n_top_genes)
                .with_n_components(components)
        }
        // SemST and the family it descends from.
        _ => Preprocess::semst_paper(recipe.n_top_genes),
    }
}
