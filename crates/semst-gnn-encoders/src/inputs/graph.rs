//! The input of networks over one graph.

use crate::Features;
use semst_sparse::SparseMatrix;

/// Features and the spatial graph, the input of [`crate::Graphst`] and [`crate::Stagate`].
#[derive(Debug, Clone)]
pub struct GraphInput {
    /// Features [n, f].
    pub features: Features,
    /// The spatial graph for message passing.
    pub spatial: SparseMatrix,
    /// The spatial graph for losses and readouts over neighbours.
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
