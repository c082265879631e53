//! Neighbour lists as plain slices.

use crate::ClusterError;

/// Neighbour lists in CSR form: spot `i` has the neighbours `indices[indptr[i]..indptr[i + 1]]`.
///
/// # Examples
/// ```
/// use semst_clustering_heads::Neighbours;
///
/// // Three spots in a line.
/// let line = Neighbours::new(&[0, 1, 3, 4], &[1, 0, 2, 1])?;
/// assert_eq!(line.of(1), [0, 2]);
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Neighbours<'a> {
    indptr: &'a [usize],
    indices: &'a [u32],
}

impl<'a> Neighbours<'a> {
    /// Checks the lists.
    ///
    /// # Errors
    /// [`ClusterError::Length`] if the slices do not fit each other; [`ClusterError::Config`] if `indptr` decreases or an
    /// index is not a spot.
    pub fn new(indptr: &'a [usize], indices: &'a [u32]) -> Result<Self, ClusterError> {
        let links = indptr.last().copied().unwrap_or(0);
        let spots = indptr.len().saturating_sub(1);
        if indices.len() != links {
            return Err(ClusterError::Length {
                what: "indices",
                got: indices.len(),
                expected: links,
            });
        }
        if indptr.first() != Some(&0) || indptr.windows(2).any(|w| w[0] > w[1]) {
            return Err(ClusterError::Config {
                field: "indptr",
                value: "not a list of offsets".into(),
                bound: "non-decreasing and begin with 0",
            });
        }
        match indices.iter().find(|&&j| j as usize >= spots) {
            Some(j) => Err(ClusterError::Config {
                field: "indices",
                value: j.to_string(),
                bound: "below the number of spots",
            }),
            None => Ok(Self { indptr, indices }),
        }
    }

    /// Number of spots.
    pub fn n_spots(&self) -> usize {
        self.indptr.len() - 1
    }

    /// Neighbours of a spot.
    ///
    /// # Panics
    /// If `spot` is not below [`n_spots`](Self::n_spots).
    pub fn of(&self, spot: usize) -> &'a [u32] {
        &self.indices[self.indptr[spot]..self.indptr[spot + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::Neighbours;

    #[test]
    fn lists_that_do_not_fit_are_errors() {
        assert!(Neighbours::new(&[], &[]).is_err());
        assert!(Neighbours::new(&[0, 1, 2], &[1, 2]).is_err());
        assert!(Neighbours::new(&[0, 1, 3], &[1, 0]).is_err());
        assert!(Neighbours::new(&[1, 0, 2], &[1, 0]).is_err());
        assert!(Neighbours::new(&[0, 2, 1], &[1]).is_err());
    }
}
