//! What a host sees of a slide: features and graphs on a device.

use crate::{EncoderError, Features};
use burn::tensor::{Device, Tensor};
use semst_sparse::SparseMatrix;
use semst_spatial_graph::SpatialGraph;
use std::sync::Arc;

/// A slide before a host has prepared it.
#[derive(Debug, Clone)]
pub struct SlideData {
    /// Features [n, f].
    pub features: Features,
    /// Who lies next to whom.
    pub spatial: SpatialGraph,
    /// Who resembles whom, for hosts that look.
    pub expression: Option<SpatialGraph>,
}

impl SlideData {
    /// Checks that all parts have the same spots.
    ///
    /// # Errors
    /// Names the part that differs.
    pub fn check(&self) -> Result<(), EncoderError> {
        let [expected, _] = self.features.dims();
        let graphs = [
            ("the spatial graph", Some(&self.spatial)),
            ("the expression graph", self.expression.as_ref()),
        ];
        for (part, graph) in graphs {
            if let Some(got) = graph.map(SpatialGraph::n).filter(|n| *n != expected) {
                return Err(EncoderError::Spots {
                    part,
                    expected,
                    got,
                });
            }
        }
        Ok(())
    }
}

/// What a host works on: features, and the graphs as it propagates over them.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Features [n, f].
    pub features: Features,
    /// The features' entries that are not zero, as the target of a count likelihood; hosts without one leave it out.
    pub counts: Option<SparseMatrix>,
    /// The spatial graph, normalised as the host wants it.
    pub spatial: SparseMatrix,
    /// The expression graph, normalised as the host wants it.
    pub expression: Option<SparseMatrix>,
    /// The spatial graph as losses and readouts over neighbours want it.
    pub neighbours: SparseMatrix,
    /// Who is linked to whom, on the processor, for hosts that draw pairs of spots.
    pub links: Option<Arc<SpatialGraph>>,
    /// A latent that needs no training, for hosts that compute it once.
    pub latent: Option<Tensor<2>>,
    /// Seed of whatever the host draws in this step: permutations, masks, noise, samples.
    pub draw: u64,
}

impl Batch {
    /// Features and one propagation matrix.
    pub fn new(features: Features, spatial: SparseMatrix, neighbours: SparseMatrix) -> Self {
        Self {
            features,
            counts: None,
            spatial,
            expression: None,
            neighbours,
            links: None,
            latent: None,
            draw: 0,
        }
    }

    /// Number of spots.
    pub fn n_spots(&self) -> usize {
        self.features.dims()[0]
    }
}

/// A graph as a matrix on a device.
///
/// # Errors
/// As [`SparseMatrix::new`].
pub fn to_matrix(graph: &SpatialGraph, device: &Device) -> Result<SparseMatrix, EncoderError> {
    let matrix = SparseMatrix::new(
        graph.indptr(),
        graph.indices(),
        graph.weights(),
        graph.n(),
        device,
    )?;
    Ok(matrix)
}
