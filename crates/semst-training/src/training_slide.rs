//! The slide as input of a training: everything on the CPU, and independent of the encoder.

use crate::TrainError;
use crate::expression::{expression_graph, nearest};
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, Axis};
use semst_gnn_encoders::{EncoderError, Features, Needs, SlideData};
use semst_preprocess::{FeatureMatrix, select_spots};
use semst_spatial_graph::SpatialGraph;
use sprs::CsMatI;
use std::collections::BTreeMap;

/// Features, graphs and coordinates of n spots, and other parts that the encoder needs.
#[derive(Debug, Clone)]
pub struct TrainingSlide {
    features: FeatureMatrix,
    spatial: SpatialGraph,
    coords: Array2<f64>,
    expression: Option<Expression>,
    needs: Needs,
    counts: Option<CsMatI<f32, u32, usize>>,
    obsm: BTreeMap<String, Array2<f32>>,
}

/// The expression graph, and how it was made, for parts of the slide.
#[derive(Debug, Clone)]
struct Expression {
    graph: SpatialGraph,
    k: usize,
    /// The principal components that are used if the slide is too large for an exact search.
    scores: Option<Array2<f32>>,
}

impl TrainingSlide {
    /// Features [n, f], the spatial graph and coordinates [n, 2] of the same spots, for an encoder that needs nothing else.
    ///
    /// # Errors
    /// [`TrainError::Spots`] when their numbers of spots differ.
    pub fn new(
        features: FeatureMatrix,
        spatial: SpatialGraph,
        coords: Array2<f64>,
    ) -> Result<Self, TrainError> {
        let expected = features.shape().0;
        for (part, got) in [
            ("the spatial graph", spatial.n()),
            ("coords", coords.nrows()),
        ] {
            if got != expected {
                return Err(TrainError::Spots {
                    part,
                    expected,
                    got,
                });
            }
        }
        Ok(Self {
            features,
            spatial,
            coords,
            expression: None,
            needs: Needs::new(),
            counts: None,
            obsm: BTreeMap::new(),
        })
    }

    /// Adds what an encoder needs: makes the graph of the `k` most similar spots, and takes counts [n, genes] and arrays of
    /// `obsm` from the caller.
    ///
    /// # Errors
    /// [`TrainError::Missing`] names a part that the encoder needs and the caller does not have; also when the graph cannot be
    /// made.
    pub fn with_needs(
        mut self,
        needs: Needs,
        k: usize,
        counts: Option<&CsMatI<f32, u32, usize>>,
        mut obsm: impl FnMut(&str) -> Option<Array2<f32>>,
    ) -> Result<Self, TrainError> {
        if needs.expression_graph {
            let (graph, scores) = expression_graph(&self.features, k)?;
            self.expression = Some(Expression { graph, k, scores });
        }
        let missing = |what: &str| TrainError::Missing { what: what.into() };
        if needs.counts {
            self.counts = Some(counts.ok_or_else(|| missing("raw counts"))?.clone());
        }
        for key in &needs.obsm {
            let values = obsm(key).ok_or_else(|| missing(&format!("obsm[\"{key}\"]")))?;
            self.obsm.insert(key.clone(), values);
        }
        self.needs = needs;
        Ok(self)
    }

    /// Number of spots.
    pub fn n_spots(&self) -> usize {
        self.features.shape().0
    }

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.features.shape().1
    }

    /// Features [n, f].
    pub fn features(&self) -> &FeatureMatrix {
        &self.features
    }

    /// The spatial graph.
    pub fn spatial(&self) -> &SpatialGraph {
        &self.spatial
    }

    /// Coordinates [n, 2].
    pub fn coords(&self) -> &Array2<f64> {
        &self.coords
    }

    /// The expression graph, if the encoder needs one.
    pub fn expression(&self) -> Option<&SpatialGraph> {
        self.expression.as_ref().map(|e| &e.graph)
    }

    /// The whole slide on a device.
    pub(crate) fn whole(&self, device: &Device) -> Result<SlideData, TrainError> {
        let features = to_device(&self.features, device)?;
        let mut data = SlideData::new(features, self.spatial.clone());
        data.expression = self.expression().cloned();
        if self.needs.coordinates {
            data.coords = Some(self.coords.clone());
        }
        if let Some(counts) = &self.counts {
            data.counts = Some(sparse(counts, device)?);
        }
        data.obsm.clone_from(&self.obsm);
        Ok(data)
    }

    /// Some spots on a device, with the expression graph among them ([`TrainingSlide::expression_of`]).
    pub(crate) fn part(
        &self,
        spots: &[usize],
        expression: Option<SpatialGraph>,
        device: &Device,
    ) -> Result<SlideData, TrainError> {
        let features = to_device(&rows(&self.features, spots), device)?;
        let mut data = SlideData::new(features, self.spatial.subgraph(spots)?);
        data.expression = expression;
        if self.needs.coordinates {
            data.coords = Some(self.coords.select(Axis(0), spots));
        }
        if let Some(counts) = &self.counts {
            data.counts = Some(sparse(&select_spots(counts, spots), device)?);
        }
        let select = |(key, x): (&String, &Array2<f32>)| (key.clone(), x.select(Axis(0), spots));
        data.obsm = self.obsm.iter().map(select).collect();
        Ok(data)
    }

    /// The expression graph among only some spots: in a large slide few of the neighbours of a spot are in its part.
    pub(crate) fn expression_of(
        &self,
        spots: &[usize],
    ) -> Result<Option<SpatialGraph>, TrainError> {
        let Some(Expression { k, scores, .. }) = &self.expression else {
            return Ok(None);
        };
        let graph = match scores {
            None => nearest(&rows(&self.features, spots), *k)?,
            Some(scores) => nearest(&FeatureMatrix::Dense(scores.select(Axis(0), spots)), *k)?,
        };
        Ok(Some(graph))
    }
}

/// Values [n, d] on a device.
pub(crate) fn to_tensor(x: &Array2<f32>, device: &Device) -> Tensor<2> {
    let (n, d) = x.dim();
    let values: Vec<f32> = x.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [n, d]), device)
}

/// Sparse features stay sparse if that is faster or needed ([`Features::by_density`]).
fn to_device(features: &FeatureMatrix, device: &Device) -> Result<Features, TrainError> {
    match features {
        FeatureMatrix::Dense(x) => {
            let values = x.iter().copied().collect();
            Ok(Features::dense(values, x.nrows(), x.ncols(), device))
        }
        FeatureMatrix::Sparse(x) => {
            Ok(Features::by_density(x.view(), device).map_err(EncoderError::from)?)
        }
    }
}

fn sparse(x: &CsMatI<f32, u32, usize>, device: &Device) -> Result<Features, TrainError> {
    Ok(Features::sparse(x.view(), device).map_err(EncoderError::from)?)
}

fn rows(features: &FeatureMatrix, spots: &[usize]) -> FeatureMatrix {
    match features {
        FeatureMatrix::Sparse(x) => FeatureMatrix::Sparse(select_spots(x, spots)),
        FeatureMatrix::Dense(x) => FeatureMatrix::Dense(x.select(Axis(0), spots)),
    }
}
