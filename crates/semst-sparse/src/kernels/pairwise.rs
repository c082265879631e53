//! The neighbourhood regulariser over all pairs of spots, in tiles, or over a sample of pairs.
//!
//! L = -½ [ mean(A · ln σ(C)) + mean((1 - A) · ln(1 - σ(C))) ] = ½ mean(softplus(C)) - ½ mean(A · C),
//! C the cosine similarities with a zero diagonal (docs/methods.md 1.1). The dense part does not use the graph,
//! and the part of the graph is a sum over edges. Cosines lie in [-1, 1], where softplus is a short even series.

use super::{
    csr::{Pattern, dot},
    gemm::{View, gemm},
};
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

const ROWS: usize = 64;
const COLS: usize = 256;
/// Shortest length by which an embedding is divided.
const MIN_NORM: f32 = 1e-12;

/// How the mean over all pairs is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs<'a> {
    /// Every pair, in blocks.
    All,
    /// The pairs (i, i + s mod n) for each shift s in `1..n`: with uniform shifts the mean is unbiased.
    Shifts(&'a [usize]),
}

/// Loss and gradient with respect to the embedding `z` [n, d]; `edges` is A, `back` its transpose, `vals` its values.
pub(crate) fn run(
    z: &[f32],
    d: usize,
    edges: Pattern<'_>,
    back: Pattern<'_>,
    vals: &[f32],
    pairs: Pairs<'_>,
) -> (f64, Vec<f32>) {
    let n = edges.n_rows();
    let (unit, norms) = normalise(z, d);
    let rows: Vec<(f64, Vec<f32>)> = (0..n)
        .step_by(ROWS)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|start| {
            let len = ROWS.min(n - start);
            let (mut loss, mut grad) = match pairs {
                Pairs::All => dense_tile(&unit, d, n, start, len),
                Pairs::Shifts(shifts) => sampled_tile(&unit, d, n, start, len, shifts),
            };
            for i in start..start + len {
                let g = &mut grad[(i - start) * d..][..d];
                let ui = &unit[i * d..][..d];
                for e in edges.edges(i) {
                    let j = edges.col[e] as usize;
                    if j != i {
                        let uj = &unit[j * d..][..d];
                        loss -= f64::from(vals[e] * dot(ui, uj));
                        g.iter_mut()
                            .zip(uj)
                            .for_each(|(g, u)| *g -= 0.5 * vals[e] * u);
                    }
                }
                for e in back.edges(i) {
                    let j = back.col[e] as usize;
                    if j != i {
                        let v = vals[back.perm.map_or(e, |p| p[e] as usize)];
                        let uj = &unit[j * d..][..d];
                        g.iter_mut().zip(uj).for_each(|(g, u)| *g -= 0.5 * v * u);
                    }
                }
                // Propagates back through u = z / |z|.
                let along = dot(g, ui);
                let norm = norms[i];
                g.iter_mut()
                    .zip(ui)
                    .for_each(|(g, u)| *g = (*g - along * u) / norm);
            }
            (loss, grad)
        })
        .collect();
    let scale = 1.0 / (n as f64 * n as f64);
    let mut loss = 0.0;
    let mut grad = Vec::with_capacity(n * d);
    for (l, g) in rows {
        loss += l;
        grad.extend(g.iter().map(|v| (f64::from(*v) * scale) as f32));
    }
    (0.5 * loss * scale, grad)
}

fn normalise(z: &[f32], d: usize) -> (Vec<f32>, Vec<f32>) {
    let mut unit = z.to_vec();
    let norms = unit
        .par_chunks_mut(d)
        .map(|row| {
            let norm = dot(row, row).sqrt().max(MIN_NORM);
            row.iter_mut().for_each(|v| *v /= norm);
            norm
        })
        .collect();
    (unit, norms)
}

