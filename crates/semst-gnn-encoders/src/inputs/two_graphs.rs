//! The input of networks over a spatial and an expression graph: SemST, Spatial-MGCN, MAFN.

use crate::slide_data::to_matrix;
use crate::{EncoderError, Features, SlideData};
use burn::tensor::Device;
use semst_sparse::SparseMatrix;
use semst_spatial_graph::{AddSelfLoops, Binary, Postprocess, SpatialGraph};

/// Features, counts and two graphs, the input of [`crate::Semst`], [`crate::SpatialMgcn`] and [`crate::Mafn`].
#[derive(Debug, Clone)]
pub struct TwoGraphInput {
    /// Features [n, f].
    pub features: Features,
    /// The features' entries that are not zero: the target of the count likelihood.
    pub counts: SparseMatrix,
    /// The spatial graph, normalised by rows.
    pub spatial: SparseMatrix,
    /// The expression graph, normalised by rows.
    pub expression: SparseMatrix,
    /// The spatial links for the regulariser.
    pub neighbours: SparseMatrix,
}

impl TwoGraphInput {
    /// Normalises both graphs by rows; `encoder` is the name for the error message.
    ///
    /// # Errors
    /// When parts of the slide do not fit together or there is no expression graph.
    pub(crate) fn new(
        encoder: &'static str,
        data: &SlideData,
        device: &Device,
    ) -> Result<Self, EncoderError> {
        data.check()?;
        let expression = data.expression.as_ref();
        let expression = expression.ok_or(EncoderError::NoExpressionGraph { encoder })?;
        Ok(Self {
            features: data.features.clone(),
            counts: data.features.to_sparse()?,
            spatial: to_matrix(&row_normalised(&data.spatial)?, device)?,
            expression: to_matrix(&row_normalised(expression)?, device)?,
            neighbours: to_matrix(&Binary.apply(data.spatial.clone())?, device)?,
        })
    }
}

/// D⁻¹(A + I), normalised as in the released code. A graph that already has self-links gets them twice (docs/methods.md 1.1, note
/// 1).
fn row_normalised(graph: &SpatialGraph) -> Result<SpatialGraph, EncoderError> {
    Ok(AddSelfLoops::default()
        .apply(graph.clone())?
        .row_normalized())
}
