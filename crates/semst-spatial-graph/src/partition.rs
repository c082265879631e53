//! Cuts slides into parts of bounded size, each with the spots around it.

use ndarray::ArrayView2;

use crate::points::positions;
use crate::{GraphError, SpatialGraph};

/// A piece of a slide: the spots that it owns, and a halo of spots from which these receive messages.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use semst_spatial_graph::{GraphBuilder, Partition, SymmetricKnnGraph};
/// let coords = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]];
/// let graph = SymmetricKnnGraph::new(1).build(coords.view())?;
/// let parts = Partition::bisect(coords.view(), 2)?;
/// assert_eq!((parts[0].core(), parts[1].core()), (&[0, 1][..], &[2, 3][..]));
/// assert_eq!(parts[0].clone().with_halo(&graph, 1).halo(), &[2]);
/// # Ok::<(), semst_spatial_graph::GraphError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    spots: Vec<usize>,
    n_core: usize,
}

impl Partition {
    /// Cuts a slide into pieces of at most `most` spots by recursive coordinate bisection: the longer side of a piece is halved until
    /// it is small enough, so that all pieces are nearly equal in size and nearly square. Every spot is owned once; no piece has a halo.
    ///
    /// # Errors
    /// Coordinates that are not finite pairs, or `most` = 0.
    ///
    /// # Complexity
    /// O(N log(N / most)).
    pub fn bisect(coords: ArrayView2<'_, f64>, most: usize) -> Result<Vec<Self>, GraphError> {
        if most == 0 {
            return Err(GraphError::Parameter {
                field: "most",
                value: 0.0,
                bound: "at least 1",
            });
        }
        let points = positions(coords)?;
        let mut parts = Vec::new();
        let mut all: Vec<usize> = (0..points.len()).collect();
        halve(&points, &mut all, points.len().div_ceil(most), &mut parts);
        Ok(parts)
    }

    /// Cuts a slide into pieces of at most `most` spots, each made of `tiles` compact tiles from all over the slide.
    ///
    /// So each piece represents the slide: sums over pairs of its spots, and the similarity between them, are nearly the same as
    /// for the slide. This does not hold for a compact piece. The cost is a larger halo (Chiang et al., Cluster-GCN, KDD 2019,
    /// draw several clusters for the same reason).
    ///
    /// # Errors
    /// As [`Partition::bisect`]; `tiles` = 0.
    pub fn scatter(
        coords: ArrayView2<'_, f64>,
        most: usize,
        tiles: usize,
    ) -> Result<Vec<Self>, GraphError> {
        if most == 0 || tiles == 0 {
            let (field, value, bound) = ("most or tiles", 0.0, "at least 1");
            return Err(GraphError::Parameter {
                field,
                value,
                bound,
            });
        }
        let points = positions(coords)?;
        // Tiles differ by one spot in size, so pieces can differ by their number of tiles.
        let pieces = points.len().div_ceil(most.saturating_sub(tiles).max(1));
        let (mut small, mut all) = (Vec::new(), (0..points.len()).collect::<Vec<_>>());
        halve(&points, &mut all, pieces * tiles, &mut small);
        // Tiles are in the order of the cuts, so neighbours follow each other: a piece takes one of each run of `pieces`.
        let piece = |first: usize| {
            let own = small.iter().skip(first).step_by(pieces);
            let mut spots: Vec<usize> = own.flat_map(|tile| tile.spots.iter().copied()).collect();
            spots.sort_unstable();
            Self {
                n_core: spots.len(),
                spots,
            }
        };
        Ok((0..pieces).map(piece).collect())
    }

    /// The whole slide as one piece.
    pub fn whole(n: usize) -> Self {
        Self {
            spots: (0..n).collect(),
            n_core: n,
        }
    }

    /// Sets the halo: all spots from which the core receives messages over at most `hops` links.
    ///
    /// Links are followed from a spot to those that it receives from; use a symmetric graph if messages go in both directions.
    ///
    /// # Panics
    /// When the graph has fewer spots than the slide.
    #[must_use]
    pub fn with_halo(mut self, graph: &SpatialGraph, hops: usize) -> Self {
        self.spots.truncate(self.n_core);
        let mut seen = vec![false; graph.n()];
        self.spots.iter().for_each(|&spot| seen[spot] = true);
        let mut ring = 0..self.n_core;
        for _ in 0..hops {
            for at in ring.clone() {
                for &other in graph.row(self.spots[at]).0 {
                    let other = other as usize;
                    if !std::mem::replace(&mut seen[other], true) {
                        self.spots.push(other);
                    }
                }
            }
            ring = ring.end..self.spots.len();
        }
        self.spots[self.n_core..].sort_unstable();
        self
    }

    /// The spots that the piece owns, ascending.
    pub fn core(&self) -> &[usize] {
        &self.spots[..self.n_core]
    }

    /// The spots around it, ascending.
    pub fn halo(&self) -> &[usize] {
        &self.spots[self.n_core..]
    }

    /// All spots of the piece, the core first: the order of its rows.
    pub fn spots(&self) -> &[usize] {
        &self.spots
    }
}