/// Σ_j softplus(c_ij) and Σ_j σ(c_ij) u_j of `len` rows, in blocks of columns; the diagonal counts as c = 0.
fn dense_tile(unit: &[f32], d: usize, n: usize, start: usize, len: usize) -> (f64, Vec<f32>) {
    let arch = Arch::new();
    let rows = View::new(&unit[start * d..], len, d, d);
    let mut grad = vec![0f32; len * d];
    let mut c = vec![0f32; len * COLS];
    let mut loss = 0f64;
    for first in (0..n).step_by(COLS) {
        let width = COLS.min(n - first);
        let cols = View::new(&unit[first * d..], width, d, d);
        gemm(&mut c, width, rows, cols.t(), false);
        for i in 0..len {
            let row = &mut c[i * width..][..width];
            let diagonal = (start + i).checked_sub(first).filter(|j| *j < width);
            if let Some(j) = diagonal {
                row[j] = 0.0;
            }
            loss += f64::from(arch.dispatch(SoftplusRow(&mut *row)));
            if let Some(j) = diagonal {
                row[j] = 0.0;
            }
        }
        gemm(&mut grad, d, View::new(&c, len, width, width), cols, true);
    }
    (loss, grad)
}

/// The same sums, estimated from the pairs at the given cyclic shifts and scaled to all n - 1 shifts.
fn sampled_tile(
    unit: &[f32],
    d: usize,
    n: usize,
    start: usize,
    len: usize,
    shifts: &[usize],
) -> (f64, Vec<f32>) {
    let weight = (n - 1) as f32 / shifts.len() as f32;
    let mut grad = vec![0f32; len * d];
    let mut loss = len as f64 * std::f64::consts::LN_2;
    for i in start..start + len {
        let ui = &unit[i * d..][..d];
        let g = &mut grad[(i - start) * d..][..d];
        for &s in shifts {
            for (j, counts) in [((i + s) % n, true), ((i + n - s) % n, false)] {
                let uj = &unit[j * d..][..d];
                let (sigmoid, softplus) = series(dot(ui, uj));
                if counts {
                    loss += f64::from(weight * softplus);
                }
                g.iter_mut()
                    .zip(uj)
                    .for_each(|(g, u)| *g += 0.5 * weight * sigmoid * u);
            }
        }
    }
    (loss, grad)
}

/// Returns the sum of the softplus of a row, and replaces the row by its sigmoids.
/// A type of its own, because a closure is not inlined into the vectorised call.
struct SoftplusRow<'a>(&'a mut [f32]);

impl NullaryFnOnce for SoftplusRow<'_> {
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let mut acc = [0f32; 16];
        let mut chunks = self.0.chunks_exact_mut(16);
        for chunk in &mut chunks {
            for l in 0..16 {
                let (s, p) = series(chunk[l]);
                chunk[l] = s;
                acc[l] += p;
            }
        }
        let mut sum: f32 = acc.iter().sum();
        for v in chunks.into_remainder() {
            let (s, p) = series(*v);
            *v = s;
            sum += p;
        }
        sum
    }
}

/// `(σ(c), softplus(c))` for |c| ≤ 1 from the Taylor series of ln(2 cosh(c/2)); error below 3e-8.
#[inline(always)]
fn series(c: f32) -> (f32, f32) {
    let q = c * c;
    let even = q
        * (1.0 / 8.0
            + q * (-1.0 / 192.0
                + q * (1.0 / 2_880.0
                    + q * (-17.0 / 645_120.0
                        + q * (31.0 / 14_515_200.0 + q * (-691.0 / 3_832_012_800.0))))));
    let odd = c
        * (1.0 / 4.0
            + q * (-1.0 / 48.0
                + q * (1.0 / 480.0
                    + q * (-17.0 / 80_640.0
                        + q * (31.0 / 1_451_520.0 + q * (-691.0 / 319_334_400.0))))));
    (0.5 + odd, std::f32::consts::LN_2 + 0.5 * c + even)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_is_softplus() {
        for i in -1000..=1000 {
            let c = i as f32 / 1000.0;
            let (s, p) = series(c);
            let x = f64::from(c);
            assert!(
                (f64::from(s) - 1.0 / (1.0 + (-x).exp())).abs() < 3e-7,
                "{c}"
            );
            assert!((f64::from(p) - x.exp().ln_1p()).abs() < 3e-7, "{c}");
        }
    }
}
