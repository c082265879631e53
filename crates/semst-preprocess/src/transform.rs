//! Transforms that make counts comparable: elementwise, zero stays zero.

use serde::{Deserialize, Serialize};

/// What is taken of every normalised value.
///
/// # Examples
/// ```
/// use semst_preprocess::Transform;
/// assert_eq!(Transform::FreemanTukey.of(0.0), 0.0);
/// assert!((Transform::FreemanTukey.of(3.0) - (3f64.sqrt() + 1.0)).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// ln(1 + x): the habit of the field.
    Log1p,
    /// √x + √(x+1) − 1 (Freeman & Tukey, Ann. Math. Stat. 21 (1950) 607): the variance of a Poisson count is the same at every
    /// mean, so a component is what varies between places and not what is counted often. The −1 keeps zeros zero.
    FreemanTukey,
}

impl Transform {
    /// The value of `x`, which is not negative.
    pub fn of(self, x: f64) -> f64 {
        match self {
            Self::Log1p => x.ln_1p(),
            Self::FreemanTukey => x.sqrt() + (x + 1.0).sqrt() - 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, Poisson};

    fn variance(mean: f64, transform: Transform) -> f64 {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let draws = Poisson::new(mean).expect("a positive mean");
        let x: Vec<f64> = (0..20_000)
            .map(|_| transform.of(draws.sample(&mut rng)))
            .collect();
        let centre = x.iter().sum::<f64>() / x.len() as f64;
        x.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / x.len() as f64
    }

    #[test]
    fn the_variance_of_a_poisson_count_does_not_hang_on_its_mean() {
        for mean in [1.0, 4.0, 30.0, 300.0] {
            let v = variance(mean, Transform::FreemanTukey);
            assert!((0.9..1.1).contains(&v), "mean {mean}: variance {v}");
        }
        assert!(variance(300.0, Transform::Log1p) < 0.01 * variance(4.0, Transform::Log1p) * 10.0);
    }
}
