//! The slide before an encoder reads it.

use crate::{EncoderError, Features};
use burn::tensor::Device;
use ndarray::Array2;
use semst_sparse::SparseMatrix;
use semst_spatial_graph::SpatialGraph;
use std::collections::BTreeMap;

/// All parts of a slide that an encoder may need. The optional parts are present if [`crate::Needs`] names them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SlideData {
    /// Features [n, f].
    pub features: Features,
    /// Links between spots that are close together.
    pub spatial: SpatialGraph,
    /// Links between spots of similar expression ([`crate::Needs::expression_graph`]).
    pub expression: Option<SpatialGraph>,
    /// Coordinates [n, 2] in the unit of the file ([`crate::Needs::coordinates`]).
    pub coords: Option<Array2<f64>>,
    /// Raw counts of all genes [n, genes] ([`crate::Needs::counts`]).
    pub counts: Option<Features>,
    /// Arrays [n, any] of the file by their key in `obsm`, such as image features ([`crate::Needs::obsm`]).
    pub obsm: BTreeMap<String, Array2<f32>>,
}

impl SlideData {
    /// Features [n, f] and the spatial graph over the same n spots.
    pub fn new(features: Features, spatial: SpatialGraph) -> Self {
        Self {
            features,
            spatial,
            expression: None,
            coords: None,
            counts: None,
            obsm: BTreeMap::new(),
        }
    }

    /// Adds the expression graph.
    pub fn with_expression(mut self, expression: SpatialGraph) -> Self {
        self.expression = Some(expression);
        self
    }

    /// Adds coordinates [n, 2].
    pub fn with_coords(mut self, coords: Array2<f64>) -> Self {
        self.coords = Some(coords);
        self
    }

    /// Adds raw counts [n, genes].
    pub fn with_counts(mut self, counts: Features) -> Self {
        self.counts = Some(counts);
        self
    }

    /// Adds an array [n, any] under its key in `obsm`.
    pub fn with_obsm(mut self, key: impl Into<String>, values: Array2<f32>) -> Self {
        self.obsm.insert(key.into(), values);
        self
    }

    /// Number of spots.
    pub fn n_spots(&self) -> usize {
        self.features.dims()[0]
    }

    /// Coordinates [n, 2], for an encoder of this name.
    ///
    /// # Errors
    /// [`EncoderError::NoCoordinates`] if the slide has none.
    pub fn coordinates(&self, encoder: &'static str) -> Result<&Array2<f64>, EncoderError> {
        let missing = EncoderError::NoCoordinates { encoder };
        self.coords.as_ref().ok_or(missing)
    }

    /// Checks that all parts have the same spots.
    ///
    /// # Errors
    /// Names the part that differs.
    pub fn check(&self) -> Result<(), EncoderError> {
        let expected = self.n_spots();
        let parts = [
            ("the spatial graph", Some(self.spatial.n())),
            (
                "the expression graph",
                self.expression.as_ref().map(SpatialGraph::n),
            ),
            ("coords", self.coords.as_ref().map(Array2::nrows)),
            ("counts", self.counts.as_ref().map(|c| c.dims()[0])),
        ];
        let obsm = self.obsm.values().map(|x| ("obsm", Some(x.nrows())));
        for (part, rows) in parts.into_iter().chain(obsm) {
            if let Some(got) = rows.filter(|n| *n != expected) {
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
