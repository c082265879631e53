//! Expectation and maximisation for every covariance model, in double precision.

use nalgebra::{Cholesky, DMatrix};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};

use super::CovarianceModel;
use super::frame::Frame;
use super::search::Origin;
use super::stream::Moments;

/// Relative difference of log-likelihoods below which two fits are one optimum: a hundredth of a nat on a slide of 4,000 spots and 20 columns.
const SAME: f64 = 1e-7;
/// Share of the total variance that is added to (full) or bounds from below (diagonal) a *singular* covariance; others are left alone.
const RIDGE: f64 = 1e-6;
/// Responsibilities below `exp(-CUT)` of the largest are zero; smaller ones do not change a sum in double precision.
const CUT: f64 = 45.0;

/// The parameters of a mixture in the coordinates of a [`Frame`].
#[derive(Debug, Clone)]
pub(crate) struct Mixture {
    pub(crate) log_weights: Vec<f64>,
    /// `[k, r]`.
    pub(crate) means: Array2<f64>,
    precision: Precision,
    /// Whether a covariance was singular and got a ridge.
    pub(crate) regularised: bool,
}

/// Inverse covariances in the cheapest form of each model.
#[derive(Debug, Clone)]
enum Precision {
    Tied {
        inverse: Array2<f64>,
        log_det: f64,
    },
    Diagonal {
        inverse: Array2<f64>,
        log_det: Vec<f64>,
    },
    Full {
        whiten: Vec<Array2<f64>>,
        log_det: Vec<f64>,
    },
}

/// A mixture and the log-likelihood it reached.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) mixture: Mixture,
    pub(crate) log_likelihood: f64,
    pub(crate) converged: bool,
    /// Whether a component is too small, or the covariance of a model with unbounded likelihood was singular.
    pub(crate) faulty: bool,
    /// How this fit was found.
    pub(crate) origin: Origin,
}

impl Fit {
    /// The end of a climb, looked at for faults.
    pub(crate) fn new(
        mixture: Mixture,
        frame: &Frame,
        target: Target,
        log_likelihood: f64,
        converged: bool,
        origin: Origin,
    ) -> Self {
        let smallest = mixture
            .log_weights
            .iter()
            .copied()
            .fold(0.0, f64::min)
            .exp()
            * frame.len() as f64;
        let faulty = smallest < target.least || (target.model.unpooled() && mixture.regularised);
        Self {
            mixture,
            log_likelihood,
            converged,
            faulty,
            origin,
        }
    }

    /// Better fits first: those without fault, then by likelihood.
    pub(crate) fn rank(&self, other: &Self) -> std::cmp::Ordering {
        self.faulty
            .cmp(&other.faulty)
            .then(other.log_likelihood.total_cmp(&self.log_likelihood))
    }

    /// Whether both reached the same optimum, as far as the likelihood tells.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let scale = 1.0 + self.log_likelihood.abs();
        self.faulty == other.faulty
            && (self.log_likelihood - other.log_likelihood).abs() <= SAME * scale
    }
}

/// What is fitted, and how small a component may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) model: CovarianceModel,
    /// Least expected number of rows of a component.
    pub(crate) least: f64,
}

/// When a climb ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) steps: usize,
    pub(crate) tolerance: f64,
}

/// Iterates from `mixture` until `|Δ log L| / (1 + |log L|) < tolerance` (mclust's rule) or all steps are done.
///
/// `responsibilities` is scratch `[n, k]`; it ends as the posterior under the returned mixture.
pub(crate) fn climb(
    frame: &Frame,
    target: Target,
    mut mixture: Mixture,
    responsibilities: &mut Array2<f64>,
    stop: Stop,
    origin: Origin,
) -> Option<Fit> {
    let mut log_likelihood = mixture.expect(frame, responsibilities);
    let mut converged = false;
    for _ in 0..stop.steps {
        mixture = Mixture::maximise(frame, target.model, responsibilities)?;
        let next = mixture.expect(frame, responsibilities);
        if !next.is_finite() {
            return None;
        }
        converged = (next - log_likelihood).abs() / (1.0 + next.abs()) < stop.tolerance;
        log_likelihood = next;
        if converged {
            break;
        }
    }
    Some(Fit::new(
        mixture,
        frame,
        target,
        log_likelihood,
        converged,
        origin,
    ))
}

