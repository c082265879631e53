//! CHAOS: the distances between the spots of a domain.

use ndarray::ArrayView2;

use crate::EvaluationError;
use crate::coordinates::{checked, nearest, squared};

/// CHAOS as SDMBench computes it; lower is better.
///
/// Both coordinates are standardised. For every domain with more than two spots, the distances of its spots to the nearest other
/// spot *of the same domain* are summed. The sum is divided by the number of **all** spots.
/// (BenchmarkST divides by the number of counted spots.)
///
/// # Shapes
/// `coords`: `[N, 2]`.
///
/// # Errors
/// [`EvaluationError`] if lengths differ, a coordinate is not finite, or there are no spots.
///
/// # Examples
/// ```
/// use ndarray::array;
///
/// // Standardised, the square has side 2.
/// let square = array![[0.0, 0.0], [0.0, 4.0], [4.0, 0.0], [4.0, 4.0]];
/// assert_eq!(semst_evaluation::chaos(&[0, 0, 0, 0], square.view())?, 2.0);
/// assert_eq!(semst_evaluation::chaos(&[0, 0, 1, 1], square.view())?, 0.0);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
///
/// # References
/// Shang & Zhou 2022; Yuan et al. 2024 (SDMBench); docs/methods.md 2.2.
pub fn chaos(labels: &[u32], coords: ArrayView2<'_, f64>) -> Result<f64, EvaluationError> {
    let mut points = checked(coords, labels.len())?;
    for axis in 0..2 {
        standardise(&mut points, axis);
    }
    let mut names = labels.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut total = 0.0;
    for name in names {
        let own: Vec<[f64; 2]> = points
            .iter()
            .zip(labels)
            .filter(|(_, l)| **l == name)
            .map(|(p, _)| *p)
            .collect();
        if own.len() > 2 {
            let near = nearest(&own, 1)?;
            total += own
                .iter()
                .zip(near)
                .map(|(p, n)| squared(*p, own[n[0] as usize]).sqrt())
                .sum::<f64>();
        }
    }
    Ok(total / labels.len() as f64)
}

/// Zero mean, unit variance (population); a constant axis is only centred.
fn standardise(points: &mut [[f64; 2]], axis: usize) {
    let n = points.len() as f64;
    let mean = points.iter().map(|p| p[axis]).sum::<f64>() / n;
    let variance = points.iter().map(|p| (p[axis] - mean).powi(2)).sum::<f64>() / n;
    let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    points
        .iter_mut()
        .for_each(|p| p[axis] = (p[axis] - mean) / scale);
}
