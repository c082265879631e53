//! Linear heads, activations, count likelihood and all gradients in one pass over tiles.
//!
//! Rows are processed tile by tile; inside a tile, blocks of genes run in parallel.
//! A block owns its columns of the weights' gradient. The blocks' shares of the gradient of `h` are added in order.
//! No array of size spots × genes is allocated, and the bits do not depend on the number of threads.

use super::{
    csr::{Pattern, dot},
    gemm::{View, gemm},
    likelihood,
};
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

const ROWS: usize = 256;
const GENES: usize = 256;

/// The inputs of the loss: `h` [n, hidden], weights [hidden, heads · genes] laid out mean | dispersion (| dropout),
/// bias [heads · genes], target CSR [n, genes].
pub(crate) struct CountHead<'a> {
    pub(crate) h: &'a [f32],
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) target: Pattern<'a>,
    pub(crate) values: &'a [f32],
    pub(crate) hidden: usize,
    pub(crate) genes: usize,
    /// Three heads instead of two.
    pub(crate) zero_inflated: bool,
    pub(crate) ridge: f64,
}

/// Mean loss over all spots × genes, and its gradients if they are requested.
pub(crate) struct CountGrads {
    pub(crate) loss: f64,
    pub(crate) h: Vec<f32>,
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// One block of genes: its share of the gradients and its buffers.
struct Block {
    start: usize,
    len: usize,
    loss: f64,
    logits: [Vec<f32>; 3],
    weight: [Vec<f32>; 3],
    bias: [Vec<f64>; 3],
    h: Vec<f32>,
    nonzero: Nonzero,
}

/// The entries of a row's block that are not zero.
#[derive(Default)]
struct Nonzero {
    at: Vec<usize>,
    x: Vec<f32>,
    pre: [Vec<f32>; 3],
    loss: Vec<f64>,
}

impl CountHead<'_> {
    fn heads(&self) -> usize {
        if self.zero_inflated { 3 } else { 2 }
    }

    /// Loss, and gradients if `with_grads`.
    pub(crate) fn run(&self, with_grads: bool) -> CountGrads {
        let (n, hidden, heads) = (self.target.n_rows(), self.hidden, self.heads());
        let scratch =
            |size: usize| std::array::from_fn(|k| vec![0f32; if k < heads { size } else { 0 }]);
        let mut blocks: Vec<Block> = (0..self.genes)
            .step_by(GENES)
            .map(|start| {
                let len = GENES.min(self.genes - start);
                Block {
                    start,
                    len,
                    loss: 0.0,
                    logits: scratch(ROWS * len),
                    weight: scratch(if with_grads { hidden * len } else { 0 }),
                    bias: std::array::from_fn(|_| vec![0.0; len]),
                    h: vec![0.0; if with_grads { ROWS * hidden } else { 0 }],
                    nonzero: Nonzero::default(),
                }
            })
            .collect();
        let scale = 1.0 / (n as f64 * self.genes as f64);
        let mut dh = vec![0f32; if with_grads { n * hidden } else { 0 }];
        for start in (0..n).step_by(ROWS) {
            let rows = ROWS.min(n - start);
            blocks
                .par_iter_mut()
                .for_each(|b| self.tile(b, start, rows, scale, with_grads));
            if with_grads {
                let out = &mut dh[start * hidden..(start + rows) * hidden];
                for b in &blocks {
                    out.iter_mut().zip(&b.h).for_each(|(o, v)| *o += v);
                }
            }
        }
        let mut weight = vec![
            0f32;
            if with_grads {
                hidden * heads * self.genes
            } else {
                0
            }
        ];
        let mut bias = vec![0f32; if with_grads { heads * self.genes } else { 0 }];
        if with_grads {
            let width = heads * self.genes;
            for b in &blocks {
                for k in 0..heads {
                    let offset = k * self.genes + b.start;
                    for (i, row) in b.weight[k].chunks(b.len).enumerate() {
                        weight[i * width + offset..][..b.len].copy_from_slice(row);
                    }
                    bias[offset..][..b.len]
                        .iter_mut()
                        .zip(&b.bias[k])
                        .for_each(|(o, v)| *o = *v as f32);
                }
            }
        }
        let loss = blocks.iter().map(|b| b.loss).sum::<f64>() * scale;
        CountGrads {
            loss,
            h: dh,
            weight,
            bias,
        }
    }