/// One-hot responsibilities `[n, k]` of a partition.
pub(crate) fn one_hot(labels: &[u32], k: usize) -> Array2<f64> {
    let mut r = Array2::zeros((labels.len(), k));
    for (i, &l) in labels.iter().enumerate() {
        r[[i, l as usize]] = 1.0;
    }
    r
}

/// Index of the largest responsibility of each row (ties: the first).
pub(crate) fn hard(responsibilities: &Array2<f64>) -> Vec<u32> {
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

impl Mixture {
    /// M-step. `None` where no covariance can be formed even with a ridge.
    pub(crate) fn maximise(
        frame: &Frame,
        model: CovarianceModel,
        responsibilities: &Array2<f64>,
    ) -> Option<Self> {
        let n = frame.len() as f64;
        let sizes = responsibilities.sum_axis(Axis(0));
        let mut means = responsibilities.t().dot(&frame.x);
        for (mut m, &size) in means.rows_mut().into_iter().zip(&sizes) {
            m /= size.max(f64::MIN_POSITIVE);
        }
        let log_weights = sizes.iter().map(|s| (s / n).ln()).collect();
        let (precision, regularised) = match model {
            CovarianceModel::Eee => tied(frame, &sizes, &means)?,
            CovarianceModel::Vvv => full(frame, responsibilities, &sizes, &means)?,
            _ => diagonal(frame, model, responsibilities, &sizes, &means),
        };
        Some(Self {
            log_weights,
            means,
            precision,
            regularised,
        })
    }

    /// M-step from sums over the rows.
    pub(super) fn of_moments(
        frame: &Frame,
        model: CovarianceModel,
        moments: &Moments,
    ) -> Option<Self> {
        let n = frame.len() as f64;
        let sizes = &moments.sizes;
        let each = |sums: &Array2<f64>| {
            let mut means = sums.clone();
            for (mut m, &size) in means.rows_mut().into_iter().zip(sizes) {
                m /= size.max(f64::MIN_POSITIVE);
            }
            means
        };
        let means = each(&moments.sums);
        let log_weights = sizes.iter().map(|s| (s / n).ln()).collect();
        let (precision, regularised) = match (&moments.squares, &moments.outer) {
            (Some(squares), _) => diagonal_of(frame, model, each(squares), sizes, &means),
            (_, Some(outer)) => {
                let within = |k: usize| {
                    let mean = means.slice(s![k..=k, ..]);
                    &outer[k] / sizes[k].max(f64::MIN_POSITIVE) - mean.t().dot(&mean)
                };
                full_of(frame, within, sizes)?
            }
            _ => tied(frame, sizes, &means)?,
        };
        Some(Self {
            log_weights,
            means,
            precision,
            regularised,
        })
    }

    /// E-step: posteriors into `responsibilities`; returns the log-likelihood in the caller's coordinates.
    pub(crate) fn expect(&self, frame: &Frame, responsibilities: &mut Array2<f64>) -> f64 {
        let sum = likelihood_of_rows(self, frame.x.view(), responsibilities.view_mut());
        sum + self.shared_likelihood(frame)
    }

    /// The part of the log-likelihood that does not depend on the responsibilities, summed over all rows.
    pub(crate) fn shared_likelihood(&self, frame: &Frame) -> f64 {
        let n = frame.len() as f64;
        let shared = match &self.precision {
            Precision::Tied { inverse, log_det } => {
                -0.5 * ((inverse * &frame.scatter).sum() + n * log_det)
            }
            _ => 0.0,
        };
        let normal = -0.5 * n * frame.width() as f64 * (2.0 * std::f64::consts::PI).ln();
        shared + normal + n * frame.log_jacobian
    }

    /// Writes `log π_k + log N(x; k)` of rows up to a part that all components share.
    fn scores(&self, x: ArrayView2<'_, f64>, mut out: ArrayViewMut2<'_, f64>) {
        match &self.precision {
            Precision::Tied { inverse, .. } => {
                // log π - ½ μᵀPμ + xᵀPμ; -½ xᵀPx is the same for all k, and sums to -½ tr(P XᵀX).
                let linear = self.means.dot(inverse);
                general_mat_mul(1.0, &x, &linear.t(), 0.0, &mut out);
                let offset: Array1<f64> = (0..self.means.nrows())
                    .map(|k| self.log_weights[k] - 0.5 * linear.row(k).dot(&self.means.row(k)))
                    .collect();
                out += &offset;
            }
            Precision::Diagonal { inverse, log_det } => {
                let squares = x.mapv(|v| v * v);
                general_mat_mul(-0.5, &squares, &inverse.t(), 0.0, &mut out);
                let linear = &self.means * inverse;
                general_mat_mul(1.0, &x, &linear.t(), 1.0, &mut out);
                let offset: Array1<f64> = (0..self.means.nrows())
                    .map(|k| {
                        self.log_weights[k]
                            - 0.5 * (linear.row(k).dot(&self.means.row(k)) + log_det[k])
                    })
                    .collect();
                out += &offset;
            }
            Precision::Full { whiten, log_det } => {
                for (k, w) in whiten.iter().enumerate() {
                    let y = (&x - &self.means.row(k)).dot(w);
                    let constant = self.log_weights[k] - 0.5 * log_det[k];
                    for (row, o) in y.rows().into_iter().zip(out.column_mut(k)) {
                        *o = constant - 0.5 * row.dot(&row);
                    }
                }
            }
        }
    }
}

/// E-step of some rows: posteriors into `responsibilities`; returns what the rows add to the log-likelihood, but for
/// [`Mixture::shared_likelihood`].
pub(crate) fn likelihood_of_rows(
    mixture: &Mixture,
    x: ArrayView2<'_, f64>,
    mut responsibilities: ArrayViewMut2<'_, f64>,
) -> f64 {
    mixture.scores(x, responsibilities.view_mut());
    let mut sum = 0.0;
    for mut row in responsibilities.rows_mut() {
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

/// Shared full covariance, `(XᵀX - Σ n_k μ_k μ_kᵀ) / n`: needs no pass over the rows.
fn tied(frame: &Frame, sizes: &Array1<f64>, means: &Array2<f64>) -> Option<(Precision, bool)> {
    let weighted = means * &sizes.view().insert_axis(Axis(1));
    let within = (&frame.scatter - &weighted.t().dot(means)) / frame.len() as f64;
    let (chol, ridged) = cholesky(&within, frame.variances().mean()?)?;
    let log_det = log_determinant(&chol);
    let inverse = chol.inverse();
    let r = frame.width();
    Some((
        Precision::Tied {
            inverse: Array2::from_shape_fn((r, r), |(i, j)| inverse[(i, j)]),
            log_det,
        },
        ridged,
    ))
}

/// One full covariance per component.
fn full(
    frame: &Frame,
    responsibilities: &Array2<f64>,
    sizes: &Array1<f64>,
    means: &Array2<f64>,
) -> Option<(Precision, bool)> {
    let within = |k: usize| {
        let root = responsibilities.slice(s![.., k]).mapv(f64::sqrt);
        let y = (&frame.x - &means.row(k)) * &root.insert_axis(Axis(1));
        y.t().dot(&y) / sizes[k].max(f64::MIN_POSITIVE)
    };
    full_of(frame, within, sizes)
}

/// The same from the covariance of each component.
fn full_of(
    frame: &Frame,
    within: impl Fn(usize) -> Array2<f64>,
    sizes: &Array1<f64>,
) -> Option<(Precision, bool)> {
    let r = frame.width();
    let unit = frame.variances().mean()?;
    let (mut whiten, mut log_det, mut ridged) = (Vec::new(), Vec::new(), false);
    for k in 0..sizes.len() {
        let (chol, singular) = cholesky(&within(k), unit)?;
        ridged |= singular || sizes[k] <= r as f64;
        log_det.push(log_determinant(&chol));
        let inverse = chol.l().try_inverse()?;
        whiten.push(Array2::from_shape_fn((r, r), |(i, j)| inverse[(j, i)]));
    }
    Some((Precision::Full { whiten, log_det }, ridged))
}

/// The four models without orientation.
fn diagonal(
    frame: &Frame,
    model: CovarianceModel,
    responsibilities: &Array2<f64>,
    sizes: &Array1<f64>,
    means: &Array2<f64>,
) -> (Precision, bool) {
    let squares = frame.x.mapv(|v| v * v);
    let mut variance = responsibilities.t().dot(&squares);
    for (mut v, &size) in variance.rows_mut().into_iter().zip(sizes) {
        v /= size.max(f64::MIN_POSITIVE);
    }
    diagonal_of(frame, model, variance, sizes, means)
}

/// The same from the mean squares of each component, [k, r].
fn diagonal_of(
    frame: &Frame,
    model: CovarianceModel,
    mut variance: Array2<f64>,
    sizes: &Array1<f64>,
    means: &Array2<f64>,
) -> (Precision, bool) {
    for (mut v, m) in variance.rows_mut().into_iter().zip(means.rows()) {
        v.zip_mut_with(&m, |v, m| *v = (*v - m * m).max(0.0));
    }
    if matches!(model, CovarianceModel::Eii | CovarianceModel::Eei) {
        let pooled = sizes.dot(&variance) / frame.len() as f64;
        variance
            .rows_mut()
            .into_iter()
            .for_each(|mut v| v.assign(&pooled));
    }
    if matches!(model, CovarianceModel::Eii | CovarianceModel::Vii) {
        variance.rows_mut().into_iter().for_each(|mut v| {
            let mean = v.mean().unwrap_or(0.0);
            v.fill(mean);
        });
    }
    let total = frame.variances();
    let least = RIDGE * total.mean().unwrap_or(1.0);
    let mut ridged = model.unpooled() && sizes.iter().any(|&n| n <= 1.0);
    for mut v in variance.rows_mut() {
        for (v, &t) in v.iter_mut().zip(&total) {
            let floor = (RIDGE * t).max(least * RIDGE).max(f64::MIN_POSITIVE);
            if *v < floor {
                *v = floor;
                ridged |= t > least * RIDGE;
            }
        }
    }
    let log_det = variance
        .rows()
        .into_iter()
        .map(|v| v.iter().map(|v| v.ln()).sum())
        .collect();
    (
        Precision::Diagonal {
            inverse: variance.mapv(f64::recip),
            log_det,
        },
        ridged,
    )
}

/// Cholesky factor; a singular matrix gets a ridge of 1e-6 of `unit`, and is reported.
fn cholesky(a: &Array2<f64>, unit: f64) -> Option<(Cholesky<f64, nalgebra::Dyn>, bool)> {
    let r = a.nrows();
    let m = DMatrix::from_fn(r, r, |i, j| 0.5 * (a[[i, j]] + a[[j, i]]));
    let sound = |c: &Cholesky<f64, nalgebra::Dyn>| {
        (0..r).all(|i| c.l_dirty()[(i, i)].powi(2) > 1e-3 * RIDGE * unit)
    };
    if let Some(c) = Cholesky::new(m.clone()).filter(sound) {
        return Some((c, false));
    }
    let ridged = m + DMatrix::identity(r, r) * (RIDGE * unit);
    Some((Cholesky::new(ridged)?, true))
}

fn log_determinant(c: &Cholesky<f64, nalgebra::Dyn>) -> f64 {
    2.0 * c.l_dirty().diagonal().iter().map(|v| v.ln()).sum::<f64>()
}
