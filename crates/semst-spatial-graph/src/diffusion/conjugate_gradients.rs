//! Conjugate gradients for a sparse symmetric positive definite matrix and many right-hand sides together.

use crate::{GraphError, SpatialGraph};
use rayon::prelude::*;

/// Rows of a task. Fixed, so that sums are the same for any number of threads.
const ROWS: usize = 256;
/// Largest residual of a finished column, relative to its right-hand side.
const TOLERANCE: f64 = 1e-6;
/// A strength of 1e6 takes about 15,000 steps.
const MAX_ITERATIONS: usize = 30_000;

/// `diag(diagonal) + diag(factors) · links`, symmetric: linked spots have the same factor.
pub(super) struct Operator<'a> {
    pub(super) links: &'a SpatialGraph,
    pub(super) diagonal: Vec<f64>,
    pub(super) factors: Vec<f64>,
}

impl Operator<'_> {
    /// `M x` for row-major x [n, d].
    fn apply(&self, x: &[f64], d: usize, y: &mut [f64]) {
        y.par_chunks_mut(ROWS * d)
            .enumerate()
            .for_each(|(task, chunk)| {
                for (k, out) in chunk.chunks_mut(d).enumerate() {
                    let row = task * ROWS + k;
                    let own = &x[row * d..][..d];
                    out.iter_mut()
                        .zip(own)
                        .for_each(|(o, v)| *o = self.diagonal[row] * v);
                    let (columns, weights) = self.links.row(row);
                    for (column, weight) in columns.iter().zip(weights) {
                        let w = self.factors[row] * f64::from(*weight);
                        let other = &x[*column as usize * d..][..d];
                        out.iter_mut().zip(other).for_each(|(o, v)| *o += w * v);
                    }
                }
            });
    }
}

/// Solves `M X = B` for row-major B [n, d].
///
/// # Errors
/// When a column does not converge.
pub(super) fn solve(
    operator: &Operator<'_>,
    right: Vec<f64>,
    d: usize,
) -> Result<Vec<f64>, GraphError> {
    let goal: Vec<f64> = dots(&right, &right, d)
        .iter()
        .map(|square| square * TOLERANCE * TOLERANCE)
        .collect();
    let mut x = vec![0.0; right.len()];
    let mut residual = right;
    let mut direction = residual.clone();
    let mut image = vec![0.0; x.len()];
    let mut squares = dots(&residual, &residual, d);
    for _ in 0..MAX_ITERATIONS {
        if squares.iter().zip(&goal).all(|(s, g)| s <= g) {
            return Ok(x);
        }
        operator.apply(&direction, d, &mut image);
        let curvature = dots(&direction, &image, d);
        // A finished column does not change any more.
        let step: Vec<f64> = (0..d)
            .map(|c| match squares[c] > goal[c] {
                true => squares[c] / curvature[c],
                false => 0.0,
            })
            .collect();
        add(&mut x, &direction, d, |c| step[c]);
        add(&mut residual, &image, d, |c| -step[c]);
        let next = dots(&residual, &residual, d);
        let keep: Vec<f64> = (0..d)
            .map(|c| match squares[c] > goal[c] {
                true => next[c] / squares[c],
                false => 0.0,
            })
            .collect();
        direction
            .par_chunks_mut(ROWS * d)
            .zip(residual.par_chunks(ROWS * d))
            .for_each(|(direction, residual)| {
                for (p, r) in direction.chunks_mut(d).zip(residual.chunks(d)) {
                    for c in 0..d {
                        p[c] = r[c] + keep[c] * p[c];
                    }
                }
            });
        squares = next;
    }
    let worst = squares
        .iter()
        .zip(&goal)
        .map(|(s, g)| (s / g.max(f64::MIN_POSITIVE)).sqrt() * TOLERANCE)
        .fold(0.0, f64::max);
    Err(GraphError::NotConverged {
        iterations: MAX_ITERATIONS,
        residual: worst,
    })
}

/// Dot product of each column.
fn dots(a: &[f64], b: &[f64], d: usize) -> Vec<f64> {
    let parts: Vec<Vec<f64>> = a
        .par_chunks(ROWS * d)
        .zip(b.par_chunks(ROWS * d))
        .map(|(a, b)| {
            let mut sum = vec![0.0; d];
            for (a, b) in a.chunks(d).zip(b.chunks(d)) {
                for c in 0..d {
                    sum[c] += a[c] * b[c];
                }
            }
            sum
        })
        .collect();
    let mut total = vec![0.0; d];
    for part in parts {
        total.iter_mut().zip(&part).for_each(|(t, p)| *t += p);
    }
    total
}

/// `x += factor · y`, with a factor for each column.
fn add(x: &mut [f64], y: &[f64], d: usize, factor: impl Fn(usize) -> f64 + Sync) {
    x.par_chunks_mut(ROWS * d)
        .zip(y.par_chunks(ROWS * d))
        .for_each(|(x, y)| {
            for (x, y) in x.chunks_mut(d).zip(y.chunks(d)) {
                for c in 0..d {
                    x[c] += factor(c) * y[c];
                }
            }
        });
}
