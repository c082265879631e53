//! Checked coordinates with their search tree, and the rule for ties.

use std::num::NonZero;
use std::ops::RangeInclusive;

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::GraphError;
use crate::places::Places;

/// Distances within this relative difference are equal. Coordinates are pixels or micrometres with at most seven significant
/// digits, so a smaller difference than one part in 10⁹ is rounding.
pub(crate) const TIE: f64 = 1e-9;

/// A neighbour and its distance.
pub(crate) type Neighbor = (u32, f64);

pub(crate) struct Points {
    xy: Vec<[f64; 2]>,
    /// The tree holds places: among many spots in one place, each query would find all of them.
    tree: ImmutableKdTree<f64, 2>,
    places: Places,
}

impl Points {
    pub(crate) fn new(coords: ArrayView2<f64>) -> Result<Self, GraphError> {
        let xy = positions(coords)?;
        let places = Places::of(&xy);
        let tree = ImmutableKdTree::new_from_slice(&places.positions(&xy)).map_err(|error| {
            GraphError::Structure {
                structure: "k-d tree",
                reason: format!("{error:?}"),
            }
        })?;
        Ok(Self { xy, tree, places })
    }

    pub(crate) fn len(&self) -> usize {
        self.xy.len()
    }

    /// The k nearest other spots of every spot: by distance, then by index.
    pub(crate) fn nearest(&self, k: usize) -> Result<Vec<Vec<Neighbor>>, GraphError> {
        self.check_k(k)?;
        Ok((0..self.len())
            .into_par_iter()
            .with_min_len(256)
            .map(|spot| self.nearest_of(spot, k))
            .collect())
    }

    /// Checks that every spot has `k` others.
    pub(crate) fn check_k(&self, k: usize) -> Result<(), GraphError> {
        if k == 0 {
            return Err(GraphError::Parameter {
                field: "k",
                value: 0.0,
                bound: "at least 1",
            });
        }
        match self.len() <= k {
            true => Err(GraphError::TooFewSpots { n: self.len(), k }),
            false => Ok(()),
        }
    }

    /// The other spots within `radius` of every spot, ties included.
    pub(crate) fn within(&self, radius: f64) -> Vec<Vec<Neighbor>> {
        (0..self.len())
            .into_par_iter()
            .with_min_len(256)
            .map(|spot| self.within_of(spot, radius))
            .collect()
    }

    /// The number of other spots within `radius` of a spot.
    pub(crate) fn count_within(&self, spot: usize, radius: f64) -> usize {
        let places = self.places_within(spot, radius);
        let spots: usize = places
            .map(|(place, _)| self.places.spots(place).len())
            .sum();
        spots.saturating_sub(1)
    }

    pub(crate) fn nearest_of(&self, spot: usize, k: usize) -> Vec<Neighbor> {
        let mut near = self.candidates(spot, k);
        order_with_ties(&mut near);
        near.truncate(k);
        near
    }

    /// The k nearest other spots and all that are as far as the k-th, in any order; of each place only the first `k`. `k` is below
    /// the number of spots.
    fn candidates(&self, spot: usize, k: usize) -> Vec<Neighbor> {
        // The place of the spot, k others, and one more to check that the k-th is not tied.
        let asked = (k + 2).min(self.places.len());
        let Some(count) = NonZero::new(asked) else {
            return Vec::new();
        };
        let found = self
            .tree
            .query(&self.xy[spot])
            .nearest_n::<SquaredEuclidean<f64>>(count)
            .execute();
        let mut near: Vec<Neighbor> = found
            .iter()
            .map(|hit| {
                (
                    hit.item,
                    self.distance(spot, self.places.spots(hit.item)[0]),
                )
            })
            .collect();
        near.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
        // The distance within which there are k spots besides this one.
        let mut spots = 0;
        let kth = near.iter().find(|(place, _)| {
            spots += self.places.spots(*place).len();
            spots > k
        });
        let kth = kth.map_or(f64::INFINITY, |place| place.1);
        let last = near.last().map_or(0.0, |place| place.1);
        let limit = kth * (1.0 + 2.0 * TIE);
        if asked < self.places.len() && last <= kth * (1.0 + 4.0 * TIE) {
            near = self.places_within(spot, limit).collect();
        }
        let near = near.into_iter().filter(|place| place.1 <= limit);
        near.flat_map(|(place, distance)| {
            let spots = self.places.spots(place).iter();
            let others = spots.filter(move |other| **other as usize != spot);
            others.take(k).map(move |&other| (other, distance))
        })
        .collect()
    }

    /// The other spots within `radius` of a spot, in any order.
    pub(crate) fn within_of(&self, spot: usize, radius: f64) -> Vec<Neighbor> {
        let places = self.places_within(spot, radius);
        places
            .flat_map(|(place, distance)| {
                let spots = self.places.spots(place).iter();
                let others = spots.filter(move |other| **other as usize != spot);
                others.map(move |&other| (other, distance))
            })
            .collect()
    }

