//! Random draws of encoders, from a seed and never from burn's shared generator.

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

/// A stream of draws: the same seed and order of calls give the same numbers on every device.
#[derive(Debug, Clone)]
pub(crate) struct Draws {
    rng: Pcg64,
}

impl Draws {
    /// Initialises a stream.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Pcg64::seed_from_u64(seed),
        }
    }

    /// A permutation of `0..n`, `[n]`.
    pub(crate) fn permutation(&mut self, n: usize, device: &Device) -> Tensor<1, Int> {
        let mut order: Vec<i32> = (0..n as i32).collect();
        order.shuffle(&mut self.rng);
        Tensor::from_data(TensorData::new(order, [n]), device)
    }

    /// A column of zeros with ones in `count` rows, [n, 1].
    pub(crate) fn chosen(&mut self, n: usize, count: usize, device: &Device) -> Tensor<2> {
        let mut column = vec![0f32; n];
        for row in rand::seq::index::sample(&mut self.rng, n, count.min(n)) {
            column[row] = 1.0;
        }
        Tensor::from_data(TensorData::new(column, [n, 1]), device)
    }

    /// Normal numbers of a standard deviation, [n, d].
    pub(crate) fn normal(&mut self, n: usize, d: usize, std: f64, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..n * d)
            .map(|_| {
                let x: f64 = StandardNormal.sample(&mut self.rng);
                (x * std) as f32
            })
            .collect();
        Tensor::from_data(TensorData::new(values, [n, d]), device)
    }

    /// The factors of inverted dropout: 0 with probability `p`, else 1 / (1 - p), [n, d].
    pub(crate) fn dropout(&mut self, n: usize, d: usize, p: f64, device: &Device) -> Tensor<2> {
        let kept = (1.0 / (1.0 - p)) as f32;
        let values: Vec<f32> = (0..n * d)
            .map(|_| {
                if self.rng.random::<f64>() < p {
                    0.0
                } else {
                    kept
                }
            })
            .collect();
        Tensor::from_data(TensorData::new(values, [n, d]), device)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n)
    }
}
