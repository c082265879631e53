//! Joins several answers into one: labels are aligned to each other, and each spot takes the majority.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use serde::{Deserialize, Serialize};

use crate::ClusterError;

/// Fewer runs all vote.
const MIN_VOTERS: usize = 3;
/// A label is lost if less than one spot in so many of the most typical run remains.
const LOST: usize = 4;

/// The answer of most runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// Label of each spot, with the names of the most typical run: that of the majority, unless a label would lose its spots.
    pub labels: Vec<u32>,
    /// Share of runs that gave the spot its label, `0..=1`.
    pub agreement: Vec<f32>,
    /// The most typical run: the one with the largest overlap with all others after matching labels.
    pub reference: usize,
}

/// Aligns label vectors by the best one-to-one matching and takes the majority per spot (ties: the lower label).
///
/// The half of the runs that overlap most with the most typical run vote, matched to that run; then they are matched to the
/// result, and vote again. If the runs have found different answers, a vote of all of them would mix these, and labels on whose
/// place the runs do not agree would lose their spots. The other half counts for the agreement.
///
/// A vote in which a label still loses three quarters of its spots does not count: the answer is the vote before, or the most
/// typical run itself. So there are `k` labels if that run has `k`.
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
    let with_all = |a: &Vec<u32>| runs.iter().map(|b| matching(a, b, k).0).collect();
    let overlaps: Vec<Vec<i64>> = runs.iter().map(with_all).collect();
    let reference = (0..runs.len())
        .rev()
        .max_by_key(|&r| overlaps[r].iter().sum::<i64>())
        .expect("at least one run");
    let (typical, near) = (&runs[reference], &overlaps[reference]);
    let mut voters: Vec<usize> = (0..runs.len()).collect();
    voters.sort_by_key(|&r| (-near[r], r));
    voters.truncate(runs.len().div_ceil(2).max(MIN_VOTERS));
    let voters: Vec<&Vec<u32>> = voters.into_iter().map(|r| &runs[r]).collect();
    let first = vote(&voters, typical, k);
    let second = vote(&voters, &first, k);
    let before = sizes(typical, k);
    let keeps_all = |labels: &&Vec<u32>| {
        let mut kept = before.iter().zip(sizes(labels, k));
        kept.all(|(before, now)| now * LOST >= *before)
    };
    let kept = [&second, &first].into_iter().find(keeps_all);
    let labels = kept.unwrap_or(typical).clone();
    let agreement = shares(runs, &labels, k);
    Ok(Consensus {
        labels,
        agreement,
        reference,
    })
}

/// Number of spots of each label.
fn sizes(labels: &[u32], k: usize) -> Vec<usize> {
    let mut sizes = vec![0; k];
    labels.iter().for_each(|&l| sizes[l as usize] += 1);
    sizes
}

/// The new name of each label of every run, matched to `to`.
fn names(runs: &[&Vec<u32>], to: &[u32], k: usize) -> Vec<Vec<usize>> {
    runs.iter().map(|r| matching(r, to, k).1).collect()
}

/// Majority after renaming the labels of every run to those of `to`.
fn vote(runs: &[&Vec<u32>], to: &[u32], k: usize) -> Vec<u32> {
    let names = names(runs, to, k);
    let mut counts = vec![0usize; k];
    let majority = |i: usize| {
        counts.fill(0);
        for (run, name) in runs.iter().zip(&names) {
            counts[name[run[i] as usize]] += 1;
        }
        let best = (0..k).rev().max_by_key(|&c| counts[c]);
        best.expect("k is at least 1") as u32
    };
    (0..to.len()).map(majority).collect()
}

/// Share of runs that give each spot its label, after renaming.
fn shares(runs: &[Vec<u32>], labels: &[u32], k: usize) -> Vec<f32> {
    let runs: Vec<&Vec<u32>> = runs.iter().collect();
    let names = names(&runs, labels, k);
    let share = |i: usize| {
        let same = runs.iter().zip(&names);
        let same = same.filter(|(run, name)| name[run[i] as usize] == labels[i] as usize);
        same.count() as f32 / runs.len() as f32
    };
    (0..labels.len()).map(share).collect()
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
    fn no_label_is_lost() {
        // Two runs agree on label 0; each puts label 2 elsewhere, so that a majority would have no spot of it.
        let runs = [
            vec![0, 0, 0, 0, 1, 2],
            vec![0, 0, 0, 0, 2, 1],
            vec![0, 0, 2, 0, 1, 1],
        ];
        let c = consensus(&runs, 3).unwrap();
        let mut seen = c.labels.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [0, 1, 2]);
        assert!(c.agreement.iter().all(|&a| a <= 1.0));
    }

    #[test]
    fn bad_runs_are_errors() {
        assert!(consensus(&[], 2).is_err());
        assert!(consensus(&[vec![0]], 0).is_err());
        assert!(consensus(&[vec![0, 2]], 2).is_err());
        assert!(consensus(&[vec![0, 1], vec![0]], 2).is_err());
    }
}
