//! Smoothing of labels over spatial neighbours, by the two rules of the field.
//!
//! Neighbour lists come as CSR slices (`indptr`, `indices`), so any graph will do.

use crate::ClusterError;

/// Gives each spot the majority label of its neighbours (GraphST's refinement, with the 50 nearest spots, itself excluded).
///
/// One pass over the old labels. A tie goes to the label met first in the list, so lists in order of distance
/// reproduce GraphST. A spot without neighbours keeps its label.
///
/// # Errors
/// [`ClusterError::Length`] where `indptr` or `indices` do not fit the labels.
///
/// # Examples
/// ```
/// // A line of four spots, each with its neighbours left and right.
/// let (indptr, indices) = ([0, 1, 3, 5, 6], [1, 0, 2, 1, 3, 2]);
/// let labels = semst_clustering_heads::refine_majority(&[0, 1, 0, 0], &indptr, &indices)?;
/// assert_eq!(labels, [1, 0, 1, 0]);
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
///
/// # References
/// docs/methods.md 1.2 (GraphST, Long et al. 2023).
pub fn refine_majority(
    labels: &[u32],
    indptr: &[usize],
    indices: &[u32],
) -> Result<Vec<u32>, ClusterError> {
    check(labels, indptr, indices)?;
    Ok((0..labels.len())
        .map(|i| {
            let votes = count(labels, &indices[indptr[i]..indptr[i + 1]]);
            majority(&votes).map_or(labels[i], |(label, _)| label)
        })
        .collect())
}

/// Changes the label of a spot only where its neighbourhood outvotes it (SpaGCN's rule, also DeepST's; 6 neighbours on
/// hexagons, 4 on squares).
///
/// With `n` neighbours, the spot itself counted among the votes: it changes to the majority label
/// where its own label has fewer than `n/2` votes and the majority more than `n/2`.
///
/// # Errors
/// As [`refine_majority`].
///
/// # References
/// docs/methods.md 1.6 (SpaGCN, Hu et al. 2021).
pub fn refine_outvoted(
    labels: &[u32],
    indptr: &[usize],
    indices: &[u32],
) -> Result<Vec<u32>, ClusterError> {
    check(labels, indptr, indices)?;
    Ok((0..labels.len())
        .map(|i| {
            let near = &indices[indptr[i]..indptr[i + 1]];
            let votes = count(labels, near);
            let own = 1 + votes.iter().find(|v| v.0 == labels[i]).map_or(0, |v| v.1);
            match majority(&votes) {
                Some((label, most)) if 2 * own < near.len() && 2 * most > near.len() => label,
                _ => labels[i],
            }
        })
        .collect())
}

/// Votes per label, in order of first appearance.
fn count(labels: &[u32], near: &[u32]) -> Vec<(u32, usize)> {
    let mut votes: Vec<(u32, usize)> = Vec::new();
    for &j in near {
        let label = labels[j as usize];
        match votes.iter_mut().find(|v| v.0 == label) {
            Some(v) => v.1 += 1,
            None => votes.push((label, 1)),
        }
    }
    votes
}

/// The label with most votes, the first of several.
fn majority(votes: &[(u32, usize)]) -> Option<(u32, usize)> {
    votes
        .iter()
        .copied()
        .reduce(|best, v| if v.1 > best.1 { v } else { best })
}

fn check(labels: &[u32], indptr: &[usize], indices: &[u32]) -> Result<(), ClusterError> {
    let length = |what, got, expected| {
        if got == expected {
            Ok(())
        } else {
            Err(ClusterError::Length {
                what,
                got,
                expected,
            })
        }
    };
    length("indptr", indptr.len(), labels.len() + 1)?;
    length("indices", indices.len(), indptr[labels.len()])?;
    if indptr.windows(2).any(|w| w[0] > w[1]) {
        return Err(ClusterError::Config {
            field: "indptr",
            value: "falling".into(),
            bound: "non-decreasing",
        });
    }
    match indices.iter().find(|&&j| j as usize >= labels.len()) {
        Some(j) => Err(ClusterError::Config {
            field: "indices",
            value: j.to_string(),
            bound: "below the number of labels",
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{refine_majority, refine_outvoted};

    /// One spot (0) amid a ring of six, which see only spot 0.
    fn star() -> (Vec<usize>, Vec<u32>) {
        (
            vec![0, 6, 7, 8, 9, 10, 11, 12],
            vec![1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0],
        )
    }

    #[test]
    fn a_lone_spot_is_outvoted_by_more_than_half() {
        let (p, i) = star();
        assert_eq!(
            refine_outvoted(&[9, 1, 1, 1, 1, 2, 2], &p, &i).unwrap()[0],
            1
        );
        // Three of six are no majority, and three own votes are not outvoted.
        assert_eq!(
            refine_outvoted(&[9, 1, 1, 1, 2, 2, 3], &p, &i).unwrap()[0],
            9
        );
        assert_eq!(
            refine_outvoted(&[9, 9, 9, 1, 1, 1, 1], &p, &i).unwrap()[0],
            9
        );
    }

    #[test]
    fn ties_go_to_the_first_met() {
        let (p, i) = star();
        assert_eq!(
            refine_majority(&[9, 3, 1, 1, 3, 2, 2], &p, &i).unwrap()[0],
            3
        );
    }

    #[test]
    fn lists_that_do_not_fit_are_errors() {
        assert!(refine_majority(&[0, 1], &[0, 0], &[]).is_err());
        assert!(refine_majority(&[0, 1], &[0, 1, 2], &[1, 2]).is_err());
        assert!(refine_majority(&[0, 1], &[0, 1, 3], &[1, 0]).is_err());
        assert!(refine_majority(&[0, 1], &[1, 0, 2], &[1, 0]).is_err());
    }
}
