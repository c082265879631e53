//! The count matrix: its type, its check, its parts.

use sprs::CsMatI;

use crate::PreprocessError;

/// Counts, [N spots × G genes], compressed by rows.
pub type CountMatrix = CsMatI<f32, u32, usize>;

/// Checks that a matrix has rows and columns, is compressed by rows, and holds finite values that are not negative; with `integers`, that they
/// are whole numbers. O(nnz).
///
/// # Errors
/// The first condition that fails, with its place.
///
/// # Examples
/// ```
/// use semst_preprocess::{CountMatrix, PreprocessError, check_counts};
/// let logged = CountMatrix::new((1, 2), vec![0, 1], vec![1], vec![0.69]);
/// assert!(check_counts(&logged, false).is_ok());
/// assert_eq!(check_counts(&logged, true), Err(PreprocessError::NotCounts { spot: 0, gene: 1, value: 0.69 }));
/// ```
pub fn check_counts(counts: &CountMatrix, integers: bool) -> Result<(), PreprocessError> {
    if !counts.is_csr() {
        return Err(PreprocessError::NotCsr);
    }
    let (spots, genes) = counts.shape();
    if spots == 0 || genes == 0 {
        return Err(PreprocessError::Empty { spots, genes });
    }
    let found = |wrong: fn(f32) -> bool| {
        counts
            .iter()
            .find(|&(&value, _)| wrong(value))
            .map(|(&value, (spot, gene))| (spot, gene as usize, value))
    };
    if let Some((spot, gene, value)) = found(|value| !(value.is_finite() && value >= 0.0)) {
        return Err(PreprocessError::Value {
            spot: spot as usize,
            gene,
            value,
        });
    }
    if let Some((spot, gene, value)) = found(|value| value != value.round()).filter(|_| integers) {
        return Err(PreprocessError::NotCounts {
            spot: spot as usize,
            gene,
            value,
        });
    }
    Ok(())
}

/// The columns `genes`, in the given order; stored zeros are dropped. O(nnz log row).
///
/// # Panics
/// When an index is not below the number of columns.
pub fn select_genes(counts: &CountMatrix, genes: &[usize]) -> CountMatrix {
    const DROPPED: u32 = u32::MAX;
    let mut position = vec![DROPPED; counts.cols()];
    genes
        .iter()
        .enumerate()
        .for_each(|(new, &old)| position[old] = new as u32);
    let ascending = genes.is_sorted();
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    let mut row: Vec<(u32, f32)> = Vec::new();
    for vector in counts.outer_iterator() {
        row.clear();
        row.extend(
            vector
                .iter()
                .map(|(gene, &value)| (position[gene], value))
                .filter(|&(new, value)| new != DROPPED && value != 0.0),
        );
        if !ascending {
            row.sort_unstable_by_key(|&(new, _)| new);
        }
        indices.extend(row.iter().map(|&(new, _)| new));
        data.extend(row.iter().map(|&(_, value)| value));
        indptr.push(indices.len());
    }
    CountMatrix::new((counts.rows(), genes.len()), indptr, indices, data)
}

/// The rows `spots`, in the given order. O(nnz).
///
/// # Panics
/// When an index is not below the number of rows.
pub fn select_spots(counts: &CountMatrix, spots: &[usize]) -> CountMatrix {
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for &spot in spots {
        let range = counts.indptr().outer_inds_sz(spot);
        indices.extend_from_slice(&counts.indices()[range.clone()]);
        data.extend_from_slice(&counts.data()[range]);
        indptr.push(indices.len());
    }
    CountMatrix::new((spots.len(), counts.cols()), indptr, indices, data)
}

/// Mean and unbiased variance of every column, zeros included, in two passes in f64. With one row the variance is zero.
pub(crate) fn column_moments(
    n: usize,
    n_columns: usize,
    indices: &[u32],
    data: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let (mut mean, mut variance, mut stored) = (
        vec![0.0; n_columns],
        vec![0.0; n_columns],
        vec![0usize; n_columns],
    );
    for (&column, &value) in indices.iter().zip(data) {
        mean[column as usize] += value;
        stored[column as usize] += 1;
    }
    mean.iter_mut().for_each(|sum| *sum /= n as f64);
    for (&column, &value) in indices.iter().zip(data) {
        variance[column as usize] += (value - mean[column as usize]).powi(2);
    }
    for ((variance, &mean), &stored) in variance.iter_mut().zip(&mean).zip(&stored) {
        *variance = (*variance + (n - stored) as f64 * mean * mean) / (n.max(2) - 1) as f64;
    }
    (mean, variance)
}
