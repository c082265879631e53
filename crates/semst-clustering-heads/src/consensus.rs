//! One answer from several: labels are aligned to each other, and the spots vote.

use ndarray::ArrayView2;
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use serde::{Deserialize, Serialize};

use crate::head::canonical;
use crate::{Assignment, ClusterError, HeadConfig};

/// The answer most runs give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// Majority label of each spot, in the names of the most typical run.
    pub labels: Vec<u32>,
    /// Share of runs that gave the spot its majority label, `1/runs..=1`.
    pub agreement: Vec<f32>,
    /// The most typical run: the one that overlaps most with all others once labels are matched.
    pub reference: usize,
}

/// Aligns label vectors by the best one-to-one matching and takes the majority per spot (ties: the lower label).
///
/// All runs are matched to the most typical run, they vote, are matched once more to the result, and vote again.
///
/// # Errors
/// [`ClusterError::Config`] for no run, `k` of 0 or a label of `k` or more; [`ClusterError::Length`] for runs of unequal length.
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

/// Times each view is clustered for a vote: odd, and enough that no voter's local optimum tips the scales
/// (docs/results/leads/short_search.md).
const RUNS: u64 = 5;

/// Clusters several views of the same spots, five times each, and lets the answers vote ([`consensus`]).
///
/// The first answer of the first view is the head's own, all others come from its short search
/// ([`HeadConfig::short_search`]): the best optimum of every view is dear, and a vote does not hang on the last nat of each
/// voter. The confidence of a spot is the share of answers that agree on it; the likelihood is that of the first. One view is
/// clustered once, as the head does.
///
/// # Shapes
/// Each view `[N spots, d]`, with a `d` of its own.
///
/// # Errors
/// As [`HeadConfig::init`], [`ClusterHead::assign`](crate::ClusterHead::assign) and [`consensus`].
pub fn assign_by_vote(
    head: &HeadConfig,
    views: &[ArrayView2<'_, f32>],
    seed: u64,
) -> Result<Assignment, ClusterError> {
    let Some((first, others)) = views.split_first() else {
        return Err(no_runs());
    };
    let own = head.clone().init()?.assign(*first, seed)?;
    if others.is_empty() {
        return Ok(own);
    }
    let short = head.clone().short_search().init()?;
    let mut runs = vec![own.labels];
    let mut converged = own.converged;
    for run in 0..RUNS {
        let seed = seed.wrapping_add(run.wrapping_mul(0xD1B5_4A32_D192_ED03));
        for view in if run == 0 { others } else { views } {
            let answer = short.assign(*view, seed)?;
            converged &= answer.converged;
            runs.push(answer.labels);
        }
    }
    let vote = consensus(&runs, head.clusters())?;
    let mut labels = vote.labels;
    let n_clusters = canonical(&mut labels);
    Ok(Assignment {
        labels,
        n_clusters,
        confidence: Some(vote.agreement),
        converged,
        start: format!("vote of {} answers on {} views", runs.len(), views.len()),
        ..own
    })
}

/// Majority after renaming every run's labels to those of `to`.
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

/// Spots on which `from`, renamed best, agrees with `to`, and the new name of each label.
fn matching(from: &[u32], to: &[u32], k: usize) -> (i64, Vec<usize>) {
    let mut table = Matrix::new(k, k, 0i64);
    for (&a, &b) in from.iter().zip(to) {
        table[(a as usize, b as usize)] += 1;
    }
    kuhn_munkres(&table)
}

fn check(runs: &[Vec<u32>], k: usize) -> Result<(), ClusterError> {
    let Some(first) = runs.first() else {
        return Err(no_runs());
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

fn no_runs() -> ClusterError {
    ClusterError::Config {
        field: "runs",
        value: "0".into(),
        bound: "at least 1",
    }
}

#[cfg(test)]
mod tests {
    use super::{assign_by_vote, consensus};
    use crate::{HeadConfig, KMeansConfig};
    use ndarray::array;

    #[test]
    fn views_outvote_the_one_that_sees_it_otherwise() {
        let head = HeadConfig::Kmeans(KMeansConfig::new(2));
        let good = array![[0.0f32], [0.1], [0.2], [5.0], [5.1]];
        let wide = array![
            [0.0f32, 0.0],
            [0.1, 0.0],
            [0.0, 0.1],
            [5.0, 5.0],
            [5.0, 5.1]
        ];
        let odd = array![[0.0f32], [5.0], [0.1], [5.0], [0.2]];
        let views = [good.view(), wide.view(), odd.view()];
        let voted = assign_by_vote(&head, &views, 0).unwrap();
        assert_eq!(voted.labels, [0, 0, 0, 1, 1]);
        assert_eq!(voted.start, "vote of 15 answers on 3 views");
        let confidence = voted.confidence.unwrap();
        assert_eq!(confidence[0], 1.0);
        assert!((confidence[1] - 2.0 / 3.0).abs() < 1e-6);
        let alone = assign_by_vote(&head, &views[..1], 0).unwrap();
        assert!(assign_by_vote(&head, &[], 0).is_err());
        let by_head = head.init().unwrap().assign(good.view(), 0);
        assert_eq!(alone, by_head.unwrap());
    }

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
