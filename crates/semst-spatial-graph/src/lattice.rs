//! Properties of the coordinates: the spacing, and whether they form a lattice.

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::GraphError;
use crate::points::{Neighbor, Points};

/// The two lattices on which spatial assays print spots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LatticeKind {
    /// Rows and columns (ST v1, Visium HD, Stereo-seq bins): four direct neighbours.
    Square,
    /// Rows shifted by half a step (Visium): six direct neighbours.
    Hex,
}

/// A lattice and its spacing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice {
    /// The kind of lattice.
    pub kind: LatticeKind,
    /// The distance of direct neighbours, in the unit of the coordinates.
    pub pitch: f64,
}

/// The median over spots of the distance to the nearest other spot; spots that share their position with another do not count.
///
/// A radius of about 1.3 times this links the direct neighbours on both lattices.
///
/// # Errors
/// Coordinates that are not a finite N × 2, or fewer than two distinct positions.
///
/// # Examples
/// ```
/// use ndarray::array;
/// let pitch = semst_spatial_graph::median_neighbor_distance(array![[0.0, 0.0], [0.0, 2.0], [0.0, 5.0]].view())?;
/// assert_eq!(pitch, 2.0);
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
pub fn median_neighbor_distance(coords: ArrayView2<f64>) -> Result<f64, GraphError> {
    median_kth_neighbor_distance(coords, 1)
}

/// The median over spots of the distance to the `k`-th nearest other spot; spots that share their position with `k` others do not
/// count.
///
/// The distance to the sixth links six spots on average for any arrangement: one spacing on a hexagonal lattice, a diagonal on a
/// square one, and on cells without a lattice the radius within which half of them have six others. The distance to the nearest
/// spot does not measure this: among scattered cells it is half the spacing of a lattice of the same density.
///
/// # Errors
/// As [`median_neighbor_distance`], and when `k` is 0 or there are no `k` other spots.
pub fn median_kth_neighbor_distance(coords: ArrayView2<f64>, k: usize) -> Result<f64, GraphError> {
    median_to_kth(&Points::new(coords)?, k)
}

/// As [`median_kth_neighbor_distance`], over a sample of at most `samples` spots, evenly chosen; enough for drawing.
///
/// # Errors
/// As there.
pub fn sampled_kth_neighbor_distance(
    coords: ArrayView2<f64>,
    k: usize,
    samples: usize,
) -> Result<f64, GraphError> {
    let points = Points::new(coords)?;
    points.check_k(k)?;
    let step = points.len().div_ceil(samples.max(1));
    let rows = (0..points.len()).step_by(step);
    median(rows.map(|spot| points.nearest_of(spot, k)))
}

/// Recognises a square or hexagonal lattice, in any rotation, with holes and with jitter up to about a tenth of the spacing.
///
/// For interior spots (those with four or six others within 1.25 of the spacing) the directions to these others are compared with
/// steps of 90° and 60°. At least half of all spots must be interior, and at least nine in ten of these must agree. `None` when
/// neither lattice fits, or for fewer than nine spots.
///
/// # Errors
/// Coordinates that are not a finite N × 2, or fewer than two distinct positions.
pub fn lattice(coords: ArrayView2<f64>) -> Result<Option<Lattice>, GraphError> {
    let points = Points::new(coords)?;
    let pitch = pitch_of(&points)?;
    if points.len() < 9 {
        return Ok(None);
    }
    // Other numbers of neighbours have no vote, and may be very large where spots share their place.
    let reach = 1.25 * pitch;
    let near = (0..points.len()).into_par_iter().with_min_len(256);
    let near = near.map(|spot| match points.count_within(spot, reach) {
        4 | 6 => points.within_of(spot, reach),
        _ => Vec::new(),
    });
    let near: Vec<Vec<Neighbor>> = near.collect();
    let vote = |count: usize, step: f64| {
        let (mut interior, mut regular) = (0, 0);
        for (spot, row) in near
            .iter()
            .enumerate()
            .filter(|(_, row)| row.len() == count)
        {
            let mut angles: Vec<f64> = row
                .iter()
                .map(|&(other, _)| {
                    let other = other as usize;
                    (coords[[other, 1]] - coords[[spot, 1]])
                        .atan2(coords[[other, 0]] - coords[[spot, 0]])
                })
                .collect();
            angles.sort_unstable_by(f64::total_cmp);
            angles.push(angles[0] + std::f64::consts::TAU);
            interior += 1;
            regular += usize::from(
                angles
                    .windows(2)
                    .all(|pair| (pair[1] - pair[0] - step).abs() < 0.3 * step),
            );
        }
        2 * interior >= points.len() && 10 * regular >= 9 * interior
    };
    let kind = if vote(4, std::f64::consts::FRAC_PI_2) {
        LatticeKind::Square
    } else if vote(6, std::f64::consts::FRAC_PI_3) {
        LatticeKind::Hex
    } else {
        return Ok(None);
    };
    Ok(Some(Lattice { kind, pitch }))
}

