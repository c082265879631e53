//! Graphs of all spots within a distance.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::GraphBuilder;
use crate::lattice::pitch_of;
use crate::points::{Points, rows};
use crate::{GraphError, SpatialGraph};

/// Links all pairs of spots at a distance d ≤ r. Symmetric.
///
/// The bound is r · (1 + 10⁻⁹), so that a radius equal to a lattice spacing includes that whole ring despite rounding.
/// STAGATE's authors choose r so that spots have 5 to 10 neighbours (150 px on DLPFC); SemST takes 560 px there and counts the spot itself as
/// its neighbour: [`with_self`](Self::with_self).
///
/// # Errors
/// Besides those of [`GraphBuilder::build`]: a radius that is not positive and finite, one that leaves every spot isolated, or one
/// that links each to more than a thousand others; these errors name the median distance to the nearest neighbour.
///
/// # Complexity
/// O(N log N + links).
///
/// # Examples
/// ```
/// use ndarray::array;
/// use semst_spatial_graph::{GraphBuilder, GraphError, RadiusGraph};
/// let coords = array![[0.0, 0.0], [3.0, 4.0], [20.0, 0.0]];
/// assert_eq!(RadiusGraph::new(5.0).build(coords.view())?.degrees(), [1, 1, 0]);
/// assert!(matches!(RadiusGraph::new(1.0).build(coords.view()), Err(GraphError::AllIsolated { .. })));
/// # Ok::<(), GraphError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadiusGraph {
    /// The radius, in the unit of the coordinates.
    pub radius: f64,
    /// Whether every spot is linked to itself (default: no).
    #[serde(default)]
    pub include_self: bool,
}

impl RadiusGraph {
    /// All pairs within `radius`, without self-links.
    pub fn new(radius: f64) -> Self {
        Self {
            radius,
            include_self: false,
        }
    }

    /// With self-links, as in SemST's DLPFC graph (`radius_neighbors_graph` on a query that contains the spot).
    pub fn with_self(self) -> Self {
        Self {
            include_self: true,
            ..self
        }
    }
}

/// Spots whose neighbours are counted before the graph is built.
const SAMPLE: usize = 500;
/// Most links per spot: a radius in the wrong unit links all pairs.
const MOST_LINKS: f64 = 1_000.0;

/// Returns an error for a radius that would give more links than any method uses.
pub(super) fn check_links(points: &Points, radius: f64) -> Result<(), GraphError> {
    let step = points.len().div_ceil(SAMPLE);
    let counts = (0..points.len()).step_by(step);
    let counts: Vec<usize> = counts
        .map(|spot| points.count_within(spot, radius))
        .collect();
    let links = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
    if links <= MOST_LINKS {
        return Ok(());
    }
    let median = pitch_of(points)?;
    Err(GraphError::TooManyLinks {
        radius,
        links: links.round(),
        most: MOST_LINKS,
        median,
        suggestion: 1.3 * median,
    })
}

impl GraphBuilder for RadiusGraph {
    fn check(&self) -> Result<(), GraphError> {
        if self.radius.is_finite() && self.radius > 0.0 {
            return Ok(());
        }
        Err(GraphError::Parameter {
            field: "radius",
            value: self.radius,
            bound: "positive and finite",
        })
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        self.check()?;
        let points = Points::new(coords)?;
        check_links(&points, self.radius)?;
        let near = points.within(self.radius);
        if points.len() > 1 && near.iter().all(Vec::is_empty) {
            let median = pitch_of(&points)?;
            return Err(GraphError::AllIsolated {
                radius: self.radius,
                n: points.len(),
                median,
                suggestion: 1.3 * median,
            });
        }
        let graph = SpatialGraph::from_rows(rows(near))?;
        Ok(if self.include_self {
            graph.with_diagonal_added(1.0)
        } else {
            graph
        })
    }
}
