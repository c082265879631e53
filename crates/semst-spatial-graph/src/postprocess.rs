//! Steps that turn one graph into another.

use serde::{Deserialize, Serialize};

use crate::{GraphError, SpatialGraph};

/// A step that is applied to a finished graph.
///
/// # Examples
/// ```
/// use semst_spatial_graph::{Gaussian, Link, Postprocess, SpatialGraph, Symmetrize};
/// let one_way = SpatialGraph::from_edges(2, [Link::new(0, 1).with_distance(3.0)])?;
/// let graph = Gaussian::new(3.0).apply(Symmetrize.apply(one_way)?)?;
/// assert_eq!(graph.row(1), (&[0][..], &[(-0.5f32).exp()][..]));
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
pub trait Postprocess {
    /// Applies the step.
    ///
    /// # Errors
    /// A parameter out of range, or a step that needs distances on a graph that has none.
    fn apply(&self, graph: SpatialGraph) -> Result<SpatialGraph, GraphError>;
}

/// Makes a graph symmetric, max(A, Aᵀ): links of either direction, the larger weight, the smaller distance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symmetrize;

/// Adds `weight` to the diagonal: A + w·I. An existing self-link grows (SemST's DLPFC diagonal becomes 2).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddSelfLoops {
    /// The added weight (default 1: GCN's A + I).
    pub weight: f32,
}

/// Removes the links that are longer than a percentile of all lengths (linear interpolation as in NumPy; zero lengths do not
/// count).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PruneLong {
    /// The percentile, 0 to 100.
    pub percentile: f64,
}

/// Sets every weight to one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binary;

/// Weights links by exp(−d² / 2b²).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gaussian {
    /// The bandwidth b, in the unit of the distances. BANKSY's exp(−(d / median d)²) is b = median / √2.
    pub bandwidth: f64,
}

impl Default for AddSelfLoops {
    fn default() -> Self {
        Self { weight: 1.0 }
    }
}

impl AddSelfLoops {
    /// Adds `weight` to the diagonal.
    pub fn new(weight: f32) -> Self {
        Self { weight }
    }
}

impl PruneLong {
    /// Removes links above `percentile`.
    pub fn new(percentile: f64) -> Self {
        Self { percentile }
    }
}

impl Gaussian {
    /// Gaussian weights of `bandwidth`.
    pub fn new(bandwidth: f64) -> Self {
        Self { bandwidth }
    }
}

impl Postprocess for Symmetrize {
    fn apply(&self, graph: SpatialGraph) -> Result<SpatialGraph, GraphError> {
        let other = graph.transpose();
        let (mut indptr, mut indices, mut weights) = (
            vec![0],
            Vec::with_capacity(2 * graph.nnz()),
            Vec::with_capacity(2 * graph.nnz()),
        );
        let mut distances = graph
            .distances()
            .map(|_| Vec::with_capacity(2 * graph.nnz()));
        let end = |graph: &SpatialGraph, row: usize| graph.indptr()[row + 1];
        for row in 0..graph.n() {
            let (mut a, mut b) = (graph.indptr()[row], other.indptr()[row]);
            while a < end(&graph, row) || b < end(&other, row) {
                let left = (a < end(&graph, row)).then(|| graph.indices()[a]);
                let right = (b < end(&other, row)).then(|| other.indices()[b]);
                let index = left.unwrap_or(u32::MAX).min(right.unwrap_or(u32::MAX));
                let (from_a, from_b) = (left == Some(index), right == Some(index));
                indices.push(index);
                weights.push(match (from_a, from_b) {
                    (true, true) => graph.weights()[a].max(other.weights()[b]),
                    (true, false) => graph.weights()[a].max(0.0),
                    _ => other.weights()[b].max(0.0),
                });
                if let (Some(to), Some(x), Some(y)) =
                    (&mut distances, graph.distances(), other.distances())
                {
                    to.push(match (from_a, from_b) {
                        (true, true) => x[a].min(y[b]),
                        (true, false) => x[a],
                        _ => y[b],
                    });
                }
                a += usize::from(from_a);
                b += usize::from(from_b);
            }
            indptr.push(indices.len());
        }
        SpatialGraph::from_parts(graph.n(), indptr, indices, weights, distances)
    }
}

impl Postprocess for AddSelfLoops {
    fn apply(&self, graph: SpatialGraph) -> Result<SpatialGraph, GraphError> {
        if !self.weight.is_finite() {
            return Err(GraphError::Parameter {
                field: "weight",
                value: self.weight.into(),
                bound: "finite",
            });
        }
        Ok(graph.with_diagonal_added(self.weight))
    }
}

impl PruneLong {
    pub(crate) fn check(&self) -> Result<(), GraphError> {
        if (0.0..=100.0).contains(&self.percentile) {
            return Ok(());
        }
        Err(GraphError::Parameter {
            field: "percentile",
            value: self.percentile,
            bound: "from 0 to 100",
        })
    }
}

impl Postprocess for PruneLong {
    fn apply(&self, graph: SpatialGraph) -> Result<SpatialGraph, GraphError> {
        self.check()?;
        let distances = graph.distances().ok_or(GraphError::NoDistances {
            step: "pruning long links",
        })?;
        let mut lengths: Vec<f32> = distances
            .iter()
            .copied()
            .filter(|&distance| distance > 0.0)
            .collect();
        if lengths.is_empty() {
            return Ok(graph);
        }
        lengths.sort_unstable_by(f32::total_cmp);
        let at = self.percentile / 100.0 * (lengths.len() - 1) as f64;
        let (low, high) = (
            f64::from(lengths[at.floor() as usize]),
            f64::from(lengths[at.ceil() as usize]),
        );
        let limit = low + (high - low) * at.fract();
        Ok(graph.filter_edges(|edge| {
            edge.distance
                .is_none_or(|distance| f64::from(distance) <= limit)
        }))
    }
}

impl Postprocess for Binary {
    fn apply(&self, graph: SpatialGraph) -> Result<SpatialGraph, GraphError> {
        let nnz = graph.nnz();
        graph.with_weights(vec![1.0; nnz])
    }
}

impl Postprocess for Gaussian {
    fn apply(&self, graph: SpatialGraph) -> Result<SpatialGraph, GraphError> {
        if !(self.bandwidth.is_finite() && self.bandwidth > 0.0) {
            return Err(GraphError::Parameter {
                field: "bandwidth",
                value: self.bandwidth,
                bound: "positive and finite",
            });
        }
        let distances = graph.distances().ok_or(GraphError::NoDistances {
            step: "Gaussian weighting",
        })?;
        let weights = distances
            .iter()
            .map(|&d| (-0.5 * (f64::from(d) / self.bandwidth).powi(2)).exp() as f32)
            .collect();
        graph.with_weights(weights)
    }
}
