//! How an encoder's authors prepare data and train, as plain data.

use serde::Serialize;
use std::fmt;

/// What an encoder was published with. A pipeline applies it when the encoder is chosen by name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recipe {
    /// Full-batch steps.
    pub epochs: usize,
    /// Step size of Adam.
    pub learning_rate: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient.
    pub clip_norm: Option<f64>,
    /// How features are made of counts.
    pub features: FeatureRecipe,
    /// How the spatial graph is made.
    pub graph: GraphRecipe,
    /// Cosine neighbours of each spot in the expression graph, where the encoder has one.
    pub expression_k: Option<usize>,
    /// Where these numbers come from.
    pub source: &'static str,
}

impl Recipe {
    /// That of the floors: principal components of log counts, as docs/protocol.md makes them. Training concerns a modulator alone.
    pub(crate) fn floor() -> Self {
        Self {
            epochs: 200,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            clip_norm: None,
            features: FeatureRecipe::new(5000, 1e4).with_log().with_pca(20),
            graph: GraphRecipe::SymmetricKnn { k: 6 },
            expression_k: None,
            source: "docs/protocol.md; training concerns a modulator alone and is our choice",
        }
    }
}

impl Default for Recipe {
    /// What the field has in common: 3000 highly variable genes, 10⁴ counts per spot, logarithms, six spatial neighbours; Adam with
    /// a rate of 1e-3 for 200 epochs.
    fn default() -> Self {
        Self {
            epochs: 200,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            clip_norm: None,
            features: FeatureRecipe::new(3000, 1e4).with_log(),
            graph: GraphRecipe::SymmetricKnn { k: 6 },
            expression_k: None,
            source: "the default of semst_gnn_encoders::Recipe",
        }
    }
}

/// How features are made of counts. Steps run in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FeatureRecipe {
    /// Genes of fewer spots are dropped.
    pub min_cells: usize,
    /// Genes of fewer counts are dropped.
    pub min_counts: f64,
    /// Highly variable genes that are kept.
    pub n_top_genes: usize,
    /// Sum of the counts of a spot after normalising.
    pub target_sum: f64,
    /// Whether that sum is over the kept genes alone; over all genes otherwise.
    pub sum_over_kept: bool,
    /// ln(1 + x).
    pub log: bool,
    /// Divides each gene by its standard deviation.
    pub scale: Option<ScaleRecipe>,
    /// Principal components instead of genes.
    pub pca: Option<usize>,
}

/// How genes are scaled to unit variance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ScaleRecipe {
    /// Whether the mean is subtracted first.
    pub center: bool,
    /// Values above this are clipped.
    pub max_value: Option<f64>,
}

impl FeatureRecipe {
    /// The most variable genes of all genes, normalised over all genes.
    pub fn new(n_top_genes: usize, target_sum: f64) -> Self {
        Self {
            min_cells: 0,
            min_counts: 0.0,
            n_top_genes,
            target_sum,
            sum_over_kept: false,
            log: false,
            scale: None,
            pca: None,
        }
    }

    /// Drops genes of few spots or counts first.
    pub fn with_filter(mut self, min_cells: usize, min_counts: f64) -> Self {
        (self.min_cells, self.min_counts) = (min_cells, min_counts);
        self
    }

    /// Normalises over the kept genes alone.
    pub fn with_sum_over_kept(mut self) -> Self {
        self.sum_over_kept = true;
        self
    }

    /// Adds the logarithm.
    pub fn with_log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Adds the division by the standard deviation.
    pub fn with_scale(mut self, scale: ScaleRecipe) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Adds principal components.
    pub fn with_pca(mut self, components: usize) -> Self {
        self.pca = Some(components);
        self
    }
}

/// How the spatial graph is made; `Display` says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum GraphRecipe {
    /// All spots within a distance.
    Radius {
        /// The distance, in median distances to the `neighbor`-th nearest spot.
        spacings: f64,
        /// Which nearest spot: 1 for the spacing of a lattice.
        neighbor: usize,
        /// Whether every spot is linked to itself.
        include_self: bool,
    },
    /// The nearest spots of each spot, in that direction only.
    DirectedKnn {
        /// How many.
        k: usize,
    },
    /// The nearest spots of each spot, in both directions.
    SymmetricKnn {
        /// How many.
        k: usize,
    },
}

impl fmt::Display for GraphRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Radius {
                spacings,
                neighbor,
                include_self,
            } => {
                let who = if *include_self {
                    "the spot and all"
                } else {
                    "all"
                };
                write!(f, "{who} spots within {spacings} median distances to ")?;
                match neighbor {
                    1 => f.write_str("the nearest spot"),
                    k => write!(f, "the {k} nearest spots"),
                }
            }
            Self::DirectedKnn { k } => write!(f, "the {k} nearest spots, directed"),
            Self::SymmetricKnn { k } => write!(f, "the {k} nearest spots, in both directions"),
        }
    }
}
