//! Negative-binomial likelihoods of one entry in 32 bits, and their gradients.
//!
//! The same quantities that the CPU kernels compute in 64 bits (docs/methods.md 1.1), written so that no large terms cancel.
//! `ln Γ(θ + x) - ln Γ(θ)` and `ψ(θ + x) - ψ(θ)` come from one series of differences. Logarithms near one have their own series,
//! because the precision of a GPU's `log` there is absolute, not relative.

use cubecl::prelude::*;

const MIN_MEAN: f32 = 1e-5;
const MAX_MEAN: f32 = 1e6;
const MIN_DISPERSION: f32 = 1e-4;
const MAX_DISPERSION: f32 = 1e4;
const EPS: f32 = 1e-10;

/// `ln(1 + x)` for x ≥ 0.
#[cube]
pub(super) fn log1p(x: f32) -> f32 {
    let mut y = f32::ln(1.0f32 + x);
    if x < 1.0f32 {
        // 2 artanh(s), s = x / (2 + x) ≤ 1/3: an error of 2e-9 after the term in s^17.
        let s = x / (2.0f32 + x);
        let q = s * s;
        let high =
            0.090_909_09f32 + q * (0.076_923_08f32 + q * (0.066_666_67f32 + q * 0.058_823_53f32));
        let low = 0.333_333_34f32
            + q * (0.2f32 + q * (0.142_857_15f32 + q * (0.111_111_11f32 + q * high)));
        y = 2.0f32 * s * (1.0f32 + q * low);
    }
    y
}

/// `ln(1 + r) - r / (1 + r)` for r ≥ 0.
#[cube]
fn log_excess(r: f32) -> f32 {
    let mut y = log1p(r) - r / (1.0f32 + r);
    if r < 0.05f32 {
        // Σ_{n ≥ 2} (-1)^n (n - 1)/n r^n.
        let tail = -0.666_666_7f32 + r * (0.75f32 + r * (-0.8f32 + r * 0.833_333_3f32));
        y = r * r * (0.5f32 + r * tail);
    }
    y
}

/// Stirling's remainder of `ln Γ(z)`, z ≥ 8.
#[cube]
fn remainder(z: f32) -> f32 {
    let i = 1.0f32 / z;
    let i2 = i * i;
    i * (0.083_333_336f32 - i2 * (0.002_777_777_8f32 - i2 * 0.000_793_650_8f32))
}

/// `ln Γ(t + x) - ln Γ(t)` for t, x > 0.
#[cube]
pub(super) fn ln_gamma_step(t: f32, x: f32) -> f32 {
    let mut shift = 0.0f32;
    let mut z = t;
    if t < 8.0f32 {
        for k in 0..8u32 {
            shift += log1p(x / (t + f32::cast_from(k)));
        }
        z = t + 8.0f32;
    }
    // Stirling at z and z + x, subtracted term by term.
    let main = (z + x - 0.5f32) * log1p(x / z) + x * (f32::ln(z) - 1.0f32);
    main + remainder(z + x) - remainder(z) - shift
}

/// `ψ(t + x) - ψ(t)` for t, x > 0.
#[cube]
pub(super) fn digamma_step(t: f32, x: f32) -> f32 {
    let mut shift = 0.0f32;
    let mut z = t;
    if t < 8.0f32 {
        for k in 0..8u32 {
            let a = t + f32::cast_from(k);
            shift += x / (a * (a + x));
        }
        z = t + 8.0f32;
    }
    let i = 1.0f32 / z;
    let j = 1.0f32 / (z + x);
    let i2 = i * i;
    let j2 = j * j;
    let tail_z = i2 * (0.083_333_336f32 - i2 * (0.008_333_334f32 - i2 * 0.003_968_254f32));
    let tail_x = j2 * (0.083_333_336f32 - j2 * (0.008_333_334f32 - j2 * 0.003_968_254f32));
    log1p(x / z) + 0.5f32 * (i - j) + (tail_z - tail_x) + shift
}

/// Logistic function.
#[cube]
pub(super) fn sigmoid(b: f32) -> f32 {
    let e = f32::exp(-f32::abs(b));
    let mut y = 1.0f32 / (1.0f32 + e);
    if b < 0.0f32 {
        y *= e;
    }
    y
}

/// `ln(1 + e^b)`.
#[cube]
pub(super) fn softplus(b: f32) -> f32 {
    let mut y = log1p(f32::exp(-f32::abs(b)));
    if b > 0.0f32 {
        y += b;
    }
    y
}

/// Loss of one entry with count `x` under the pre-activations `a`, `b`, `c`, and its gradients by them.
#[cube]
pub(super) fn entry(
    x: f32,
    a: f32,
    b: f32,
    c: f32,
    ridge: f32,
    #[comptime] zero_inflated: bool,
) -> (f32, f32, f32, f32) {
    // Activations; outside their range the clamps have no gradient.
    let raw_mean = f32::exp(a.clamp(-80.0f32, 80.0f32));
    let mu = raw_mean.clamp(MIN_MEAN, MAX_MEAN);
    let mut da = mu;
    if raw_mean != mu {
        da = 0.0f32;
    }
    let raw_dispersion = softplus(b);
    let theta = raw_dispersion.clamp(MIN_DISPERSION, MAX_DISPERSION);
    let mut db = sigmoid(b);
    if raw_dispersion != theta {
        db = 0.0f32;
    }
    let r = mu / theta;
    let log_ratio = log1p(r);
    let total = theta + mu;

    // Smaller counts are treated as zero, where the gamma functions cancel.
    let counted = x >= 1e-8f32;
    let mut loss = theta * log_ratio;
    let mut d_mu = theta / total;
    let mut d_theta = log_excess(r);
    let mut dc = 0.0f32;
    if counted {
        let mean = mu + EPS;
        loss = ln_gamma_step(1.0f32, x) - ln_gamma_step(theta, x)
            + (theta + x) * log_ratio
            + x * (f32::ln(theta) - f32::ln(mean));
        d_mu = (theta + x) / total - x / mean;
        d_theta += x / total - digamma_step(theta, x);
    }
    if zero_inflated {
        let pi = sigmoid(c);
        let rest = sigmoid(-c);
        let prior = 2.0f32 * ridge * pi * pi * rest;
        if counted {
            let mut missed = softplus(c);
            if c > 10.0f32 {
                missed = -f32::ln(rest + EPS);
            }
            loss += ridge * pi * pi + missed;
            dc = prior + pi * rest / (rest + EPS);
        } else {
            let z = f32::exp(-loss);
            let q = pi + rest * z + EPS;
            let share = rest * z / q;
            d_mu *= share;
            d_theta *= share;
            loss = ridge * pi * pi - f32::ln(q);
            dc = prior - (1.0f32 - z) / q * pi * rest;
        }
    }
    (loss, d_mu * da, d_theta * db, dc)
}
