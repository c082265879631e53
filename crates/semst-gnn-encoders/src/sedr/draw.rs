//! The random draws of SEDR in a step of training.

use super::SedrConfig;
use crate::draws::Draws;
use burn::tensor::{Device, Tensor};
use semst_seed::{Seed, Stream};
use semst_sparse::SparseMatrix;
use semst_spatial_graph::SpatialGraph;

/// Mask, noise and dropout of one step.
#[derive(Debug, Clone)]
pub struct SedrDraw {
    /// Ones in the rows that get the token, [n, 1].
    pub masked: Tensor<2>,
    /// Standard normal numbers of the graph branch, [n, d_graph].
    pub noise: Tensor<2>,
    /// Factors after the first block [n, d_hidden] and the second [n, d_feature]; `None` drops nothing.
    pub dropout: Option<[Tensor<2>; 2]>,
}

impl SedrDraw {
    /// Draws for `n` spots from a seed in O(n); the released mask is O(n²).
    pub fn new(config: &SedrConfig, n: usize, seed: u64, device: &Device) -> Self {
        let mut draws = Draws::new(seed);
        let count = ((config.mask_share * n as f64) as usize).max(1);
        let masked = draws.chosen(n, count, device);
        let noise = draws.normal(n, config.d_graph, 1.0, device);
        let dropout = (config.dropout > 0.0).then(|| {
            [config.d_hidden, config.d_feature]
                .map(|width| draws.dropout(n, width, config.dropout, device))
        });
        Self {
            masked,
            noise,
            dropout,
        }
    }
}

/// As many non-neighbours of each spot as it has neighbours, drawn uniformly; a spot linked to all others has none.
///
/// The spot itself is not a neighbour and is not drawn.
pub(super) fn non_neighbours(links: &SpatialGraph, seed: u64, device: &Device) -> SparseMatrix {
    let n = links.n();
    let mut draws = Draws::new(Seed(seed).stream(Stream::NegativeLinks).into());
    let (mut indptr, mut indices) = (vec![0], Vec::with_capacity(links.nnz()));
    for spot in 0..n {
        let (neighbours, _) = links.row(spot);
        if neighbours.len() + 1 < n {
            for _ in neighbours {
                let other = loop {
                    let other = draws.below(n);
                    if other != spot && neighbours.binary_search(&(other as u32)).is_err() {
                        break other;
                    }
                };
                indices.push(other as u32);
            }
        }
        indptr.push(indices.len());
    }
    let ones = vec![1.0; indices.len()];
    SparseMatrix::new(&indptr, &indices, &ones, n, device).expect("indices are below n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use semst_spatial_graph::Link;

    #[test]
    fn drawn_pairs_are_no_links() {
        let ring = (0..9u32).flat_map(|i| [Link::new(i, (i + 1) % 9), Link::new((i + 1) % 9, i)]);
        // Spot 9 has no links.
        let links = SpatialGraph::from_edges(10, ring).expect("a valid graph");
        for seed in 0..20 {
            let drawn = non_neighbours(&links, seed, &Device::flex());
            assert_eq!(drawn.nnz(), links.nnz());
            let columns = drawn
                .columns()
                .into_data()
                .iter::<i32>()
                .collect::<Vec<_>>();
            for (k, column) in columns.iter().enumerate() {
                let spot = k / 2;
                assert_ne!(*column as usize, spot);
                assert!(!links.row(spot).0.contains(&(*column as u32)));
            }
        }
    }

    #[test]
    fn a_complete_graph_has_no_non_neighbours() {
        let all = (0..4u32).flat_map(|i| {
            (0..4)
                .filter(move |j| *j != i)
                .map(move |j| Link::new(i, j))
        });
        let links = SpatialGraph::from_edges(4, all).expect("a valid graph");
        assert_eq!(non_neighbours(&links, 1, &Device::flex()).nnz(), 0);
    }

    #[test]
    fn shares_are_kept() {
        let config = SedrConfig::new();
        let draw = SedrDraw::new(&config, 1000, 3, &Device::flex());
        let sum = |t: Tensor<2>| t.sum().into_scalar::<f32>();
        assert_eq!(sum(draw.masked), 800.0);
        let [first, _] = draw.dropout.expect("dropout is on");
        // 64 000 draws: kept share 0.8 ± four standard errors, times 1 / 0.8.
        assert!((sum(first) / 64_000.0 - 1.0).abs() < 4.0 * (0.25f32 / 64_000.0).sqrt());
        assert!((sum(draw.noise.square()) / 16_000.0 - 1.0).abs() < 0.05);
    }
}
