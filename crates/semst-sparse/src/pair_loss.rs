//! The neighbourhood regulariser of SemST and Spatial-MGCN over all pairs of spots.

use crate::SparseMatrix;
use crate::backend::SparseOps;
use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor, TensorData};

/// Above this many spots the mean over all pairs is estimated from a sample.
pub const EXACT_UP_TO: usize = 20_000;
/// Pairs per spot in a sample.
pub const SAMPLED_PAIRS: usize = 64;

/// Rewards similar embeddings of neighbours and dissimilar ones of other spots, by cosine similarity.
///
/// `L = -½ [ mean(A · ln σ(C)) + mean((1 - A) · ln(1 - σ(C))) ]`, C the cosine similarities of the rows of `z` with a zero
/// diagonal, both means over all n² entries (docs/methods.md 1.1). Up to [`EXACT_UP_TO`] spots every pair is used, in blocks;
/// above, the pairs at [`SAMPLED_PAIRS`] cyclic shifts drawn uniformly with the `seed`: an unbiased estimate, and its exact
/// gradient.
///
/// `z` is [n, d], `adjacency` [n, n]; returns `[1]`. No array of size n × n is allocated.
///
/// # Complexity
/// 4 n² d flops exact, 4 · 64 n d sampled.
pub fn neighbour_loss(z: Tensor<2>, adjacency: &SparseMatrix, seed: u64) -> Tensor<1> {
    let n = z.dims()[0];
    let shifts = if n > EXACT_UP_TO {
        cyclic_shifts(n, SAMPLED_PAIRS, seed)
    } else {
        Vec::new()
    };
    neighbour_loss_with(z, adjacency, shifts)
}

/// The estimate of [`neighbour_loss`] from `n_pairs` pairs per spot, for any number of spots.
pub fn sampled_neighbour_loss(
    z: Tensor<2>,
    adjacency: &SparseMatrix,
    n_pairs: usize,
    seed: u64,
) -> Tensor<1> {
    let n = z.dims()[0];
    neighbour_loss_with(z, adjacency, cyclic_shifts(n, n_pairs, seed))
}

fn neighbour_loss_with(z: Tensor<2>, adjacency: &SparseMatrix, shifts: Vec<i32>) -> Tensor<1> {
    let [n, _] = z.dims();
    assert_eq!(adjacency.dims(), [n, n], "adjacency is spots × spots");
    let device = adjacency.columns().device();
    let count = shifts.len();
    let shifts = Tensor::<1, Int>::from_data(TensorData::new(shifts, [count]), &device);
    let (loss, _) = Dispatch::pair_loss(
        z.into_dispatch(),
        adjacency.values().into_dispatch(),
        shifts.into_dispatch(),
        adjacency.csr(),
    );
    Tensor::from_dispatch(loss)
}

/// Uniform draws from `1..n`, by splitmix64 from the seed.
fn cyclic_shifts(n: usize, count: usize, seed: u64) -> Vec<i32> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            // Multiply-shift maps 64 random bits to the range; its bias is negligible at n < 2^31.
            (1 + ((u128::from(z) * (n as u128 - 1)) >> 64)) as i32
        })
        .collect()
}
