//! Expectation and maximisation of a mixture with one covariance for all components, in double precision.

use nalgebra::{Cholesky, DMatrix, Dyn};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

use super::frame::Frame;

/// Rows of a chunk of a long file. Fixed, so that sums do not depend on threads.
pub(super) const CHUNK: usize = 4096;
/// Fraction of the total variance that is added to a *singular* covariance; others are not changed.
const RIDGE: f64 = 1e-6;
/// Responsibilities below `exp(-CUT)` of the largest are zero; smaller ones do not change a sum in double precision.
const CUT: f64 = 45.0;

/// The parameters of a mixture in the coordinates of a [`Frame`].
#[derive(Debug, Clone)]
pub(super) struct Mixture {
    pub(super) log_weights: Vec<f64>,
    /// `[k, r]`.
    pub(super) means: Array2<f64>,
    /// Inverse of the shared covariance, `[r, r]`.
    inverse: Array2<f64>,
    /// Logarithm of the determinant of the covariance.
    log_det: f64,
}

/// The input of an M-step: sums of rows weighted by the responsibilities.
pub(super) struct Moments {
    /// `Σ r_k`.
    sizes: Array1<f64>,
    /// `Σ r_k x`, `[k, r]`.
    sums: Array2<f64>,
}

impl Moments {
    /// Sums of rows with their responsibilities `[n, k]`.
    fn of(responsibilities: &Array2<f64>, x: ArrayView2<'_, f64>) -> Self {
        Self {
            sizes: responsibilities.sum_axis(Axis(0)),
            sums: responsibilities.t().dot(&x),
        }
    }

    /// Sums of a partition of the frame's rows.
    pub(super) fn of_partition(labels: &[u32], k: usize, frame: &Frame) -> Self {
        let mut one_hot = Array2::zeros((labels.len(), k));
        for (i, &l) in labels.iter().enumerate() {
            one_hot[[i, l as usize]] = 1.0;
        }
        Self::of(&one_hot, frame.x.view())
    }

    fn add(&mut self, other: &Self) {
        self.sizes += &other.sizes;
        self.sums += &other.sums;
    }
}

impl Mixture {
    /// M-step. `None` if no covariance can be formed even with a ridge.
    pub(super) fn maximise(frame: &Frame, moments: Moments) -> Option<Self> {
        let n = frame.len() as f64;
        let Moments { sizes, sums } = moments;
        let mut means = sums;
        for (mut m, &size) in means.rows_mut().into_iter().zip(&sizes) {
            m /= size.max(f64::MIN_POSITIVE);
        }
        let log_weights = sizes.iter().map(|s| (s / n).ln()).collect();
        // (XᵀX - Σ n_k μ_k μ_kᵀ) / n needs no pass over the rows.
        let weighted = &means * &sizes.view().insert_axis(Axis(1));
        let within = (&frame.scatter - &weighted.t().dot(&means)) / n;
        let factor = cholesky(&within, frame.variances().mean()?)?;
        let log_det = 2.0
            * factor
                .l_dirty()
                .diagonal()
                .iter()
                .map(|v| v.ln())
                .sum::<f64>();
        let inverse = factor.inverse();
        let r = frame.width();
        Some(Self {
            log_weights,
            means,
            inverse: Array2::from_shape_fn((r, r), |(i, j)| inverse[(i, j)]),
            log_det,
        })
    }

    /// E-step of all rows in chunks of `chunk`: the log-likelihood in the caller's coordinates, and the sums of the next M-step.
    ///
    /// Chunks run in parallel and are added in order. Memory does not grow with the number of chunks.
    pub(super) fn expect(&self, frame: &Frame, chunk: usize) -> (f64, Moments) {
        let chunks: Vec<(f64, Moments)> = frame
            .x
            .axis_chunks_iter(Axis(0), chunk)
            .into_par_iter()
            .map(|x| {
                let mut r = Array2::zeros((x.nrows(), self.means.nrows()));
                let log_likelihood = self.responsibilities(x, r.view_mut());
                (log_likelihood, Moments::of(&r, x))
            })
            .collect();
        let joined = chunks.into_iter().reduce(|mut all, next| {
            all.0 += next.0;
            all.1.add(&next.1);
            all
        });
        let (sum, moments) = joined.expect("rows were checked");
        (sum + self.shared_likelihood(frame), moments)
    }

