//! Negative-binomial likelihoods of one entry, with and without zero inflation, and their gradients.
//!
//! The gradients replace the pre-activations in place.
//! mean μ = clamp(exp a, 1e-5, 1e6), dispersion θ = clamp(softplus b, 1e-4, 1e4), dropout π = sigmoid c,
//! as in the released SemST (docs/methods.md 1.1); the constants follow DCA (Eraslan et al. 2019).

use super::single;
use super::special::{exp, ln, ln_gamma_digamma, sigmoid_softplus};

const EPS: f64 = 1e-10;
const MEAN: (f64, f64) = (1e-5, 1e6);
const DISPERSION: (f64, f64) = (1e-4, 1e4);
/// Targets below this are zeros (docs/methods.md 1.1, note 5).
pub(crate) const ZERO: f32 = 1e-8;

/// Mean and its derivative by the pre-activation; outside its range the clamp has no gradient.
#[inline(always)]
fn mean(a: f32) -> (f64, f64) {
    let raw = exp(f64::from(a));
    (
        raw.clamp(MEAN.0, MEAN.1),
        if raw >= MEAN.0 && raw <= MEAN.1 {
            raw
        } else {
            0.0
        },
    )
}

/// Dispersion and its derivative by the pre-activation.
#[inline(always)]
fn dispersion(b: f32) -> (f64, f64) {
    let (sigmoid, raw) = sigmoid_softplus(f64::from(b));
    let inside = raw >= DISPERSION.0 && raw <= DISPERSION.1;
    (
        raw.clamp(DISPERSION.0, DISPERSION.1),
        if inside { sigmoid } else { 0.0 },
    )
}

/// Negative log-likelihood of a count `x` under NB(μ, θ), with its derivatives by μ and θ.
#[inline(always)]
fn nb(x: f64, mu: f64, theta: f64) -> (f64, f64, f64) {
    let te = theta + EPS;
    let me = mu + EPS;
    let (lg_t, di_t) = ln_gamma_digamma(te);
    let (lg_xt, di_xt) = ln_gamma_digamma(x + te);
    let (lg_x, _) = ln_gamma_digamma(x + 1.0);
    let log_ratio = ln(1.0 + mu / te);
    let nll = lg_t + lg_x - lg_xt + (theta + x) * log_ratio + x * (ln(te) - ln(me));
    let d_mu = (theta + x) / (te + mu) - x / me;
    let d_theta = di_t - di_xt + log_ratio - (theta + x) * mu / (te * (te + mu)) + x / te;
    (nll, d_mu, d_theta)
}

/// The terms of the loss of a zero, in 32 bits: (mean, its derivative), (dispersion, its derivative).
#[inline(always)]
fn rates(a: f32, b: f32) -> ((f32, f32), (f32, f32)) {
    let inside = |raw: f32, slope: f32, (low, high): (f64, f64)| {
        let (low, high) = (low as f32, high as f32);
        let slope = if raw >= low && raw <= high {
            slope
        } else {
            0.0
        };
        (raw.clamp(low, high), slope)
    };
    let mean = single::exp(a);
    let (sigmoid, dispersion) = single::sigmoid_softplus(b);
    (
        inside(mean, mean, MEAN),
        inside(dispersion, sigmoid, DISPERSION),
    )
}

/// One row of NB entries that are all zero: writes losses into `loss`, and gradients over the pre-activations.
///
/// At zero the gamma functions cancel and the likelihood is `(θ / (θ + μ))^θ`: 32 bits are enough.
#[inline(always)]
pub(crate) fn nb_zeros(a: &mut [f32], b: &mut [f32], loss: &mut [f32]) {
    for ((a, b), loss) in a.iter_mut().zip(b).zip(loss) {
        let ((mu, da), (theta, db)) = rates(*a, *b);
        let t = mu / theta;
        let u = 1.0 + t;
        let share = 1.0 / u;
        let log_ratio = single::ln_1p(t, u, share);
        *loss = theta * log_ratio;
        *a = share * da;
        *b = (log_ratio - t * share) * db;
    }
}

/// NB entries with targets `x` of any size.
#[inline(always)]
pub(crate) fn nb_counts(x: &[f32], a: &mut [f32], b: &mut [f32], loss: &mut [f64]) {
    for (((x, a), b), loss) in x.iter().zip(a).zip(b).zip(loss) {
        let ((mu, da), (theta, db)) = (mean(*a), dispersion(*b));
        let (nll, d_mu, d_theta) = nb(f64::from(*x), mu, theta);
        *loss = nll;
        *a = (d_mu * da) as f32;
        *b = (d_theta * db) as f32;
    }
}

/// ZINB entries that are zero: `-ln(π + (1 - π)(θ / (θ + μ))^θ) + ridge π²`, in 32 bits as [`nb_zeros`].
#[inline(always)]
pub(crate) fn zinb_zeros(
    a: &mut [f32],
    b: &mut [f32],
    c: &mut [f32],
    loss: &mut [f32],
    ridge: f32,
) {
    for (((a, b), c), loss) in a.iter_mut().zip(b).zip(c).zip(loss) {
        let ((mu, da), (theta, db)) = rates(*a, *b);
        let pi = single::sigmoid(*c);
        let t = mu / theta;
        let u = 1.0 + t;
        let share = 1.0 / u;
        let log_ratio = single::ln_1p(t, u, share);
        let z = single::exp(-theta * log_ratio);
        let q = pi + (1.0 - pi) * z + EPS as f32;
        let inverse = 1.0 / q;
        let weight = (1.0 - pi) * inverse * z;
        *loss = ridge * pi * pi - single::ln(q);
        *a = weight * share * da;
        *b = weight * (log_ratio - t * share) * db;
        *c = (2.0 * ridge * pi - (1.0 - z) * inverse) * pi * (1.0 - pi);
    }
}

/// ZINB entries that are not zero: NB `- ln(1 - π) + ridge π²`.
#[inline(always)]
pub(crate) fn zinb_counts(
    x: &[f32],
    a: &mut [f32],
    b: &mut [f32],
    c: &mut [f32],
    loss: &mut [f64],
    ridge: f64,
) {
    nb_counts(x, a, b, loss);
    for (c, loss) in c.iter_mut().zip(loss) {
        let (pi, _) = sigmoid_softplus(f64::from(*c));
        let rest = 1.0 - pi + EPS;
        *loss += ridge * pi * pi - ln(rest);
        *c = ((2.0 * ridge * pi + 1.0 / rest) * pi * (1.0 - pi)) as f32;
    }
}
