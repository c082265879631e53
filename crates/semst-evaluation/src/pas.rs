//! PAS: the fraction of spots that are surrounded by another domain.

use ndarray::ArrayView2;

use crate::EvaluationError;
use crate::coordinates::{checked, nearest};

/// Number of neighbours in SDMBench.
const NEIGHBOURS: usize = 10;

/// Proportion of abnormal spots as SDMBench computes it; lower is better.
///
/// A spot is abnormal if more than half (six or more) of its ten nearest spots, without itself, have another label. Equal
/// distances are ordered by the lower spot index. (BenchmarkST uses six neighbours.)
///
/// # Shapes
/// `coords`: `[N, 2]`.
///
/// # Errors
/// [`EvaluationError`] if lengths differ, a coordinate is not finite, or there are no spots.
///
/// # Examples
/// ```
/// let line = ndarray::Array2::from_shape_fn((30, 2), |(i, c)| if c == 0 { i as f64 } else { 0.0 });
/// let mut labels = vec![0; 30];
/// labels[15] = 1;
/// assert_eq!(semst_evaluation::pas(&labels, line.view())?, 1.0 / 30.0);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
///
/// # References
/// Shang & Zhou 2022; Yuan et al. 2024 (SDMBench); docs/methods.md 2.2.
pub fn pas(labels: &[u32], coords: ArrayView2<'_, f64>) -> Result<f64, EvaluationError> {
    let points = checked(coords, labels.len())?;
    let abnormal = |(i, near): (usize, &Vec<u32>)| {
        2 * near
            .iter()
            .filter(|&&j| labels[j as usize] != labels[i])
            .count()
            > NEIGHBOURS
    };
    let near = nearest(&points, NEIGHBOURS)?;
    Ok(near.iter().enumerate().filter(|&p| abnormal(p)).count() as f64 / labels.len() as f64)
}
