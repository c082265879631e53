//! Smooth random fields over the section.

use std::f32::consts::TAU;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use semst_seed::Seed;

/// Waves per field; sixteen are enough for the sum to look Gaussian.
const WAVES: usize = 16;

/// A smooth random field on the plane: zero mean, unit variance, one correlation length.
///
/// A sum of cosines with random wave vectors (random Fourier features of a Gaussian kernel). So its
/// value at a point needs neither neighbours nor a grid.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    waves: [[f32; 3]; WAVES],
}

impl Field {
    /// Draws a field whose correlation falls to e^-1/2 at `length`.
    pub(crate) fn new(length: f32, seed: Seed) -> Self {
        let mut rng = seed.rng();
        let waves = std::array::from_fn(|_| {
            let kx: f32 = StandardNormal.sample(&mut rng);
            let ky: f32 = StandardNormal.sample(&mut rng);
            [kx / length, ky / length, rng.random::<f32>() * TAU]
        });
        Self { waves }
    }

    /// The value at a point.
    pub(crate) fn at(&self, x: f32, y: f32) -> f32 {
        let sum: f32 = self
            .waves
            .iter()
            .map(|[kx, ky, phase]| (kx * x + ky * y + phase).cos())
            .sum();
        sum * (2.0 / WAVES as f32).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_unit_variance_and_is_smooth() {
        let (mut sum, mut square, mut step) = (0.0_f64, 0.0_f64, 0.0_f32);
        for seed in 0..200 {
            let field = Field::new(1.0, Seed(seed));
            let value = field.at(0.3, 0.7);
            sum += f64::from(value);
            square += f64::from(value * value);
            step = step.max((field.at(0.31, 0.7) - value).abs());
        }
        assert!((sum / 200.0).abs() < 0.25, "mean {}", sum / 200.0);
        assert!(
            (square / 200.0 - 1.0).abs() < 0.35,
            "variance {}",
            square / 200.0
        );
        assert!(step < 0.1, "jumps by {step}");
    }
}