    /// Forward and backward of `rows` spots from `start`, over one block of genes.
    fn tile(&self, b: &mut Block, start: usize, rows: usize, scale: f64, with_grads: bool) {
        let (hidden, heads, len) = (self.hidden, self.heads(), b.len);
        let width = heads * self.genes;
        let h = View::new(&self.h[start * hidden..], rows, hidden, hidden);
        let weight =
            |k: usize| View::new(&self.weight[k * self.genes + b.start..], hidden, len, width);
        for k in 0..heads {
            let bias = &self.bias[k * self.genes + b.start..][..len];
            b.logits[k]
                .chunks_mut(len)
                .take(rows)
                .for_each(|row| row.copy_from_slice(bias));
            gemm(&mut b.logits[k], len, h, weight(k), true);
        }
        let mut loss = [0f32; GENES];
        for r in 0..rows {
            let [l0, l1, l2] = &mut b.logits;
            let row = r * len..(r + 1) * len;
            let pre = [
                &mut l0[row.clone()],
                &mut l1[row.clone()],
                if heads == 3 { &mut l2[row] } else { &mut [] },
            ];
            b.loss += self.row(start + r, b.start, pre, &mut loss[..len], &mut b.nonzero);
        }
        if !with_grads {
            return;
        }
        let scale = scale as f32;
        for k in 0..heads {
            let grads = &mut b.logits[k][..rows * len];
            for row in grads.chunks_mut(len) {
                for (g, sum) in row.iter_mut().zip(&mut b.bias[k]) {
                    *g *= scale;
                    *sum += f64::from(*g);
                }
            }
            let grads = View::new(&b.logits[k], rows, len, len);
            gemm(&mut b.weight[k], len, h.t(), grads, true);
            gemm(&mut b.h, hidden, grads, weight(k).t(), k > 0);
        }
    }

    /// The genes `first..first + loss.len()` of one spot: replaces pre-activations by gradients and returns the summed loss.
    fn row(
        &self,
        spot: usize,
        first: usize,
        pre: [&mut [f32]; 3],
        loss: &mut [f32],
        nz: &mut Nonzero,
    ) -> f64 {
        let [a, b, c] = pre;
        let edges = self.target.edges(spot);
        let cols = &self.target.col[edges.clone()];
        let from = cols.partition_point(|&g| (g as usize) < first);
        let to = cols.partition_point(|&g| (g as usize) < first + loss.len());
        nz.clear();
        for e in edges.start + from..edges.start + to {
            let x = self.values[e];
            if x >= likelihood::ZERO {
                nz.push(self.target.col[e] as usize - first, x, [a, b, c]);
            }
        }
        let zero_inflated = self.zero_inflated;
        nz.loss.resize(nz.x.len(), 0.0);
        let entries = Entries {
            pre: [&mut *a, &mut *b, &mut *c],
            loss: &mut *loss,
            nonzero: &mut *nz,
            zero_inflated,
            ridge: self.ridge,
        };
        Arch::new().dispatch(entries);
        for (k, &j) in nz.at.iter().enumerate() {
            loss[j] = 0.0;
            a[j] = nz.pre[0][k];
            b[j] = nz.pre[1][k];
            if zero_inflated {
                c[j] = nz.pre[2][k];
            }
        }
        // Zeros are added in sixteen sums of 32 bits, the rest in 64.
        let ones = [1.0; GENES];
        f64::from(dot(loss, &ones[..loss.len()])) + nz.loss.iter().sum::<f64>()
    }
}

/// The likelihoods of one row's block. A type of its own, because a closure is not inlined into the vectorised call.
struct Entries<'a> {
    pre: [&'a mut [f32]; 3],
    loss: &'a mut [f32],
    nonzero: &'a mut Nonzero,
    zero_inflated: bool,
    ridge: f64,
}

impl NullaryFnOnce for Entries<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let [a, b, c] = self.pre;
        let Nonzero { x, pre, loss, .. } = self.nonzero;
        let [na, nb, nc] = pre;
        if self.zero_inflated {
            likelihood::zinb_zeros(a, b, c, self.loss, self.ridge as f32);
            likelihood::zinb_counts(x, na, nb, nc, loss, self.ridge);
        } else {
            likelihood::nb_zeros(a, b, self.loss);
            likelihood::nb_counts(x, na, nb, loss);
        }
    }
}

impl Nonzero {
    fn clear(&mut self) {
        self.at.clear();
        self.x.clear();
        self.loss.clear();
        self.pre.iter_mut().for_each(Vec::clear);
    }

    fn push(&mut self, at: usize, x: f32, pre: [&[f32]; 3]) {
        self.at.push(at);
        self.x.push(x);
        for (to, from) in self.pre.iter_mut().zip(pre) {
            if let Some(v) = from.get(at) {
                to.push(*v);
            }
        }
    }
}