pub(crate) fn pitch_of(points: &Points) -> Result<f64, GraphError> {
    median_to_kth(points, 1)
}

fn median_to_kth(points: &Points, k: usize) -> Result<f64, GraphError> {
    median(points.nearest(k)?)
}

/// The median of the distances to the last neighbours of the rows.
fn median(rows: impl IntoIterator<Item = Vec<Neighbor>>) -> Result<f64, GraphError> {
    let mut distances: Vec<f64> = rows
        .into_iter()
        .filter_map(|row| row.last().map(|neighbor| neighbor.1))
        .filter(|&distance| distance > 0.0)
        .collect();
    if distances.is_empty() {
        return Err(GraphError::Parameter {
            field: "spread of the coordinates",
            value: 0.0,
            bound: "positive: all spots share their position",
        });
    }
    distances.sort_unstable_by(f64::total_cmp);
    let half = distances.len() / 2;
    Ok(if distances.len() % 2 == 1 {
        distances[half]
    } else {
        0.5 * (distances[half - 1] + distances[half])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn square(side: usize, jitter: f64) -> Array2<f64> {
        Array2::from_shape_fn((side * side, 2), |(i, axis)| {
            let at = if axis == 0 { i % side } else { i / side };
            at as f64 * 10.0 + jitter * (((i * 7919 + axis * 104_729) % 101) as f64 / 50.0 - 1.0)
        })
    }

    fn hex(side: usize) -> Array2<f64> {
        Array2::from_shape_fn((side * side, 2), |(i, axis)| {
            let (row, column) = (i / side, i % side);
            if axis == 0 {
                column as f64 + 0.5 * (row % 2) as f64
            } else {
                row as f64 * 0.75f64.sqrt()
            }
        })
    }

    #[test]
    fn recognises_both_lattices() -> Result<(), GraphError> {
        assert_eq!(
            lattice(square(12, 0.0).view())?,
            Some(Lattice {
                kind: LatticeKind::Square,
                pitch: 10.0
            })
        );
        assert_eq!(
            lattice(square(12, 0.5).view())?.map(|found| found.kind),
            Some(LatticeKind::Square)
        );
        let found =
            lattice(hex(12).view())?.map(|found| (found.kind, (found.pitch - 1.0).abs() < 1e-12));
        assert_eq!(found, Some((LatticeKind::Hex, true)));
        Ok(())
    }

    #[test]
    fn scattered_points_are_no_lattice() -> Result<(), GraphError> {
        assert_eq!(lattice(square(12, 5.0).view())?, None);
        Ok(())
    }

    #[test]
    fn one_position_has_no_pitch() {
        assert!(matches!(
            median_neighbor_distance(Array2::zeros((5, 2)).view()),
            Err(GraphError::Parameter { .. })
        ));
    }
}
