//! Checked coordinates, and neighbours in a defined order.

use ndarray::ArrayView2;
use semst_spatial_graph::nearest_spots;

use crate::EvaluationError;
use crate::error::{finite, same_length};

/// Checks `[N, 2]` coordinates of `n` spots.
pub(crate) fn checked(
    coords: ArrayView2<'_, f64>,
    n: usize,
) -> Result<Vec<[f64; 2]>, EvaluationError> {
    if n == 0 {
        return Err(EvaluationError::Empty { what: "no spots" });
    }
    same_length("the coordinates", coords.nrows(), n)?;
    same_length("a coordinate", coords.ncols(), 2)?;
    finite("the coordinates", coords.iter())?;
    Ok(coords.rows().into_iter().map(|r| [r[0], r[1]]).collect())
}

/// The `k` nearest other points of each point, or all if there are fewer; equal distances are ordered by the lower index.
pub(crate) fn nearest(points: &[[f64; 2]], k: usize) -> Result<Vec<Vec<u32>>, EvaluationError> {
    Ok(nearest_spots(ArrayView2::from(points), k)?)
}

/// Squared Euclidean distance.
pub(crate) fn squared(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}
