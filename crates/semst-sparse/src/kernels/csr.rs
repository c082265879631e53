//! Operations along the edges of a CSR pattern: SDDMM, and softmax over the edges of a row.
//!
//! Work is cut into fixed chunks of rows, so the bits do not depend on the number of threads.

use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;
use std::ops::Range;

/// A CSR pattern borrowed from int tensors: row `i` owns the edges `ptr[i]..ptr[i + 1]`.
#[derive(Clone, Copy)]
pub(crate) struct Pattern<'a> {
    pub(crate) ptr: &'a [i32],
    pub(crate) col: &'a [i32],
    /// Position of each edge's value, when the pattern is a transpose of the one that owns the values.
    pub(crate) perm: Option<&'a [i32]>,
}

impl Pattern<'_> {
    pub(crate) fn n_rows(&self) -> usize {
        self.ptr.len() - 1
    }

    pub(crate) fn edges(&self, row: usize) -> Range<usize> {
        self.ptr[row] as usize..self.ptr[row + 1] as usize
    }
}

/// `out[e] = <a[row(e)], b[col[e]]>`: the gradient of a sparse product with respect to its edge values.
pub(crate) fn sddmm(g: Pattern<'_>, a: &[f32], b: &[f32], d: usize) -> Vec<f32> {
    let arch = Arch::new();
    per_row(g, |row, edges, out| {
        arch.dispatch(RowDots {
            g,
            a: &a[row * d..][..d],
            b,
            edges,
            out,
        });
    })
}

/// One row of [`sddmm`].
struct RowDots<'a> {
    g: Pattern<'a>,
    a: &'a [f32],
    b: &'a [f32],
    edges: Range<usize>,
    out: &'a mut [f32],
}

impl NullaryFnOnce for RowDots<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let d = self.a.len();
        for (o, e) in self.out.iter_mut().zip(self.edges) {
            *o = dot(self.a, &self.b[self.g.col[e] as usize * d..][..d]);
        }
    }
}

/// Softmax of the scores over the edges of each row (graph attention).
pub(crate) fn edge_softmax(g: Pattern<'_>, scores: &[f32]) -> Vec<f32> {
    per_row(g, |_, edges, out| {
        let s = &scores[edges];
        let top = s.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for (o, v) in out.iter_mut().zip(s) {
            *o = (v - top).exp();
            sum += *o;
        }
        out.iter_mut().for_each(|o| *o /= sum);
    })
}

/// Gradient of [`edge_softmax`]: `p ⊙ (g - Σ_row p ⊙ g)`.
pub(crate) fn edge_softmax_backward(g: Pattern<'_>, p: &[f32], grad: &[f32]) -> Vec<f32> {
    per_row(g, |_, edges, out| {
        let (p, grad) = (&p[edges.clone()], &grad[edges]);
        let mean: f32 = p.iter().zip(grad).map(|(a, b)| a * b).sum();
        for ((o, p), d) in out.iter_mut().zip(p).zip(grad) {
            *o = p * (d - mean);
        }
    })
}

/// Fills a vector over the edges row by row, in parallel over fixed chunks of rows.
fn per_row(g: Pattern<'_>, f: impl Fn(usize, Range<usize>, &mut [f32]) + Sync) -> Vec<f32> {
    const ROWS: usize = 256;
    let n = g.n_rows();
    let mut out = vec![0f32; g.col.len()];
    let mut tasks = Vec::with_capacity(n.div_ceil(ROWS));
    let mut rest = out.as_mut_slice();
    for start in (0..n).step_by(ROWS) {
        let end = (start + ROWS).min(n);
        let (head, tail) = rest.split_at_mut((g.ptr[end] - g.ptr[start]) as usize);
        tasks.push((start..end, head));
        rest = tail;
    }
    tasks.into_par_iter().for_each(|(rows, mut out)| {
        for row in rows {
            let edges = g.edges(row);
            let (head, tail) = out.split_at_mut(edges.len());
            f(row, edges, head);
            out = tail;
        }
    });
    out
}

/// Dot product in sixteen lanes, then left to right: the same bits for any vector width of the machine.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut acc = [0f32; 16];
    let (ca, cb) = (a.chunks_exact(16), b.chunks_exact(16));
    let tail: f32 = ca
        .remainder()
        .iter()
        .zip(cb.remainder())
        .map(|(p, q)| p * q)
        .sum();
    for (p, q) in ca.zip(cb) {
        for l in 0..16 {
            acc[l] += p[l] * q[l];
        }
    }
    acc.iter().sum::<f32>() + tail
}
