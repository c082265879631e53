//! Checks an embedding and converts it to rows in double precision.

use std::collections::HashSet;

use ndarray::{Array2, ArrayView2};

use crate::ClusterError;

/// Checks an embedding for `clusters` domains and converts it to `f64`.
pub(crate) fn checked(
    z: ArrayView2<'_, f32>,
    clusters: usize,
) -> Result<Array2<f64>, ClusterError> {
    check(z, clusters)?;
    Ok(z.mapv(f64::from))
}

/// Only the checks of [`checked`].
pub(crate) fn check(z: ArrayView2<'_, f32>, clusters: usize) -> Result<(), ClusterError> {
    let (rows, columns) = z.dim();
    if rows == 0 || columns == 0 {
        return Err(ClusterError::Empty { rows, columns });
    }
    if clusters == 0 {
        return Err(ClusterError::no_clusters());
    }
    if let Some(((row, column), &value)) = z.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(ClusterError::NotFinite { row, column, value });
    }
    if rows < clusters {
        return Err(ClusterError::TooFewRows { rows, clusters });
    }
    let distinct = distinct_rows(z, clusters);
    if distinct < clusters {
        return Err(ClusterError::TooFewDistinct { distinct, clusters });
    }
    Ok(())
}

/// Counts different rows, stopping at `enough`.
fn distinct_rows(z: ArrayView2<'_, f32>, enough: usize) -> usize {
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    for row in z.rows() {
        // Adding zero turns -0 into 0, so that both are the same value.
        seen.insert(row.iter().map(|v| (v + 0.0).to_bits()).collect());
        if seen.len() >= enough {
            break;
        }
    }
    seen.len()
}
