//! Initialisation from an explicit seed: burn's version uses a generator that all threads share.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Draws initial parameters; the same seed and order of calls give the same numbers on every device.
#[derive(Debug, Clone)]
pub struct Init {
    rng: Pcg64,
    device: Device,
}

impl Init {
    /// Starts a stream of draws for parameters on `device`.
    pub fn new(seed: u64, device: &Device) -> Self {
        Self {
            rng: Pcg64::seed_from_u64(seed),
            device: device.clone(),
        }
    }

    /// A matrix [rows, cols] of U(-bound, bound).
    pub fn uniform(&mut self, rows: usize, cols: usize, bound: f64) -> Param<Tensor<2>> {
        let values = self.draw(rows * cols, bound);
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, [rows, cols]),
            &self.device,
        ))
    }

    /// A vector `[n]` of U(-bound, bound).
    pub fn uniform_vector(&mut self, n: usize, bound: f64) -> Param<Tensor<1>> {
        let values = self.draw(n, bound);
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, [n]),
            &self.device,
        ))
    }

    /// A vector `[n]` of one value.
    pub fn constant_vector(&mut self, n: usize, value: f32) -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::full([n], value, &self.device))
    }

    /// A linear layer initialised as in PyTorch: weight [d_input, d_output] and bias U(±1/√d_input).
    pub fn linear(&mut self, d_input: usize, d_output: usize) -> Linear {
        let bound = 1.0 / (d_input.max(1) as f64).sqrt();
        Linear {
            weight: self.uniform(d_input, d_output, bound),
            bias: Some(self.uniform_vector(d_output, bound)),
        }
    }

    /// A linear layer that initially returns zero.
    pub fn zero_linear(&mut self, d_input: usize, d_output: usize) -> Linear {
        Linear {
            weight: Param::from_tensor(Tensor::zeros([d_input, d_output], &self.device)),
            bias: Some(Param::from_tensor(Tensor::zeros([d_output], &self.device))),
        }
    }

    fn draw(&mut self, n: usize, bound: f64) -> Vec<f32> {
        (0..n)
            .map(|_| ((self.rng.random::<f64>() * 2.0 - 1.0) * bound) as f32)
            .collect()
    }
}
