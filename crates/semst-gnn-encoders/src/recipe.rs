//! How a host's authors prepare data and train, as plain data.

use serde::Serialize;
use std::fmt;

/// What a host was published with; nothing here is applied by itself.
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
    /// Cosine neighbours of each spot in the expression graph, where the host has one.
    pub expression_k: Option<usize>,
    /// Where these numbers come from.
    pub source: &'static str,
}

/// How features are made of counts: the most variable genes, then each step in this order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FeatureRecipe {
    /// Genes kept.
    pub n_top_genes: usize,
    /// What the counts of a spot sum to after normalising.
    pub target_sum: f64,
    /// ln(1 + x).
    pub log: bool,
    /// Divides each gene by its standard deviation.
    pub scale: bool,
    /// Principal components instead of genes.
    pub pca: Option<usize>,
}

impl FeatureRecipe {
    /// The most variable genes, normalised.
    pub fn new(n_top_genes: usize, target_sum: f64) -> Self {
        Self {
            n_top_genes,
            target_sum,
            log: false,
            scale: false,
            pca: None,
        }
    }

    /// Adds the logarithm.
    pub fn with_log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Adds the division by the standard deviation.
    pub fn with_scale(mut self) -> Self {
        self.scale = true;
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
#[non_exhaustive]
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
