//! Lattice graphs: all spots within a number of rings.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::GraphBuilder;
use super::radius::check_links;
use crate::lattice::pitch_of;
use crate::points::Points;
use crate::{GraphError, SpatialGraph};

/// Links the spots of a square lattice up to `n_rings` steps along rows and columns (four direct neighbours).
///
/// The spacing is the median distance to the nearest neighbour. Direct neighbours are at most 1.2 spacings away, which excludes
/// the diagonal (1.41). Ring r has the spots that r steps reach and fewer steps do not, as in squidpy's
/// `spatial_neighbors(coord_type="grid", n_neighs=4, n_rings=…)`; the distance of a link is its ring, in steps.
///
/// # Errors
/// Besides those of [`GraphBuilder::build`]: `n_rings` = 0; fewer than two distinct positions.
///
/// # Complexity
/// O(N · spots within the rings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridGraph {
    /// Number of rings.
    pub n_rings: usize,
}

/// Links the spots of a hexagonal lattice (Visium) up to `n_rings` steps (six direct neighbours).
///
/// As [`GridGraph`], with direct neighbours at most 1.3 spacings away (the next are at 1.73), as in squidpy's
/// `spatial_neighbors(coord_type="grid", n_neighs=6, n_rings=…)`. Use positions in pixels or micrometres: Visium's array rows and
/// columns do not form regular hexagons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HexGraph {
    /// Number of rings.
    pub n_rings: usize,
}

impl GridGraph {
    /// The square lattice graph of `n_rings` rings.
    pub fn new(n_rings: usize) -> Self {
        Self { n_rings }
    }
}

impl HexGraph {
    /// The hexagonal lattice graph of `n_rings` rings.
    pub fn new(n_rings: usize) -> Self {
        Self { n_rings }
    }
}

impl GraphBuilder for GridGraph {
    fn check(&self) -> Result<(), GraphError> {
        check_rings(self.n_rings)
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        rings(coords, 1.2, self.n_rings)
    }
}

impl GraphBuilder for HexGraph {
    fn check(&self) -> Result<(), GraphError> {
        check_rings(self.n_rings)
    }

    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError> {
        rings(coords, 1.3, self.n_rings)
    }
}

fn check_rings(n_rings: usize) -> Result<(), GraphError> {
    if (1..=1_000).contains(&n_rings) {
        return Ok(());
    }
    Err(GraphError::Parameter {
        field: "n_rings",
        value: n_rings as f64,
        bound: "from 1 to 1000",
    })
}

fn rings(coords: ArrayView2<f64>, reach: f64, n_rings: usize) -> Result<SpatialGraph, GraphError> {
    check_rings(n_rings)?;
    let points = Points::new(coords)?;
    let reach = reach * pitch_of(&points)?;
    check_links(&points, reach)?;
    let step = points.within(reach);
    let mut seen = vec![u32::MAX; points.len()];
    let rows = (0..points.len()).map(|spot| {
        seen[spot] = spot as u32;
        let mut row: Vec<(u32, f32)> = Vec::new();
        let mut front = vec![spot as u32];
        for ring in 1..=n_rings {
            let mut next = Vec::new();
            for &(other, _) in front.iter().flat_map(|&at| &step[at as usize]) {
                if std::mem::replace(&mut seen[other as usize], spot as u32) != spot as u32 {
                    next.push(other);
                }
            }
            row.extend(next.iter().map(|&other| (other, ring as f32)));
            front = next;
        }
        row
    });
    SpatialGraph::from_rows(rows.collect())
}
