//! Compares two methods over the same (dataset, seed) cells (docs/protocol.md, rule 7).

use std::fmt;

use rand::RngExt;
use semst_seed::Seed;
use serde::{Deserialize, Serialize};

use crate::error::{finite, same_length};
use crate::{EvaluationError, wilcoxon};

/// Gains below this count as no difference.
pub const SMALLEST_GAIN: f64 = 0.02;
/// Gains with a larger p also count as no difference.
pub const SIGNIFICANCE: f64 = 0.05;
/// Resamples of the bootstrap.
const RESAMPLES: usize = 10_000;

/// Mean and standard deviation of a series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Values.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation (n - 1), 0 for one value.
    pub sd: f64,
}

impl Summary {
    /// Summarises `values`.
    ///
    /// # Errors
    /// [`EvaluationError`] if there are no values or one is not finite.
    pub fn of(values: &[f64]) -> Result<Self, EvaluationError> {
        if values.is_empty() {
            return Err(EvaluationError::Empty { what: "no values" });
        }
        finite("the values", values)?;
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let sd = if n > 1 {
            (squares / (n - 1) as f64).sqrt()
        } else {
            0.0
        };
        Ok(Self { n, mean, sd })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ± {:.3}", self.mean, self.sd)
    }
}

/// The possible results of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The first is better.
    Better,
    /// The first is worse.
    Worse,
    /// The mean difference is below [`SMALLEST_GAIN`], or p above [`SIGNIFICANCE`].
    NoDifference,
}

impl Verdict {
    /// Applies the rule to a mean difference and its p.
    pub fn of(difference: f64, p: f64) -> Self {
        if difference.abs() < SMALLEST_GAIN || p.is_nan() || p > SIGNIFICANCE {
            Self::NoDifference
        } else if difference > 0.0 {
            Self::Better
        } else {
            Self::Worse
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifference => "no difference",
        })
    }
}

/// Two methods, compared in pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The first method.
    pub first: Summary,
    /// The second.
    pub second: Summary,
    /// First minus second, for each pair.
    pub differences: Summary,
    /// Bootstrap 95 % interval of the mean difference.
    pub interval: (f64, f64),
    /// Wilcoxon signed-rank p, two-sided.
    pub p: f64,
    /// The verdict.
    pub verdict: Verdict,
}

impl Comparison {
    /// Compares `first` with `second`; entry `i` of both is the same (dataset, seed).
    ///
    /// # Errors
    /// [`EvaluationError`] if the lengths differ, there are no pairs, or a value is not finite.
    ///
    /// # Examples
    /// ```
    /// use semst_evaluation::{Comparison, Verdict};
    /// let (ours, alone) = ([0.61, 0.64, 0.60, 0.66, 0.63, 0.62], [0.55, 0.57, 0.52, 0.56, 0.58, 0.53]);
    /// let c = Comparison::of(&ours, &alone, 0)?;
    /// assert_eq!(c.verdict, Verdict::Better);
    /// assert!(c.interval.0 > 0.04 && c.interval.1 < 0.10);
    /// # Ok::<(), semst_evaluation::EvaluationError>(())
    /// ```
    pub fn of(first: &[f64], second: &[f64], seed: u64) -> Result<Self, EvaluationError> {
        same_length("the second method", second.len(), first.len())?;
        let each: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
        let differences = Summary::of(&each)?;
        let p = wilcoxon(&each)?.p;
        Ok(Self {
            first: Summary::of(first)?,
            second: Summary::of(second)?,
            differences,
            interval: bootstrap_interval(&each, seed)?,
            p,
            verdict: Verdict::of(differences.mean, p),
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval;
        let mean = self.differences.mean;
        write!(
            f,
            "{mean:+.3} [{low:+.3}, {high:+.3}], p = {:.3}, n = {}: {}",
            self.p, self.differences.n, self.verdict
        )
    }
}

/// Percentile bootstrap 95 % interval of the mean, 10,000 resamples of the pairs drawn by `seed`.
///
/// # Errors
/// [`EvaluationError`] if there are no values or one is not finite.
///
/// # References
/// Efron 1979.
pub fn bootstrap_interval(values: &[f64], seed: u64) -> Result<(f64, f64), EvaluationError> {
    Summary::of(values)?;
    let mut rng = Seed(seed).rng();
    let n = values.len();
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..n).map(|_| values[rng.random_range(0..n)]).sum::<f64>() / n as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let place = q * (RESAMPLES - 1) as f64;
        let (low, share) = (place.floor() as usize, place.fract());
        means[low] + share * (means[(low + 1).min(RESAMPLES - 1)] - means[low])
    };
    Ok((at(0.025), at(0.975)))
}

/// Holm's adjusted p values, in the given order.
///
/// ```
/// let adjusted = semst_evaluation::holm(&[0.01, 0.04, 0.03]);
/// assert_eq!(adjusted, [0.03, 0.06, 0.06]);
/// ```
///
/// # References
/// Holm 1979.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut out = vec![0.0; p.len()];
    let mut least = 0.0f64;
    for (rank, i) in order.into_iter().enumerate() {
        least = least.max((p[i] * (p.len() - rank) as f64).min(1.0));
        out[i] = least;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Summary, Verdict, bootstrap_interval};

    #[test]
    fn small_or_uncertain_gains_are_no_difference() {
        assert_eq!(Verdict::of(0.019, 0.001), Verdict::NoDifference);
        assert_eq!(Verdict::of(0.2, 0.06), Verdict::NoDifference);
        assert_eq!(Verdict::of(0.2, f64::NAN), Verdict::NoDifference);
        assert_eq!(Verdict::of(0.03, 0.01), Verdict::Better);
        assert_eq!(Verdict::of(-0.03, 0.01), Verdict::Worse);
    }

    #[test]
    fn summaries_are_sample_statistics() {
        let s = Summary::of(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(s.to_string(), "2.500 ± 1.291");
        assert_eq!(Summary::of(&[2.0]).unwrap().sd, 0.0);
        assert!(Summary::of(&[]).is_err());
    }

    #[test]
    fn the_interval_is_near_the_normal_one() {
        // Mean 49.5, standard error 2.9: the normal interval is 49.5 ± 5.66.
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let (low, high) = bootstrap_interval(&values, 1).unwrap();
        assert!(
            (low - 43.84).abs() < 0.3 && (high - 55.16).abs() < 0.3,
            "{low} {high}"
        );
        assert_eq!(bootstrap_interval(&values, 1).unwrap(), (low, high));
    }

    #[test]
    fn unequal_series_are_errors() {
        assert!(Comparison::of(&[1.0], &[1.0, 2.0], 0).is_err());
        assert!(Comparison::of(&[], &[], 0).is_err());
    }
}
