//! Delaunay triangulation.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use spade::{DelaunayTriangulation, HasPosition, Point2, Triangulation};

use super::GraphBuilder;
use crate::points::positions;
use crate::{GraphError, Link, Postprocess, PruneLong, SpatialGraph};

/// Links the spots that share an edge of the Delaunay triangulation. The longest edges are removed. Symmetric.
///
/// Long edges run along the hull and across holes; CellCharter removes those above the 99th percentile of the lengths, which is the default
/// here. Predicates are exact (spade). Spots on one line are linked along it. Spots at the same position are linked to the first
/// of them, which is the only one in the triangulation. If four or more spots lie on one circle, as on a square lattice, the
/// triangulation is not unique: the choice depends only on the order of the spots.
///
/// # Complexity
/// O(N log N); one million random points take about 2.4 seconds.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use semst_spatial_graph::{DelaunayGraph, GraphBuilder};
/// let coords = array![[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [1.0, 1.0]];
/// let graph = DelaunayGraph::new().without_pruning().build(coords.view())?;
/// assert_eq!(graph.row(3).0, &[0, 1, 2]);
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DelaunayGraph {
    /// Edges longer than this percentile of all lengths are removed; `None` keeps all (CellCharter 0.3.7: 99).
    pub max_percentile: Option<f64>,
}

impl Default for DelaunayGraph {
    fn default() -> Self {
        Self {
            max_percentile: Some(99.0),
        }
    }
}

impl DelaunayGraph {
    /// With edges above the 99th percentile removed.
    pub fn new() -> Self {
        Self::default()
    }

    /// With edges above `percentile` removed.
    pub fn with_max_percentile(self, percentile: f64) -> Self {
        Self {
            max_percentile: Some(percentile),
        }
    }

    /// With all edges.
    pub fn without_pruning(self) -> Self {
        Self {
            max_percentile: None,
        }
    }
}

impl GraphBuilder for DelaunayGraph {
    fn check(&self) -> Result<(), GraphError> {
        match self.max_percentile {
            Some(value) if !(0.0..=100.0).contains(&value) => Err(GraphError::Parameter {
                field: "max_percentile",
                value,
                bound: "from 0 to 100",
            }),
            _ => Ok(()),
        }
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        let xy = positions(coords)?;
        let mut order: Vec<u32> = (0..xy.len() as u32).collect();
        let key = |spot: u32| xy[spot as usize];
        order.sort_unstable_by(|&a, &b| {
            key(a)[0]
                .total_cmp(&key(b)[0])
                .then(key(a)[1].total_cmp(&key(b)[1]))
                .then(a.cmp(&b))
        });
        let mut edges = Vec::with_capacity(6 * xy.len());
        let mut both = |a: u32, b: u32| {
            let ([x, y], [u, v]) = (key(a), key(b));
            let distance = (x - u).hypot(y - v) as f32;
            edges.push(Link::new(a, b).with_distance(distance));
            edges.push(Link::new(b, a).with_distance(distance));
        };
        let mut vertices = Vec::with_capacity(xy.len());
        for group in order.chunk_by(|&a, &b| key(a) == key(b)) {
            vertices.push(group[0]);
            group[1..].iter().for_each(|&twin| both(group[0], twin));
        }
        vertices.sort_unstable();
        let vertices = vertices.into_iter().map(|spot| Vertex {
            spot,
            x: representable(key(spot)[0]),
            y: representable(key(spot)[1]),
        });
        let triangulation = DelaunayTriangulation::<Vertex>::bulk_load_stable(vertices.collect())
            .map_err(|error| GraphError::Structure {
            structure: "Delaunay triangulation",
            reason: error.to_string(),
        })?;
        for edge in triangulation.undirected_edges() {
            let [a, b] = edge.vertices();
            both(a.data().spot, b.data().spot);
        }
        let graph = SpatialGraph::from_edges(xy.len(), edges)?;
        match self.max_percentile {
            Some(percentile) => PruneLong::new(percentile).apply(graph),
            None => Ok(graph),
        }
    }
}

struct Vertex {
    spot: u32,
    x: f64,
    y: f64,
}

impl HasPosition for Vertex {
    type Scalar = f64;

    fn position(&self) -> Point2<f64> {
        Point2::new(self.x, self.y)
    }
}

/// Sets numbers to zero that spade rejects because its exact predicates would underflow.
fn representable(value: f64) -> f64 {
    if value.abs() < spade::MIN_ALLOWED_VALUE {
        0.0
    } else {
        value
    }
}
