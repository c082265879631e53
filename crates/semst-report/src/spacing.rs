//! The distance between spots.

use ndarray::Array2;
use semst_spatial_graph::sampled_kth_neighbor_distance;

/// Number of spots whose neighbours are searched.
const SAMPLE: usize = 1_000;

/// The neighbour whose distance counts: on a square or hexagonal lattice the fourth nearest lies one pitch away. Among randomly
/// placed points it lies about as far as on a lattice of the same density.
const NEIGHBOUR: usize = 4;

/// Median distance of the fourth nearest neighbour, or of the farthest where there are fewer; none where all spots share a place.
pub(crate) fn spacing(coords: &[[f64; 2]]) -> Option<f64> {
    let k = NEIGHBOUR.min(coords.len().saturating_sub(1));
    let coords = Array2::from(coords.to_vec());
    sampled_kth_neighbor_distance(coords.view(), k, SAMPLE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_lattice_has_its_pitch() {
        let coords: Vec<_> = (0..400)
            .map(|i| [f64::from(i % 20) * 3.0, f64::from(i / 20) * 3.0])
            .collect();
        assert_eq!(spacing(&coords), Some(3.0));
    }

    #[test]
    fn odd_layouts_have_an_answer() {
        assert_eq!(spacing(&[[1.0, 1.0]]), None);
        assert_eq!(spacing(&[[1.0, 1.0], [1.0, 1.0]]), None);
        assert_eq!(spacing(&[[0.0, 0.0], [0.0, 2.0]]), Some(2.0));
        let line: Vec<_> = (0..3_000).map(|i| [f64::from(i), 0.0]).collect();
        assert_eq!(spacing(&line), Some(2.0));
    }
}
