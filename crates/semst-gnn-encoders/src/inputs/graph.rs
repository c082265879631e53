//! A slide as networks over one graph read it.

use crate::Features;
use semst_sparse::SparseMatrix;

/// Features and the spatial graph, as [`crate::Graphst`] and [`crate::Stagate`] read a slide.
#[derive(Debug, Clone)]
pub struct GraphInput {
    /// Features [n, f].
    pub features: Features,
    /// The spatial graph as messages pass over it.
    pub spatial: SparseMatrix,
    /// The spatial graph as losses and readouts over neighbours want it.
    pub neighbours: SparseMatrix,
}

impl GraphInput {
    /// Features and both forms of the graph.
    pub fn new(features: Features, spatial: SparseMatrix, neighbours: SparseMatrix) -> Self {
        Self {
            features,
            spatial,
            neighbours,
        }
    }
}
