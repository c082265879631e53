//! Sparse times dense: every row of the result is summed in registers, a few vectors at a time.
//!
//! If a column has many entries (features times weights), the dense side is first packed into panels of 64 columns. A panel of
//! a few thousand rows stays in the second-level cache, and each entry costs four loads and four multiply-adds.
//! Each number is the sum over the edges of its row in their order: its bits depend neither on threads nor on the vector width.

use super::csr::Pattern;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Columns of a panel.
const PANEL: usize = 64;
/// Entries per column from which packing the dense side saves more time than it costs.
const PACKED_FROM: usize = 16;
/// Numbers of the dense side that fit in the second-level cache without packing.
const CACHED: usize = 1 << 16;

/// `y[i] = Σ_e vals[e] · x[col[e]]` over the edges of row i; x is [n_cols, d], y is [n_rows, d].
pub(crate) fn spmm(g: Pattern<'_>, vals: &[f32], x: &[f32], d: usize) -> Vec<f32> {
    let mut y = vec![0f32; g.n_rows() * d];
    if d == 0 {
        return y;
    }
    let vals = in_order(g, vals);
    let n_cols = x.len() / d;
    if g.col.len() >= PACKED_FROM * n_cols && x.len() > CACHED && d > PANEL {
        let packed = pack(x, d);
        rows(g, &vals, &mut y, d, |at| {
            (&packed[at.start * n_cols..at.end * n_cols], at.len())
        });
    } else {
        // Panels of the unpacked matrix: the same rows, further apart.
        rows(g, &vals, &mut y, d, |at| (&x[at.start..], d));
    }
    y
}

/// The entries in the order of the pattern's edges.
fn in_order<'a>(g: Pattern<'_>, vals: &'a [f32]) -> Cow<'a, [f32]> {
    match g.perm {
        Some(perm) => perm.par_iter().map(|&p| vals[p as usize]).collect(),
        None => Cow::Borrowed(vals),
    }
}

/// Panels one after the other, each row-major [n_cols, its columns].
fn pack(x: &[f32], d: usize) -> Vec<f32> {
    let n_cols = x.len() / d;
    let mut packed = vec![0f32; x.len()];
    packed
        .par_chunks_mut(PANEL * n_cols)
        .enumerate()
        .for_each(|(p, panel)| {
            let (start, len) = (p * PANEL, panel.len() / n_cols);
            for (to, from) in panel.chunks_exact_mut(len).zip(x.chunks_exact(d)) {
                to.copy_from_slice(&from[start..start + len]);
            }
        });
    packed
}

/// Fills `y` in parallel over fixed chunks of rows; `panel` gives the numbers of some columns and the distance of their rows.
fn rows<'a>(
    g: Pattern<'_>,
    vals: &[f32],
    y: &mut [f32],
    d: usize,
    panel: impl Fn(Range<usize>) -> (&'a [f32], usize) + Sync,
) {
    let arch = Arch::new();
    let n_rows = rows_per_task(d);
    y.par_chunks_mut(n_rows * d)
        .enumerate()
        .for_each(|(task, out)| {
            for start in (0..d).step_by(PANEL) {
                let columns = start..(start + PANEL).min(d);
                let (x, stride) = panel(columns.clone());
                arch.dispatch(Chunk {
                    g,
                    vals,
                    x,
                    stride,
                    first_row: task * n_rows,
                    out: &mut *out,
                    d,
                    columns,
                });
            }
        });
}

/// The number of rows that give about 16k numbers of output.
fn rows_per_task(d: usize) -> usize {
    (16 * 1024 / d).clamp(8, 512)
}

/// Some rows of one panel.
struct Chunk<'a, 'b> {
    g: Pattern<'a>,
    vals: &'a [f32],
    x: &'a [f32],
    stride: usize,
    first_row: usize,
    out: &'b mut [f32],
    d: usize,
    columns: Range<usize>,
}

impl WithSimd for Chunk<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (k, out) in self.out.chunks_exact_mut(self.d).enumerate() {
            let edges = self.g.edges(self.first_row + k);
            let row = Row {
                cols: &self.g.col[edges.clone()],
                vals: &self.vals[edges],
                x: self.x,
                stride: self.stride,
            };
            let out = &mut out[self.columns.clone()];
            let mut at = 0;
            while at + 4 * S::F32_LANES <= out.len() {
                at += row.sum::<S, 4>(simd, at, out);
            }
            while at + S::F32_LANES <= out.len() {
                at += row.sum::<S, 1>(simd, at, out);
            }
            for (j, o) in out.iter_mut().enumerate().skip(at) {
                *o = row.one(j);
            }
        }
    }
}

/// The entries of one row, and the panel that they select from.
#[derive(Clone, Copy)]
struct Row<'a> {
    cols: &'a [i32],
    vals: &'a [f32],
    x: &'a [f32],
    stride: usize,
}

impl Row<'_> {
    /// Computes `V` vectors of the sum from column `at` on; returns how many numbers that are.
    #[inline(always)]
    fn sum<S: Simd, const V: usize>(self, simd: S, at: usize, out: &mut [f32]) -> usize {
        let width = V * S::F32_LANES;
        let mut acc = [simd.splat_f32s(0.0); V];
        for (&c, &w) in self.cols.iter().zip(self.vals) {
            let w = simd.splat_f32s(w);
            let source = &self.x[c as usize * self.stride + at..][..width];
            let (source, _) = S::as_simd_f32s(source);
            for (acc, v) in acc.iter_mut().zip(source) {
                *acc = simd.mul_add_e_f32s(w, *v, *acc);
            }
        }
        let (to, _) = S::as_mut_simd_f32s(&mut out[at..][..width]);
        to.copy_from_slice(&acc);
        width
    }

    /// One number, if a panel is narrower than a vector: the same rounding as in [`Row::sum`].
    #[inline(always)]
    fn one(self, at: usize) -> f32 {
        let entries = self.cols.iter().zip(self.vals);
        entries.fold(0.0, |sum, (&c, &w)| {
            w.mul_add(self.x[c as usize * self.stride + at], sum)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features with a few entries in most columns and many in some; wide enough for panels, with a remainder.
    #[test]
    fn packed_and_plain_agree_with_a_plain_loop() {
        let (n, n_cols, d) = (700, 900, 2 * PANEL + 37);
        let x: Vec<f32> = (0..n_cols * d).map(|i| (i as f32 * 0.37).sin()).collect();
        for step in [7, 61] {
            let (mut ptr, mut col) = (vec![0i32], Vec::new());
            for i in 0..n {
                col.extend(
                    (0..n_cols)
                        .filter(|j| (i * 31 + j * 17) % step == 0)
                        .map(|j| j as i32),
                );
                ptr.push(col.len() as i32);
            }
            let vals: Vec<f32> = (0..col.len()).map(|e| (e as f32 * 0.11).cos()).collect();
            let g = Pattern {
                ptr: &ptr,
                col: &col,
                perm: None,
            };
            assert_eq!(step < 10, col.len() >= PACKED_FROM * n_cols, "both ways");
            let y = spmm(g, &vals, &x, d);
            for i in (0..n).step_by(13) {
                for j in 0..d {
                    let want: f64 = g
                        .edges(i)
                        .map(|e| f64::from(vals[e]) * f64::from(x[col[e] as usize * d + j]))
                        .sum();
                    let got = f64::from(y[i * d + j]);
                    assert!((got - want).abs() < 1e-4, "{i} {j}: {got} {want}");
                }
            }
        }
    }
}
