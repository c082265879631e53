//! Spatial scores start here: coordinates that passed their checks, and neighbours in a stated order.

use std::num::NonZeroUsize;

use kiddo::{ImmutableKdTree, SquaredEuclidean};
use ndarray::ArrayView2;
use rayon::prelude::*;

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

/// The `k` nearest other points of each point, all where there are fewer; equal distances go by the lower index.
pub(crate) fn nearest(points: &[[f64; 2]], k: usize) -> Result<Vec<Vec<u32>>, EvaluationError> {
    let Some(count) = NonZeroUsize::new((k + 1).min(points.len())) else {
        return Ok(Vec::new());
    };
    let tree: ImmutableKdTree<f64, 2> =
        ImmutableKdTree::new_from_slice(points).map_err(|_| EvaluationError::Undefined {
            score: "a neighbour search",
            why: "no tree holds these points",
        })?;
    Ok(points
        .par_iter()
        .enumerate()
        .map(|(i, point)| {
            let hits = tree
                .query(point)
                .nearest_n::<SquaredEuclidean<f64>>(count)
                .execute();
            let far = hits
                .iter()
                .map(|hit| squared(*point, points[hit.item as usize]))
                .fold(0.0, f64::max);
            // Everything tied with the last one, so that the order below decides and not the tree.
            let ring = far * (1.0 + 1e-9) + f64::MIN_POSITIVE;
            let mut near: Vec<(f64, u32)> = tree
                .query(point)
                .within::<SquaredEuclidean<f64>>(ring)
                .unsorted()
                .execute()
                .iter()
                .filter(|hit| hit.item as usize != i)
                .map(|hit| (squared(*point, points[hit.item as usize]), hit.item))
                .collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(k);
            near.into_iter().map(|n| n.1).collect()
        })
        .collect())
}

/// Squared Euclidean distance.
pub(crate) fn squared(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}
