//! The graph of spots with similar expression.

use crate::TrainError;
use ndarray::Array2;
use semst_preprocess::{FeatureMatrix, Pca};
use semst_spatial_graph::{CellKnn, CosineKnn, Postprocess, SpatialGraph, Symmetrize};

/// Up to this many spots, neighbours in expression are searched exactly, over all genes, at a cost of n² · genes.
const EXACT_UP_TO: usize = 20_000;
/// Above, they are searched among this many principal components of the same features, by cells ([`CellKnn`]).
const COMPONENTS: usize = 20;

/// The expression graph of a slide, and above 20,000 spots the components that were used.
pub(crate) fn expression_graph(
    features: &FeatureMatrix,
    k: usize,
) -> Result<(SpatialGraph, Option<Array2<f32>>), TrainError> {
    let (n, f) = features.shape();
    if n <= EXACT_UP_TO {
        return Ok((nearest(features, k)?, None));
    }
    let scores = match features {
        FeatureMatrix::Dense(x) if f <= COMPONENTS => x.clone(),
        _ => Pca::new(COMPONENTS.min(f)).fit(features)?.scores,
    };
    // The released code makes the graph symmetric by the maximum (docs/methods.md 1.1).
    let graph = Symmetrize.apply(CellKnn::new(k).build(scores.view())?)?;
    Ok((graph, Some(scores)))
}

/// The k most similar spots of each spot, in both directions, exactly.
pub(crate) fn nearest(features: &FeatureMatrix, k: usize) -> Result<SpatialGraph, TrainError> {
    let knn = CosineKnn::new(k);
    let directed = match features {
        FeatureMatrix::Sparse(x) => knn.build(x)?,
        FeatureMatrix::Dense(x) => knn.build(x)?,
    };
    Ok(Symmetrize.apply(directed)?)
}
