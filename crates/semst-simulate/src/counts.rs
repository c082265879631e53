//! Counts given a mean: negative binomial with dropout.

use rand::Rng;
use rand_distr::{Distribution, Gamma, Poisson};

/// Means up to here are drawn by inversion of one uniform, which is exact and cheap for small means.
const INVERSION_LIMIT: f32 = 8.0;

/// How fast dropout decreases with the squared mean.
const DROPOUT_FALL: f32 = 1.0;

/// Draws one count: negative binomial with mean `mean` and size `size` (variance mean + mean²/size),
/// set to zero with probability `dropout`·exp(-mean²).
///
/// The decrease with the squared mean is that of ZIFA (Pierson and Yau, Genome Biol. 16, 241, 2015).
pub(crate) fn draw<R: Rng>(mean: f32, size: f32, dropout: f32, rng: &mut R) -> u32 {
    let uniform = (rng.next_u32() >> 8) as f32 * (1.0 / (1_u32 << 24) as f32);
    // Markov: P(count > 0) <= mean. Most entries of a sparse matrix return here, without computing a logarithm.
    if uniform < 1.0 - mean {
        return 0;
    }
    let lost = dropout * (-DROPOUT_FALL * mean * mean).exp();
    if uniform < lost {
        return 0;
    }
    if mean > INVERSION_LIMIT {
        return compound(mean, size, rng);
    }
    let left = f64::from((uniform - lost) / (1.0 - lost));
    inverse(left, f64::from(mean), f64::from(size))
}

/// Smallest k with P(count <= k) > `uniform`, by adding up the probabilities from zero.
fn inverse(uniform: f64, mean: f64, size: f64) -> u32 {
    let ratio = mean / (mean + size);
    let mut probability = (-size * (mean / size).ln_1p()).exp();
    let mut cumulative = probability;
    let mut k = 0;
    while uniform >= cumulative && k < 1_000 {
        probability *= (f64::from(k) + size) / f64::from(k + 1) * ratio;
        cumulative += probability;
        k += 1;
    }
    k
}

/// Gamma-Poisson compound; a mean that the distributions reject (not finite) gives zero.
fn compound<R: Rng>(mean: f32, size: f32, rng: &mut R) -> u32 {
    let rate = Gamma::new(size, mean / size).map_or(0.0, |gamma| gamma.sample(rng));
    if rate <= 0.0 {
        return 0;
    }
    Poisson::new(rate).map_or(0, |poisson| poisson.sample(rng) as u32)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;

    #[track_caller]
    fn check_moments(mean: f32, size: f32) {
        let mut rng = Pcg64::seed_from_u64(1);
        let n = 200_000;
        let draws: Vec<f64> = (0..n)
            .map(|_| f64::from(draw(mean, size, 0.0, &mut rng)))
            .collect();
        let m = draws.iter().sum::<f64>() / f64::from(n);
        let v = draws.iter().map(|x| (x - m).powi(2)).sum::<f64>() / f64::from(n);
        let expected = f64::from(mean + mean * mean / size);
        assert!(
            (m / f64::from(mean) - 1.0).abs() < 0.03,
            "mean {m} for {mean}"
        );
        assert!(
            (v / expected - 1.0).abs() < 0.06,
            "variance {v} for {expected}"
        );
    }

    #[test]
    fn moments_are_those_of_the_negative_binomial() {
        check_moments(0.05, 2.0);
        check_moments(0.9, 0.5);
        check_moments(6.0, 3.0);
        check_moments(40.0, 4.0);
    }

    #[test]
    fn inversion_walks_the_distribution() {
        // Size 1 is geometric: P(0) = 1/2, P(1) = 1/4, P(2) = 1/8 for mean 1.
        assert_eq!(inverse(0.49, 1.0, 1.0), 0);
        assert_eq!(inverse(0.51, 1.0, 1.0), 1);
        assert_eq!(inverse(0.76, 1.0, 1.0), 2);
        assert_eq!(inverse(0.88, 1.0, 1.0), 3);
    }

    #[test]
    fn dropout_takes_small_means_and_spares_large_ones() {
        let mut rng = Pcg64::seed_from_u64(2);
        let zeros = |mean: f32, dropout: f32, rng: &mut Pcg64| {
            (0..50_000)
                .filter(|_| draw(mean, 5.0, dropout, rng) == 0)
                .count() as f64
                / 50_000.0
        };
        let p0 = (1.0 + 0.3_f64 / 5.0).powf(-5.0);
        let lost = 0.4 * (-0.09_f64).exp();
        let expected = lost + (1.0 - lost) * p0;
        assert!((zeros(0.3, 0.4, &mut rng) - expected).abs() < 0.01);
        assert!(zeros(30.0, 0.4, &mut rng) < 0.001);
    }
}