    /// Posteriors of all rows, `[n, k]`, in chunks of `chunk`.
    pub(super) fn posterior(&self, frame: &Frame, chunk: usize) -> Array2<f64> {
        let mut out = Array2::zeros((frame.len(), self.means.nrows()));
        out.axis_chunks_iter_mut(Axis(0), chunk)
            .into_par_iter()
            .zip(frame.x.axis_chunks_iter(Axis(0), chunk))
            .for_each(|(out, x)| {
                self.responsibilities(x, out);
            });
        out
    }

    /// Writes the posteriors of some rows; returns their contribution to the log-likelihood, without
    /// [`shared_likelihood`](Self::shared_likelihood).
    fn responsibilities(&self, x: ArrayView2<'_, f64>, mut out: ArrayViewMut2<'_, f64>) -> f64 {
        self.scores(x, out.view_mut());
        let mut sum = 0.0;
        for mut row in out.rows_mut() {
            let top = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let mut total = 0.0;
            for v in &mut row {
                let t = *v - top;
                *v = if t > -CUT { t.exp() } else { 0.0 };
                total += *v;
            }
            row /= total;
            sum += top + total.ln();
        }
        sum
    }

    /// Writes `log π_k + log N(x; k)` of rows, except for a term that all components share.
    ///
    /// `log π - ½ μᵀPμ + xᵀPμ`; the term `-½ xᵀPx` is the same for all `k`, and sums to `-½ tr(P XᵀX)`.
    fn scores(&self, x: ArrayView2<'_, f64>, mut out: ArrayViewMut2<'_, f64>) {
        let linear = self.means.dot(&self.inverse);
        general_mat_mul(1.0, &x, &linear.t(), 0.0, &mut out);
        let offset: Array1<f64> = (0..self.means.nrows())
            .map(|k| self.log_weights[k] - 0.5 * linear.row(k).dot(&self.means.row(k)))
            .collect();
        out += &offset;
    }

    /// The part of the log-likelihood that does not depend on the responsibilities, summed over all rows.
    fn shared_likelihood(&self, frame: &Frame) -> f64 {
        let n = frame.len() as f64;
        let shared = -0.5 * ((&self.inverse * &frame.scatter).sum() + n * self.log_det);
        let normal = -0.5 * n * frame.width() as f64 * (2.0 * std::f64::consts::PI).ln();
        shared + normal + n * frame.log_jacobian
    }
}

/// Index of the largest responsibility of each row (ties: the first).
pub(super) fn hard(responsibilities: &Array2<f64>) -> Vec<u32> {
    responsibilities
        .rows()
        .into_iter()
        .map(|r| {
            r.iter()
                .enumerate()
                .fold(
                    (0, f64::NEG_INFINITY),
                    |b, (c, &v)| if v > b.1 { (c, v) } else { b },
                )
                .0 as u32
        })
        .collect()
}

/// Cholesky factor; a singular matrix gets a ridge of 1e-6 of `unit`.
fn cholesky(a: &Array2<f64>, unit: f64) -> Option<Cholesky<f64, Dyn>> {
    let r = a.nrows();
    let m = DMatrix::from_fn(r, r, |i, j| 0.5 * (a[[i, j]] + a[[j, i]]));
    let sound =
        |c: &Cholesky<f64, Dyn>| (0..r).all(|i| c.l_dirty()[(i, i)].powi(2) > 1e-3 * RIDGE * unit);
    if let Some(c) = Cholesky::new(m.clone()).filter(sound) {
        return Some(c);
    }
    Cholesky::new(m + DMatrix::identity(r, r) * (RIDGE * unit))
}
