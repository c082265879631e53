//! Wilcoxon's signed-rank test of paired differences.

use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;

use crate::EvaluationError;
use crate::error::finite;

/// Largest number of pairs for which the null distribution is counted exactly; counts stay below 2^53.
const EXACT: usize = 50;

/// A two-sided test result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wilcoxon {
    /// The smaller of the two rank sums.
    pub statistic: f64,
    /// Two-sided p.
    pub p: f64,
    /// Pairs that differ; equal pairs are dropped.
    pub pairs: usize,
    /// Whether p was counted exactly, or approximated by a normal distribution.
    pub exact: bool,
}

/// Tests whether paired differences are symmetric about zero, two-sided.
///
/// Zeros are dropped (Wilcoxon's own rule). Up to 50 pairs p is exact, and ties share their mean rank (the permutation test of
/// the signs). Above, p is normal with tie and continuity correction. If no pair differs, p is 1.
///
/// # Errors
/// [`EvaluationError`] if there are no differences or one is not finite.
///
/// # Examples
/// ```
/// use semst_evaluation::wilcoxon;
/// // All five gains point one way: p = 2 / 2^5.
/// assert_eq!(wilcoxon(&[0.1, 0.2, 0.3, 0.4, 0.5])?.p, 0.0625);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
///
/// # References
/// Wilcoxon 1945; Streitberg and Röhmel 1986 for ties; scipy `wilcoxon(zero_method="wilcox", correction=True)`, with
/// `method="exact"`, or `PermutationMethod` if there are ties.
pub fn wilcoxon(differences: &[f64]) -> Result<Wilcoxon, EvaluationError> {
    if differences.is_empty() {
        return Err(EvaluationError::Empty { what: "no pairs" });
    }
    finite("the differences", differences)?;
    let mut values: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    values.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let n = values.len();
    let (mut up, mut ties) = (0.0, 0.0);
    // Twice each rank, because means of tied ranks can be half-integers.
    let mut doubled = Vec::with_capacity(n);
    let mut from = 0;
    while from < n {
        let same = values[from..]
            .iter()
            .take_while(|v| v.abs() == values[from].abs())
            .count();
        let rank = from as f64 + (same as f64 + 1.0) / 2.0;
        up += rank
            * values[from..from + same]
                .iter()
                .filter(|v| **v > 0.0)
                .count() as f64;
        doubled.extend(std::iter::repeat_n(2 * from + same + 1, same));
        ties += (same as f64).powi(3) - same as f64;
        from += same;
    }
    let size = n as f64;
    let all = size * (size + 1.0) / 2.0;
    let statistic = up.min(all - up);
    let exact = n <= EXACT;
    let p = match (n, exact) {
        (0, _) => 1.0,
        (_, true) => counted((2.0 * statistic).round() as usize, &doubled),
        (_, false) => {
            let sd = ((size * (size + 1.0) * (2.0 * size + 1.0) - 0.5 * ties) / 24.0).sqrt();
            let z = (all / 2.0 - statistic - 0.5).max(0.0) / sd;
            erfc(z / std::f64::consts::SQRT_2)
        }
    };
    Ok(Wilcoxon {
        statistic,
        p: p.min(1.0),
        pairs: n,
        exact,
    })
}

/// Twice the fraction of the 2^n sign patterns whose sum of ranks is at most `statistic`.
fn counted(statistic: usize, ranks: &[usize]) -> f64 {
    let mut ways = vec![0.0; ranks.iter().sum::<usize>() + 1];
    ways[0] = 1.0;
    for &rank in ranks {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    2.0 * ways[..=statistic].iter().sum::<f64>() / (ranks.len() as f64).exp2()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::wilcoxon;

    #[derive(Deserialize)]
    struct Case {
        differences: Vec<f64>,
        statistic: f64,
        p: f64,
    }

    #[test]
    fn equals_scipy() {
        // tests/golden/make_paired.py
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../tests/golden/wilcoxon.json")).unwrap();
        for case in cases {
            let got = wilcoxon(&case.differences).unwrap();
            assert!((got.statistic - case.statistic).abs() < 1e-12, "{got:?}");
            assert!(
                (got.p - case.p).abs() < 1e-9 * case.p.max(1e-3),
                "{got:?} against {}",
                case.p
            );
        }
    }

    #[test]
    fn equal_gains_are_no_more_evidence_than_their_number() {
        // Five equal gains: both tails of 2^5 sign patterns, as for five different gains.
        assert_eq!(wilcoxon(&[0.1; 5]).unwrap().p, 2.0 / 32.0);
    }

    #[test]
    fn nothing_differs_is_no_evidence() {
        assert_eq!(wilcoxon(&[0.0, 0.0]).unwrap().p, 1.0);
        assert!(wilcoxon(&[]).is_err());
        assert!(wilcoxon(&[f64::NAN]).is_err());
    }
}
