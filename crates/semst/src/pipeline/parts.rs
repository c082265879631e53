//! Slides that are too large for one step: features, graphs and semantics of a part at a time.

use super::{Prepared, to_device};
use crate::Error;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, ArrayView2, Axis};
use semst_gnn_encoders::SlideData;
use semst_preprocess::{FeatureMatrix, Pca, select_spots};
use semst_spatial_graph::{CellKnn, CosineKnn, Partition, Postprocess, SpatialGraph, Symmetrize};
use semst_training::{BatchSize, Part, Parts, TrainError};
use std::sync::OnceLock;

/// Up to so many spots neighbours in expression are searched exactly, over all genes: n² · genes.
const EXACT_UP_TO: usize = 20_000;
/// Above, among so many principal components of the same features, by cells ([`CellKnn`]).
const COMPONENTS: usize = 20;
/// Links that a halo spans where the host does not say: those of two convolutions.
const HOPS: usize = 2;

/// The expression graph of a slide, and above 20,000 spots the components that it was searched in.
pub(super) fn resemblance(
    features: &FeatureMatrix,
    k: usize,
) -> Result<(SpatialGraph, Option<Array2<f32>>), Error> {
    let (n, f) = features.shape();
    if n <= EXACT_UP_TO {
        return Ok((nearest(features, k)?, None));
    }
    let scores = match features {
        FeatureMatrix::Dense(x) if f <= COMPONENTS => x.clone(),
        _ => Pca::new(COMPONENTS.min(f)).fit(features)?.scores,
    };
    // The released code symmetrises by the maximum (docs/methods.md 1.1).
    let graph = Symmetrize.apply(CellKnn::new(k).build(scores.view())?)?;
    Ok((graph, Some(scores)))
}

/// The k most similar spots of each, in both directions, exactly.
fn nearest(features: &FeatureMatrix, k: usize) -> Result<SpatialGraph, Error> {
    let knn = CosineKnn::new(k);
    let directed = match features {
        FeatureMatrix::Sparse(x) => knn.build(x)?,
        FeatureMatrix::Dense(x) => knn.build(x)?,
    };
    Ok(Symmetrize.apply(directed)?)
}

/// Tiles of a part, from all over the slide (docs/decisions/0013).
const TILES: usize = 8;

/// A prepared slide, cut in space.
pub(super) struct SlideParts<'a> {
    prepared: &'a Prepared,
    semantics: ArrayView2<'a, f32>,
    /// Neighbours in expression, where the encoder looks.
    k: Option<usize>,
    parts: Vec<Partition>,
    /// Their graphs of expression neighbours, once they were asked for.
    alike: Vec<OnceLock<SpatialGraph>>,
    device: &'a Device,
}

impl<'a> SlideParts<'a> {
    /// Parts of at most `most` spots, each with a halo as wide as the host looks.
    pub(super) fn new(
        prepared: &'a Prepared,
        semantics: ArrayView2<'a, f32>,
        k: Option<usize>,
        (most, hops): (usize, Option<usize>),
        device: &'a Device,
    ) -> Result<Self, Error> {
        let links = Symmetrize.apply(prepared.spatial.clone())?;
        let parts: Vec<_> = Partition::scatter(prepared.coords.view(), most, TILES)?
            .into_iter()
            .map(|part| part.with_halo(&links, hops.unwrap_or(HOPS)))
            .collect();
        Ok(Self {
            prepared,
            semantics,
            k,
            alike: vec![OnceLock::new(); parts.len()],
            parts,
            device,
        })
    }

    /// The part as a slide of its own. Who resembles whom is asked among its own spots: of a large slide only a few of a spot's
    /// neighbours lie in its part.
    fn make(&self, index: usize) -> Result<Part, Error> {
        let part = &self.parts[index];
        let spots = part.spots();
        let features = rows(&self.prepared.features, spots);
        let expression = match (self.k, self.alike[index].get()) {
            (None, _) => None,
            (_, Some(known)) => Some(known.clone()),
            (Some(k), None) => {
                let found = match &self.prepared.scores {
                    None => nearest(&features, k)?,
                    Some(scores) => {
                        nearest(&FeatureMatrix::Dense(scores.select(Axis(0), spots)), k)?
                    }
                };
                Some(self.alike[index].get_or_init(|| found).clone())
            }
        };
        Ok(Part {
            core: part.core().to_vec(),
            slide: SlideData {
                features: to_device(&features, self.device)?,
                spatial: self.prepared.spatial.subgraph(spots)?,
                expression,
            },
            semantics: to_tensor(&self.semantics.select(Axis(0), spots), self.device),
        })
    }
}

impl Parts for SlideParts<'_> {
    fn len(&self) -> usize {
        self.parts.len()
    }

    fn per_step(&self) -> usize {
        let (n, _) = self.prepared.features.shape();
        BatchSize::parts_a_step(n, self.parts.len())
    }

    fn part(&self, index: usize) -> Result<Part, TrainError> {
        self.make(index).map_err(|error| TrainError::Part {
            index,
            reason: error.to_string(),
        })
    }
}

/// Numbers [n, d] on a device.
pub(super) fn to_tensor(x: &Array2<f32>, device: &Device) -> Tensor<2> {
    let (n, d) = x.dim();
    let values: Vec<f32> = x.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [n, d]), device)
}

fn rows(features: &FeatureMatrix, spots: &[usize]) -> FeatureMatrix {
    match features {
        FeatureMatrix::Sparse(x) => FeatureMatrix::Sparse(select_spots(x, spots)),
        FeatureMatrix::Dense(x) => FeatureMatrix::Dense(x.select(Axis(0), spots)),
    }
}
