//! Joins several answers into one: labels are aligned to each other, and each spot takes the majority.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use serde::{Deserialize, Serialize};

use crate::ClusterError;

/// The answer of most runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// Majority label of each spot, with the names of the most typical run.
    pub labels: Vec<u32>,
    /// Share of runs that gave the spot its majority label, `1/runs..=1`.
    pub agreement: Vec<f32>,
    /// The most typical run: the one with the largest overlap with all others after matching labels.
    pub reference: usize,
}

/// Aligns label vectors by the best one-to-one matching and takes the majority per spot (ties: the lower label).
///
/// All runs are matched to the most typical run and vote. Then they are matched to the result, and vote again.
///
/// # Errors
/// [`ClusterError::Config`] for no runs, `k` of 0 or a label of `k` or more; [`ClusterError::Length`] for runs of unequal length.
///
/// # Complexity
/// `O(R² (N + k³))` for `R` runs; no co-clustering matrix.
///
/// # Examples
/// ```
/// use semst_clustering_heads::consensus;
///
/// let runs = [vec![0, 0, 1, 1], vec![1, 1, 0, 0], vec![0, 0, 1, 0]];
/// let both = consensus(&runs, 2)?;
/// assert_eq!(both.labels, [0, 0, 1, 1]);
/// assert_eq!(both.agreement, [1.0, 1.0, 1.0, 2.0 / 3.0]);
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
pub fn consensus(runs: &[Vec<u32>], k: usize) -> Result<Consensus, ClusterError> {
    check(runs, k)?;
    let overlap: Vec<i64> = runs
        .iter()
        .map(|a| runs.iter().map(|b| matching(a, b, k).0).sum())
        .collect();
    let reference = (0..runs.len())
        .rev()
        .max_by_key(|&r| overlap[r])
        .expect("at least one run");
    let (first, _) = vote(runs, &runs[reference], k);
    let (labels, agreement) = vote(runs, &first, k);
    Ok(Consensus {
        labels,
        agreement,
        reference,
    })
}

/// Majority after renaming the labels of every run to those of `to`.
fn vote(runs: &[Vec<u32>], to: &[u32], k: usize) -> (Vec<u32>, Vec<f32>) {
    let names: Vec<Vec<usize>> = runs.iter().map(|r| matching(r, to, k).1).collect();
    let mut counts = vec![0usize; k];
    (0..to.len())
        .map(|i| {
            counts.fill(0);
            for (run, name) in runs.iter().zip(&names) {
                counts[name[run[i] as usize]] += 1;
            }
            let best = (0..k)
                .rev()
                .max_by_key(|&c| counts[c])
                .expect("k is at least 1");
            (best as u32, counts[best] as f32 / runs.len() as f32)
        })
        .unzip()
}

/// Number of spots on which `from`, with the best renaming, agrees with `to`, and the new name of each label.
fn matching(from: &[u32], to: &[u32], k: usize) -> (i64, Vec<usize>) {
    let mut table = Matrix::new(k, k, 0i64);
    for (&a, &b) in from.iter().zip(to) {
        table[(a as usize, b as usize)] += 1;
    }
    kuhn_munkres(&table)
}

fn check(runs: &[Vec<u32>], k: usize) -> Result<(), ClusterError> {
    let Some(first) = runs.first() else {
        return Err(ClusterError::Config {
            field: "runs",
            value: "0".into(),
            bound: "at least 1",
        });
    };
    if k == 0 {
        return Err(ClusterError::Config {
            field: "k",
            value: "0".into(),
            bound: "at least 1",
        });
    }
    for run in runs {
        if run.len() != first.len() {
            return Err(ClusterError::Length {
                what: "a run",
                got: run.len(),
                expected: first.len(),
            });
        }
        if let Some(l) = run.iter().find(|&&l| l as usize >= k) {
            return Err(ClusterError::Config {
                field: "label",
                value: l.to_string(),
                bound: "below k",
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::consensus;

    #[test]
    fn an_outlier_run_is_never_the_reference() {
        let runs = [
            vec![0, 1, 0, 1, 0, 1],
            vec![2, 2, 0, 0, 1, 1],
            vec![0, 0, 1, 1, 2, 2],
        ];
        let c = consensus(&runs, 3).unwrap();
        assert_eq!(c.reference, 1);
        assert_eq!(c.labels, [2, 2, 0, 0, 1, 1]);
        assert!(c.agreement.iter().all(|&a| a >= 2.0 / 3.0));
    }

    #[test]
    fn bad_runs_are_errors() {
        assert!(consensus(&[], 2).is_err());
        assert!(consensus(&[vec![0]], 0).is_err());
        assert!(consensus(&[vec![0, 2]], 2).is_err());
        assert!(consensus(&[vec![0, 1], vec![0]], 2).is_err());
    }
}