/// Cuts `spots` into `pieces` of sizes as equal as possible.
fn halve(points: &[[f64; 2]], spots: &mut [usize], pieces: usize, parts: &mut Vec<Partition>) {
    if pieces <= 1 {
        let mut core = spots.to_vec();
        core.sort_unstable();
        parts.push(Partition {
            n_core: core.len(),
            spots: core,
        });
        return;
    }
    let extent = |axis: usize| {
        let (low, high) = spots
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &spot| {
                (low.min(points[spot][axis]), high.max(points[spot][axis]))
            });
        high - low
    };
    let axis = usize::from(extent(1) > extent(0));
    let left = pieces / 2;
    let at = spots.len() * left / pieces;
    // A total order: the other axis, then the index.
    spots.select_nth_unstable_by(at, |&a, &b| {
        points[a][axis]
            .total_cmp(&points[b][axis])
            .then(points[a][1 - axis].total_cmp(&points[b][1 - axis]))
            .then(a.cmp(&b))
    });
    let (low, high) = spots.split_at_mut(at);
    halve(points, low, left, parts);
    halve(points, high, pieces - left, parts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GraphBuilder, KnnGraph, SymmetricKnnGraph};
    use ndarray::Array2;
    use proptest::prelude::*;

    fn coords(n: usize, seed: u64) -> Array2<f64> {
        Array2::from_shape_fn((n, 2), |(i, axis)| {
            let x = ((i as u64 * 2 + axis as u64 + 1) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (x >> 44) as f64
        })
    }

    #[test]
    fn scattered_pieces_own_every_spot_once_and_lie_everywhere() {
        let coords = Array2::from_shape_fn((1000, 2), |(i, axis)| {
            (if axis == 0 { i % 40 } else { i / 40 }) as f64
        });
        let pieces = Partition::scatter(coords.view(), 260, 8).unwrap();
        assert_eq!(pieces.len(), 4);
        let mut all: Vec<usize> = pieces.iter().flat_map(|p| p.core().to_vec()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
        for piece in &pieces {
            assert!(piece.core().len() <= 260);
            for (column, row) in [(0, 0), (20, 0), (0, 12), (20, 12)] {
                let inside = |i: &&usize| {
                    (column..column + 20).contains(&(*i % 40))
                        && (row..row + 13).contains(&(*i / 40))
                };
                assert!(piece.core().iter().filter(inside).count() > 30);
            }
        }
        assert!(Partition::scatter(coords.view(), 260, 0).is_err());
    }

    proptest! {
        #[test]
        fn every_spot_is_owned_once(n in 1usize..400, most in 1usize..60, seed in 0u64..1000) {
            let parts = Partition::bisect(coords(n, seed).view(), most)?;
            let mut owned: Vec<usize> = parts.iter().flat_map(|part| part.core().to_vec()).collect();
            owned.sort_unstable();
            prop_assert_eq!(owned, (0..n).collect::<Vec<_>>());
            let sizes = parts.iter().map(|part| part.core().len());
            prop_assert!(sizes.clone().max() <= Some(most) && sizes.min() >= Some(1));
            prop_assert_eq!(parts.len(), n.div_ceil(most));
        }
    }

    #[test]
    fn places_that_coincide_are_cut_all_the_same() -> Result<(), GraphError> {
        let parts = Partition::bisect(Array2::zeros((10, 2)).view(), 3)?;
        assert_eq!(
            parts.iter().map(|p| p.core().len()).collect::<Vec<_>>(),
            [2, 3, 2, 3]
        );
        Ok(())
    }

    #[test]
    fn the_halo_is_what_hops_reach() -> Result<(), GraphError> {
        let xy = coords(300, 7);
        let graph = SymmetricKnnGraph::new(4).build(xy.view())?;
        for part in Partition::bisect(xy.view(), 40)? {
            let part = part.with_halo(&graph, 2);
            let mut reached: Vec<usize> = Vec::new();
            for &spot in part.core() {
                for &near in graph.row(spot).0 {
                    reached.push(near as usize);
                    reached.extend(graph.row(near as usize).0.iter().map(|&far| far as usize));
                }
            }
            reached.sort_unstable();
            reached.dedup();
            reached.retain(|spot| part.core().binary_search(spot).is_err());
            assert_eq!(part.halo(), reached);
            assert_eq!(
                part.clone().with_halo(&graph, 2),
                part,
                "a halo is replaced, not grown"
            );
        }
        Ok(())
    }

    #[test]
    fn directed_links_are_followed_to_the_sender() -> Result<(), GraphError> {
        let xy = ndarray::array![[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]];
        let graph = KnnGraph::new(1).build(xy.view())?;
        let of = |spot: usize| Partition {
            spots: vec![spot],
            n_core: 1,
        };
        assert_eq!(of(2).with_halo(&graph, 1).halo(), [1]);
        assert_eq!(of(1).with_halo(&graph, 1).halo(), [0]);
        assert_eq!(
            Partition::whole(3).with_halo(&graph, 5).halo(),
            [] as [usize; 0]
        );
        Ok(())
    }
}
