//! Transforms that make counts comparable; zero stays zero.

use serde::{Deserialize, Serialize};

/// The function that is applied to every normalised value.
///
/// # Examples
/// ```
/// use semst_preprocess::Transform;
/// let mut spot = [3.0];
/// Transform::FreemanTukey.apply(&mut spot, 10);
/// assert_eq!(spot, [3f64.sqrt() + 2.0 - 1.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// ln(1 + x): the usual transform in the field.
    Log1p,
    /// √x + √(x+1) − 1 (Freeman & Tukey, Ann. Math. Stat. 21 (1950) 607): the variance of a Poisson count is the same at every
    /// mean, so components reflect differences between places and not high counts. The −1 keeps zeros zero.
    FreemanTukey,
    /// The rank of a gene within its spot, ties shared, over the number of genes, minus the rank of a zero. A few very high
    /// counts and the depth of a spot have no effect on it.
    Rank,
}

impl Transform {
    /// Transforms the nonzero values of one spot; `genes` is the number of its genes, zeros included.
    ///
    /// # Complexity
    /// O(n) for n values; O(n log n) for ranks.
    pub fn apply(self, spot: &mut [f64], genes: usize) {
        match self {
            Self::Log1p => spot.iter_mut().for_each(|x| *x = x.ln_1p()),
            Self::FreemanTukey => spot
                .iter_mut()
                .for_each(|x| *x = x.sqrt() + (*x + 1.0).sqrt() - 1.0),
            Self::Rank => ranks(spot, genes),
        }
    }
}

fn ranks(spot: &mut [f64], genes: usize) {
    let zeros = genes.saturating_sub(spot.len()) as f64;
    let mut order: Vec<usize> = (0..spot.len()).collect();
    order.sort_by(|&a, &b| spot[a].total_cmp(&spot[b]));
    let mut ranks = vec![0.0; spot.len()];
    let mut below = 0;
    for ties in order.chunk_by(|&a, &b| spot[a] == spot[b]) {
        let rank = below as f64 + (ties.len() + 1) as f64 / 2.0;
        // A zero has the rank (zeros + 1) / 2, if there is a zero.
        let above_zero = rank + (zeros - 1.0).max(0.0) / 2.0;
        ties.iter()
            .for_each(|&i| ranks[i] = above_zero / genes as f64);
        below += ties.len();
    }
    spot.copy_from_slice(&ranks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution, Poisson};

    fn variance(mean: f64, transform: Transform) -> f64 {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let draws = Poisson::new(mean).expect("a positive mean");
        let mut x: Vec<f64> = (0..20_000).map(|_| draws.sample(&mut rng)).collect();
        transform.apply(&mut x, 20_000);
        let centre = x.iter().sum::<f64>() / x.len() as f64;
        x.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / x.len() as f64
    }

    #[test]
    fn ranks_share_ties_and_stand_above_the_zeros() {
        // With the three zeros the ranks are 2 2 2 | 4 5.5 5.5 7 of 7 genes (scipy.stats.rankdata).
        let mut spot = [5.0, 2.0, 9.0, 5.0];
        Transform::Rank.apply(&mut spot, 7);
        let expected = [3.5, 2.0, 5.0, 3.5].map(|x| x / 7.0);
        spot.iter()
            .zip(expected)
            .for_each(|(x, y)| assert!((x - y).abs() < 1e-12));
    }

    #[test]
    fn the_variance_of_a_poisson_count_does_not_hang_on_its_mean() {
        for mean in [1.0, 4.0, 30.0, 300.0] {
            let v = variance(mean, Transform::FreemanTukey);
            assert!((0.9..1.1).contains(&v), "mean {mean}: variance {v}");
        }
        assert!(variance(300.0, Transform::Log1p) < 0.1 * variance(4.0, Transform::Log1p));
    }
}
