//! How the authors of an encoder prepare data and train, as plain data.

use semst_preprocess::Preprocess;
use semst_spatial_graph::{ShippedGraph, SymmetricKnnGraph};

/// The published settings of an encoder. A pipeline uses them when the encoder is selected by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Full-batch steps.
    pub epochs: usize,
    /// Step size of Adam.
    pub learning_rate: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient.
    pub clip_norm: Option<f64>,
    /// How features are made from counts.
    pub preprocess: Preprocess,
    /// How the spatial graph is made.
    pub graph: ShippedGraph,
    /// Cosine neighbours of each spot in the expression graph, if the encoder has one.
    pub expression_k: Option<usize>,
    /// Where these numbers come from.
    pub source: &'static str,
}

impl Recipe {
    /// The recipe of the floors: principal components of log counts, as in docs/protocol.md. The training settings only affect a
    /// modulator.
    pub(crate) fn floor() -> Self {
        Self {
            epochs: 200,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            clip_norm: None,
            preprocess: Preprocess::log_pca()
                .with_n_top_genes(5000)
                .with_n_components(20),
            graph: ShippedGraph::Knn(SymmetricKnnGraph::new(6)),
            expression_k: None,
            source: "docs/protocol.md; training concerns a modulator alone and is our choice",
        }
    }
}

impl Default for Recipe {
    /// The usual settings of the field: 3000 highly variable genes, 10⁴ counts per spot, logarithms, six spatial neighbours; Adam
    /// with a rate of 1e-3 for 200 epochs.
    fn default() -> Self {
        Self {
            epochs: 200,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            clip_norm: None,
            preprocess: Preprocess::stagate(),
            graph: ShippedGraph::Knn(SymmetricKnnGraph::new(6)),
            expression_k: None,
            source: "the default of semst_gnn_encoders::Recipe",
        }
    }
}
