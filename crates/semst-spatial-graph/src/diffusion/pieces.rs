//! The pieces of a graph, and the strength of diffusion that each can take.

use crate::SpatialGraph;

/// A connected part with less than this share of the spots is not a piece.
const LEAST_SHARE: f64 = 0.05;
/// Spots of a piece for each unit of strength. Over the six nearest neighbours, the widest pattern of a piece of n spots is an
/// eigenvector of L with the value π² / 4n, and diffusion leaves `1 / (1 + aπ² / 4n)` of it: 0.9 with a = n / 22.
const SPOTS_PER_STRENGTH: f64 = 22.0;

/// The strength for each spot: `strength`, or less in the pieces of a graph of several pieces. O(n + links).
pub(super) fn strengths(graph: &SpatialGraph, strength: f64) -> Vec<f64> {
    let (part_of, sizes) = parts(graph);
    let least = LEAST_SHARE * graph.n() as f64;
    let is_piece = |size: usize| size as f64 >= least;
    if sizes.iter().filter(|size| is_piece(**size)).count() < 2 {
        return vec![strength; graph.n()];
    }
    let bound = |size: usize| match is_piece(size) {
        true => strength.min(size as f64 / SPOTS_PER_STRENGTH),
        false => strength,
    };
    part_of.into_iter().map(|part| bound(sizes[part])).collect()
}

/// The connected part of each spot, links taken in both directions, and the sizes of the parts.
fn parts(graph: &SpatialGraph) -> (Vec<usize>, Vec<usize>) {
    // Each spot points towards the smallest spot of its part.
    let mut parent: Vec<usize> = (0..graph.n()).collect();
    for spot in 0..graph.n() {
        for &other in graph.row(spot).0 {
            let (a, b) = (root(&mut parent, spot), root(&mut parent, other as usize));
            parent[a.max(b)] = a.min(b);
        }
    }
    let (mut part_of, mut sizes) = (vec![0; graph.n()], Vec::new());
    for spot in 0..graph.n() {
        let first = root(&mut parent, spot);
        part_of[spot] = match first == spot {
            true => {
                sizes.push(0);
                sizes.len() - 1
            }
            false => part_of[first],
        };
        sizes[part_of[spot]] += 1;
    }
    (part_of, sizes)
}

/// The first spot of the part of a spot. The path to it is halved on the way.
fn root(parent: &mut [usize], mut spot: usize) -> usize {
    while parent[spot] != spot {
        parent[spot] = parent[parent[spot]];
        spot = parent[spot];
    }
    spot
}

#[cfg(test)]
mod tests {
    use super::{parts, strengths};
    use crate::{GraphError, Link, SpatialGraph};

    fn path(from: u32, n: u32) -> Vec<Link> {
        (from..from + n - 1).map(|i| Link::new(i + 1, i)).collect()
    }

    #[test]
    fn small_pieces_take_less_and_single_ones_take_all() -> Result<(), GraphError> {
        let one = SpatialGraph::from_edges(28, path(0, 28))?;
        assert_eq!(strengths(&one, 10.0), [10.0; 28]);
        // Pieces of 44 and 22 spots, and one spot alone.
        let two = SpatialGraph::from_edges(67, [path(0, 44), path(44, 22)].concat())?;
        assert_eq!(parts(&two).1, [44, 22, 1]);
        let found = strengths(&two, 10.0);
        assert_eq!((found[0], found[44], found[66]), (2.0, 1.0, 10.0));
        assert_eq!(strengths(&two, 0.5), [0.5; 67]);
        // Debris next to a slide is not a piece.
        let debris = SpatialGraph::from_edges(102, [path(0, 99), path(99, 3)].concat())?;
        assert_eq!(strengths(&debris, 10.0), [10.0; 102]);
        Ok(())
    }
}
