//! k-nearest-neighbour graphs.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::GraphBuilder;
use crate::points::{Points, rows};
use crate::{GraphError, Postprocess, SpatialGraph, Symmetrize};

/// Links every spot to its k nearest others: directed, k links per row, the spot itself excluded.
///
/// Equal distances (to one part in 10⁹) are decided by the lower index. Exact, O(N k log N); one million random points with k = 6 take 1.2
/// seconds on two threads.
///
/// # Errors
/// Besides those of [`GraphBuilder::build`]: k = 0, or k or fewer spots.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use semst_spatial_graph::{GraphBuilder, KnnGraph};
/// let graph = KnnGraph::new(1).build(array![[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]].view())?;
/// assert_eq!(graph.indices(), &[1, 0, 1]);
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnnGraph {
    /// Neighbours of every spot.
    pub k: usize,
}

/// Links two spots when either is among the k nearest of the other (the union of both directions).
///
/// This is scikit-learn's `kneighbors_graph` followed by the maximum with its transpose; SemST takes k = 15 for the mouse embryo and MVC
/// (`config/ME.ini`, `config/MVC.ini`: `k1 = 15`), GraphST k = 3, SEDR k = 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymmetricKnnGraph {
    /// Neighbours of every spot, before the union.
    pub k: usize,
}

/// Links two spots when each is among the k nearest of the other (the intersection); spots may stay without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MutualKnnGraph {
    /// Neighbours of every spot, before the intersection.
    pub k: usize,
}

impl KnnGraph {
    /// The graph of the `k` nearest.
    pub fn new(k: usize) -> Self {
        Self { k }
    }
}

impl SymmetricKnnGraph {
    /// The union graph of the `k` nearest.
    pub fn new(k: usize) -> Self {
        Self { k }
    }
}

impl MutualKnnGraph {
    /// The intersection graph of the `k` nearest.
    pub fn new(k: usize) -> Self {
        Self { k }
    }
}

impl GraphBuilder for KnnGraph {
    fn check(&self) -> Result<(), GraphError> {
        check_k(self.k)
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        SpatialGraph::from_rows(rows(Points::new(coords)?.nearest(self.k)?))
    }
}

impl GraphBuilder for SymmetricKnnGraph {
    fn check(&self) -> Result<(), GraphError> {
        check_k(self.k)
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        Symmetrize.apply(KnnGraph::new(self.k).build(coords)?)
    }
}

impl GraphBuilder for MutualKnnGraph {
    fn check(&self) -> Result<(), GraphError> {
        check_k(self.k)
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        let graph = KnnGraph::new(self.k).build(coords)?;
        Ok(graph.filter_edges(|edge| {
            graph
                .row(edge.target as usize)
                .0
                .binary_search(&edge.source)
                .is_ok()
        }))
    }
}

/// More links a spot than any use has, and few enough for the memory.
const MOST_NEIGHBORS: usize = 100_000;

fn check_k(k: usize) -> Result<(), GraphError> {
    if (1..=MOST_NEIGHBORS).contains(&k) {
        return Ok(());
    }
    Err(GraphError::Parameter {
        field: "k",
        value: k as f64,
        bound: "from 1 to 100000",
    })
}
