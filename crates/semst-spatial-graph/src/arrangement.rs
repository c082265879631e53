//! The positions of groups of spots relative to each other: overlapping, apart, or one slide.

use ndarray::ArrayView2;

use crate::GraphError;
use crate::points::Points;

/// Number of spots whose nearest neighbour is searched.
const SAMPLE: usize = 2_000;
/// Above this share of spots whose nearest spot is of another group, the groups overlap. Groups that meet at a border stay below:
/// of a hundred rows of spots, the two at the border are one in fifty.
const OVERLAP: f64 = 0.1;
/// Groups are apart when the gap is wider than this many median distances of nearest spots.
const GAP: f64 = 5.0;

/// The positions of groups of spots relative to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrangement {
    /// Next to each other, as one slide.
    Joined,
    /// Overlapping.
    Overlapping {
        /// Share of spots whose nearest spot is of another group.
        share: f64,
    },
    /// At least one group is apart from all others.
    Apart {
        /// The width of its gap, in median distances of nearest spots.
        gap: f64,
    },
}

/// Finds the positions of groups of spots relative to each other; spots without a group (`None`) do not count.
///
/// # Errors
/// Coordinates that are not a finite N × 2, or another number of groups than of spots.
///
/// # Complexity
/// O(n log n + g²) for n spots and g groups.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use semst_spatial_graph::{Arrangement, arrangement};
///
/// let coords = array![[0.0, 0.0], [1.0, 0.0], [50.0, 0.0], [51.0, 0.0]];
/// let groups = [Some(0), Some(0), Some(1), Some(1)];
/// assert_eq!(arrangement(coords.view(), &groups)?, Arrangement::Apart { gap: 49.0 });
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
pub fn arrangement(
    coords: ArrayView2<f64>,
    groups: &[Option<u32>],
) -> Result<Arrangement, GraphError> {
    let points = Points::new(coords)?;
    if groups.len() != points.len() {
        return Err(GraphError::Length {
            what: "groups",
            got: groups.len(),
            expected: points.len(),
        });
    }
    if points.len() < 2 {
        return Ok(Arrangement::Joined);
    }
    let step = points.len().div_ceil(SAMPLE);
    let nearest = (0..points.len()).step_by(step).filter_map(|spot| {
        let (other, distance) = points.nearest_of(spot, 1).into_iter().next()?;
        let pair = (groups[spot]?, groups[other as usize]?);
        Some((pair.0 != pair.1, distance))
    });
    let (across, mut distances): (Vec<bool>, Vec<f64>) = nearest.unzip();
    let share = across.iter().filter(|a| **a).count() as f64 / across.len().max(1) as f64;
    if share > OVERLAP {
        return Ok(Arrangement::Overlapping { share });
    }
    distances.sort_unstable_by(f64::total_cmp);
    let spacing = distances.get(distances.len() / 2).copied();
    let Some(spacing) = spacing.filter(|spacing| *spacing > 0.0) else {
        return Ok(Arrangement::Joined);
    };
    let gap = widest_gap(&boxes(coords, groups)) / spacing;
    Ok(match gap > GAP {
        true => Arrangement::Apart { gap },
        false => Arrangement::Joined,
    })
}

/// The smallest and the largest coordinates of a group.
type Bounds = ([f64; 2], [f64; 2]);

fn boxes(coords: ArrayView2<f64>, groups: &[Option<u32>]) -> Vec<Bounds> {
    let n = groups.iter().flatten().max().map_or(0, |g| *g as usize + 1);
    let mut boxes = vec![([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]); n];
    for (point, group) in coords.rows().into_iter().zip(groups) {
        let Some(group) = group else { continue };
        let (low, high) = &mut boxes[*group as usize];
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    boxes.retain(|(low, high)| low[0] <= high[0]);
    boxes
}

/// The widest of the gaps between a box and the box nearest to it; zero where there is one box.
fn widest_gap(boxes: &[Bounds]) -> f64 {
    let between = |a: &Bounds, b: &Bounds| {
        let along = |axis: usize| (a.0[axis] - b.1[axis]).max(b.0[axis] - a.1[axis]).max(0.0);
        along(0).hypot(along(1))
    };
    let nearest = boxes.iter().enumerate().map(|(i, a)| {
        let others = boxes.iter().enumerate().filter(|(j, _)| *j != i);
        others
            .map(|(_, b)| between(a, b))
            .fold(f64::INFINITY, f64::min)
    });
    nearest.filter(|gap| gap.is_finite()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn lattice(shift: f64) -> Vec<[f64; 2]> {
        (0..400)
            .map(|i| [f64::from(i % 20) + shift, f64::from(i / 20)])
            .collect()
    }

    #[track_caller]
    fn found(shift: f64) -> Arrangement {
        let coords = Array2::from([lattice(0.0), lattice(shift)].concat());
        let groups: Vec<Option<u32>> = (0..800).map(|i| Some(i / 400)).collect();
        arrangement(coords.view(), &groups).expect("finite coordinates")
    }

    #[test]
    fn sections_overlap_lie_apart_or_meet() {
        assert!(matches!(found(0.4), Arrangement::Overlapping { share } if share > 0.9));
        assert_eq!(found(20.0), Arrangement::Joined);
        assert_eq!(found(40.0), Arrangement::Apart { gap: 21.0 });
    }
}