    /// The places within `radius` of a spot, its own among them.
    fn places_within(&self, spot: usize, radius: f64) -> impl Iterator<Item = Neighbor> + '_ {
        let reach = radius * (1.0 + TIE);
        // A little more than the reach, because of the rounding inside the tree; the exact test follows.
        let square = (reach * reach * (1.0 + TIE)).max(f64::MIN_POSITIVE);
        let found = self
            .tree
            .query(&self.xy[spot])
            .within::<SquaredEuclidean<f64>>(square)
            .unsorted()
            .execute();
        let places: Vec<Neighbor> = found
            .iter()
            .map(|hit| {
                (
                    hit.item,
                    self.distance(spot, self.places.spots(hit.item)[0]),
                )
            })
            .collect();
        places.into_iter().filter(move |place| place.1 <= reach)
    }

    fn distance(&self, spot: usize, other: u32) -> f64 {
        self.square(spot, other).sqrt()
    }

    fn square(&self, spot: usize, other: u32) -> f64 {
        let ([x, y], [u, v]) = (self.xy[spot], self.xy[other as usize]);
        (x - u) * (x - u) + (y - v) * (y - v)
    }
}

/// Coordinates whose squares and differences are numbers, in 32 bits too; in any unit they are far beyond a slide.
const SIZES: RangeInclusive<f64> = 1e-18..=1e18;

/// Below this share of the largest coordinate, a coordinate is zero: squares of such numbers vanish.
const NOTHING: f64 = 1e-100;

/// The k nearest other spots of every spot, nearest first, or all others if there are fewer.
///
/// Unlike in a graph, distances are compared exactly: only equal ones are ordered by the lower index. Scores that are defined by
/// other code need this order.
///
/// # Shapes
/// `coords`: [n, 2].
///
/// # Errors
/// Coordinates that are not a finite N × 2.
///
/// # Complexity
/// O(n k log n).
///
/// # Examples
/// ```
/// use ndarray::array;
/// let near = semst_spatial_graph::nearest_spots(array![[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]].view(), 1)?;
/// assert_eq!(near, [[1], [0], [1]]);
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
pub fn nearest_spots(coords: ArrayView2<f64>, k: usize) -> Result<Vec<Vec<u32>>, GraphError> {
    let points = Points::new(coords)?;
    let k = k.min(points.len() - 1);
    Ok((0..points.len())
        .into_par_iter()
        .with_min_len(256)
        .map(|spot| {
            let near = points.candidates(spot, k).into_iter();
            let mut near: Vec<_> = near
                .map(|(other, _)| (points.square(spot, other), other))
                .collect();
            near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(k);
            near.into_iter().map(|(_, other)| other).collect()
        })
        .collect())
}

/// The coordinates as pairs, checked.
pub(crate) fn positions(coords: ArrayView2<f64>) -> Result<Vec<[f64; 2]>, GraphError> {
    if coords.nrows() == 0 {
        return Err(GraphError::Empty);
    }
    if coords.ncols() != 2 {
        return Err(GraphError::Dimensions {
            columns: coords.ncols(),
        });
    }
    if coords.nrows() >= u32::MAX as usize {
        return Err(GraphError::TooManySpots { n: coords.nrows() });
    }
    if let Some(((row, column), &value)) =
        coords.indexed_iter().find(|(_, value)| !value.is_finite())
    {
        return Err(GraphError::Coordinate {
            row,
            axis: if column == 0 { 'x' } else { 'y' },
            value,
        });
    }
    let largest = coords.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    if largest > 0.0 && !SIZES.contains(&largest) {
        return Err(GraphError::Scale { largest });
    }
    let tiny = largest * NOTHING;
    let place = |value: f64| if value.abs() < tiny { 0.0 } else { value };
    Ok(coords
        .rows()
        .into_iter()
        .map(|row| [place(row[0]), place(row[1])])
        .collect())
}

/// Sorts by distance; a run of distances that equal its first is sorted by index.
pub(crate) fn order_with_ties(neighbors: &mut [Neighbor]) {
    neighbors.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let mut start = 0;
    while start < neighbors.len() {
        let limit = neighbors[start].1 * (1.0 + TIE);
        let run = neighbors[start..].partition_point(|&(_, distance)| distance <= limit);
        neighbors[start..start + run].sort_unstable_by_key(|&(index, _)| index);
        start += run;
    }
}

/// Converts neighbours to links of weight one.
pub(crate) fn rows(neighbors: Vec<Vec<Neighbor>>) -> Vec<Vec<(u32, f32)>> {
    neighbors
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(|(index, distance)| (index, distance as f32))
                .collect()
        })
        .collect()
}
