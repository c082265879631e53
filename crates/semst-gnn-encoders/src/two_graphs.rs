//! What the networks over a spatial and an expression graph share: SemST, Spatial-MGCN, MAFN.

use crate::batch::to_matrix;
use crate::{Batch, EncoderError, SlideData};
use burn::tensor::Device;
use semst_sparse::SparseMatrix;
use semst_spatial_graph::{AddSelfLoops, Binary, Postprocess, SpatialGraph};

/// Both graphs normalised by rows, the spatial links as they are for the regulariser, and the counts.
///
/// # Errors
/// When parts of the slide do not fit together or there is no expression graph.
pub(crate) fn batch_of_two_graphs(
    host: &'static str,
    data: &SlideData,
    device: &Device,
) -> Result<Batch, EncoderError> {
    data.check()?;
    let expression = data.expression.as_ref();
    let expression = expression.ok_or(EncoderError::NoExpressionGraph { host })?;
    let mut batch = Batch::new(
        data.features.clone(),
        to_matrix(&row_normalised(&data.spatial)?, device)?,
        to_matrix(&Binary.apply(data.spatial.clone())?, device)?,
    );
    batch.expression = Some(to_matrix(&row_normalised(expression)?, device)?);
    batch.counts = Some(data.features.to_sparse()?);
    Ok(batch)
}

/// The expression graph that [`batch_of_two_graphs`] put in.
///
/// # Panics
/// When the batch was made by another host.
pub(crate) fn expression_of(batch: &Batch) -> &SparseMatrix {
    let expression = batch.expression.as_ref();
    expression.expect("prepare() puts the expression graph in")
}

/// The counts that [`batch_of_two_graphs`] put in.
///
/// # Panics
/// When the batch was made by another host.
pub(crate) fn counts_of(batch: &Batch) -> &SparseMatrix {
    batch.counts.as_ref().expect("prepare() puts the counts in")
}

/// D⁻¹(A + I), as the released code normalises; a graph that holds its self-links already gets them twice (docs/methods.md 1.1, note 1).
fn row_normalised(graph: &SpatialGraph) -> Result<SpatialGraph, EncoderError> {
    Ok(AddSelfLoops::default()
        .apply(graph.clone())?
        .row_normalized())
}
