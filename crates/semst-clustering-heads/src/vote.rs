//! Finds domains by a vote of several views.

use ndarray::ArrayView2;
use rayon::prelude::*;
use semst_seed::{Seed, Stream};

use crate::head::canonical;
use crate::{Assignment, ClusterError, HeadConfig, consensus};

/// How often each view is clustered for a vote: odd, and enough that the local optimum of one answer does not decide
/// (docs/results/leads/short_search.md).
const RUNS: u64 = 3;

/// Clusters several views of the same spots, three times each, and lets the answers vote ([`consensus`](crate::consensus())).
///
/// The answers come from the short search of the head ([`HeadConfig::short_search`]): the best optimum of every view takes long to
/// find, and the vote does not depend on it. The confidence of a spot is the fraction of answers that agree on it. A single view is
/// clustered once, by the head itself.
///
/// # Shapes
/// Each view `[N spots, d]`, each with its own `d`.
///
/// # Errors
/// As [`HeadConfig::init`], [`ClusterHead::assign`](crate::ClusterHead::assign) and [`consensus`](crate::consensus()).
pub fn assign_by_vote<H: HeadConfig>(
    head: &H,
    n_clusters: usize,
    views: &[ArrayView2<'_, f32>],
    seed: u64,
) -> Result<Assignment, ClusterError> {
    let Some((first, others)) = views.split_first() else {
        return Err(ClusterError::Config {
            field: "views",
            value: "0".into(),
            bound: "at least 1",
        });
    };
    if others.is_empty() {
        return head.init(n_clusters)?.assign(*first, seed);
    }
    let short = head.short_search().init(n_clusters)?;
    let jobs: Vec<_> = (0..RUNS)
        .flat_map(|run| views.iter().map(move |view| (run, view)))
        .collect();
    let answers: Vec<Assignment> = jobs
        .into_par_iter()
        .map(|(run, view)| short.assign(*view, Seed(seed).stream(Stream::Vote(run)).0))
        .collect::<Result<_, _>>()?;
    let converged = answers.iter().all(|answer| answer.converged);
    let runs: Vec<_> = answers.into_iter().map(|answer| answer.labels).collect();
    let vote = consensus(&runs, n_clusters)?;
    let mut labels = vote.labels;
    let n_clusters = canonical(&mut labels);
    Ok(Assignment {
        labels,
        n_clusters,
        log_likelihood: None,
        confidence: Some(vote.agreement),
        converged,
        start: format!("vote of {} answers on {} views", runs.len(), views.len()),
        dimensions: views.iter().map(|view| view.ncols()).max().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::assign_by_vote;
    use crate::{HeadConfig, ShippedHead};
    use ndarray::array;

    #[test]
    fn views_outvote_the_one_that_sees_it_otherwise() {
        let head = ShippedHead::from_name("kmeans").unwrap();
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
        let voted = assign_by_vote(&head, 2, &views, 0).unwrap();
        assert_eq!(voted.labels, [0, 0, 0, 1, 1]);
        assert_eq!(voted.start, "vote of 9 answers on 3 views");
        let confidence = voted.confidence.unwrap();
        assert_eq!(confidence[0], 1.0);
        assert!((confidence[1] - 2.0 / 3.0).abs() < 1e-6);
        let alone = assign_by_vote(&head, 2, &views[..1], 0).unwrap();
        assert!(assign_by_vote(&head, 2, &[], 0).is_err());
        let by_head = head.init(2).unwrap().assign(good.view(), 0);
        assert_eq!(alone, by_head.unwrap());
    }
}
