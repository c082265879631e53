//! Linear heads and count likelihood, tile by tile over the rows.
//!
//! burn's matrix product computes the pre-activations of a tile. One kernel turns them into their gradients and the losses.
//! burn's products propagate these to the weights and to `h`. No array of size spots × genes is allocated: a tile has at most
//! [`TILE`] numbers for all heads.

#![allow(
    clippy::collapsible_if,
    reason = "`&&` reads both sides in a kernel, the second beyond the end of its row"
)]

use super::super::Csr;
use super::launch::{empty, floats, grid, ints, size};
use super::likelihood::entry;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Slice;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use cubecl::prelude::*;

/// Pre-activations of a tile: 32 MiB.
const TILE: usize = 1 << 23;

/// The inputs of the loss; shapes as in [`crate::CountLoss`].
pub(super) struct CountHead {
    h: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    values: CubeTensor,
    ptr: CubeTensor,
    col: CubeTensor,
    genes: usize,
    zero_inflated: bool,
    ridge: f32,
}

impl CountHead {
    pub(super) fn new(
        h: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        values: CubeTensor,
        target: Csr<CubeBackend>,
        zero_inflated: bool,
        ridge: f32,
    ) -> Self {
        let heads = if zero_inflated { 3 } else { 2 };
        Self {
            genes: size(&weight, 1) / heads,
            h: floats(h),
            weight: floats(weight),
            bias: floats(bias),
            values: floats(values),
            ptr: ints(target.ptr),
            col: ints(target.col),
            zero_inflated,
            ridge,
        }
    }

    /// Mean loss, `[1]`.
    pub(super) fn loss(&self) -> CubeTensor {
        let mut sum = None;
        for (start, end) in self.tiles() {
            let (_, loss) = self.tile(self.rows(start, end), start);
            add(&mut sum, loss);
        }
        self.mean(sum)
    }

    /// Mean loss and its gradients by `h`, `weight` and `bias`.
    pub(super) fn grads(&self) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let (mut sum, mut dw, mut db) = (None, None, None);
        let mut dh = Vec::new();
        let back = CubeBackend::float_transpose(self.weight.clone());
        for (start, end) in self.tiles() {
            let h = self.rows(start, end);
            let (grads, loss) = self.tile(h.clone(), start);
            add(&mut sum, loss);
            dh.push(CubeBackend::float_matmul(grads.clone(), back.clone()));
            let h = CubeBackend::float_transpose(h);
            add(&mut dw, CubeBackend::float_matmul(h, grads.clone()));
            add(&mut db, CubeBackend::float_sum_dim(grads, 0));
        }
        let loss = self.mean(sum);
        let dh = match dh.len() {
            1 => dh.remove(0),
            _ => CubeBackend::float_cat(dh, 0),
        };
        let width = [size(&self.bias, 0)];
        let db = CubeBackend::float_reshape(db.expect("at least one tile"), width.into());
        (loss, dh, dw.expect("at least one tile"), db)
    }

    fn n(&self) -> usize {
        size(&self.h, 0)
    }

    fn tiles(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let n = self.n();
        let rows = (TILE / size(&self.weight, 1).max(1)).clamp(1, n.max(1));
        (0..n.max(1))
            .step_by(rows)
            .map(move |start| (start, (start + rows).min(n)))
    }

    fn rows(&self, start: usize, end: usize) -> CubeTensor {
        if end - start == self.n() {
            return self.h.clone();
        }
        floats(CubeBackend::float_slice(
            self.h.clone(),
            &[Slice::from(start..end)],
        ))
    }

    /// Gradients by the pre-activations [rows, heads · genes], and the summed loss `[1]`, of the rows from `start`.
    fn tile(&self, h: CubeTensor, start: usize) -> (CubeTensor, CubeTensor) {
        let rows = size(&h, 0);
        let pre = floats(CubeBackend::float_matmul(h, self.weight.clone()));
        let losses = empty(&pre, &[rows, self.genes]);
        let grads = empty(&pre, &[rows, size(&pre, 1)]);
        let (count, dim) = grid(&pre, rows * self.genes);
        let scale = 1.0 / (self.n() as f64 * self.genes as f64);
        entries_kernel::launch(
            &pre.client,
            count,
            dim,
            pre.clone().into_tensor_arg(),
            self.bias.clone().into_tensor_arg(),
            self.values.clone().into_tensor_arg(),
            self.ptr.clone().into_tensor_arg(),
            self.col.clone().into_tensor_arg(),
            grads.clone().into_tensor_arg(),
            losses.clone().into_tensor_arg(),
            start,
            self.ridge,
            scale as f32,
            self.zero_inflated,
        );
        // Rows are summed first, because these are sums of many small numbers in 32 bits.
        let sums = CubeBackend::float_sum_dim(losses, 1);
        (grads, CubeBackend::float_sum(sums))
    }

    fn mean(&self, sum: Option<CubeTensor>) -> CubeTensor {
        let scale = 1.0 / (self.n() as f64 * self.genes as f64);
        let sum = sum.expect("at least one tile");
        let mean = CubeBackend::float_mul_scalar(sum, (scale as f32).into());
        CubeBackend::float_reshape(mean, [1].into())
    }
}

fn add(to: &mut Option<CubeTensor>, more: CubeTensor) {
    *to = Some(match to.take() {
        Some(sum) => CubeBackend::float_add(sum, more),
        None => more,
    });
}

/// One thread per spot of the tile and gene.
#[cube(launch)]
fn entries_kernel(
    pre: &Tensor<f32>,
    bias: &Tensor<f32>,
    values: &Tensor<f32>,
    ptr: &Tensor<i32>,
    col: &Tensor<i32>,
    grads: &mut Tensor<f32>,
    losses: &mut Tensor<f32>,
    start: usize,
    ridge: f32,
    scale: f32,
    #[comptime] zero_inflated: bool,
) {
    let genes = losses.shape(1);
    if ABSOLUTE_POS >= losses.shape(0) * genes {
        terminate!();
    }
    let row = ABSOLUTE_POS / genes;
    let gene = ABSOLUTE_POS % genes;
    // The entry of this gene, by bisection of the sorted columns of the row.
    let mut low = ptr[start + row] as usize;
    let end = ptr[start + row + 1] as usize;
    let mut high = end;
    while low < high {
        let middle = (low + high) / 2;
        if (col[middle] as usize) < gene {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut x = 0.0f32;
    if low < end {
        if col[low] as usize == gene {
            x = values[low];
        }
    }
    let at = row * pre.shape(1) + gene;
    let a = pre[at] + bias[gene];
    let b = pre[at + genes] + bias[genes + gene];
    let mut c = 0.0f32;
    if zero_inflated {
        c = pre[at + 2 * genes] + bias[2 * genes + gene];
    }
    let (loss, da, db, dc) = entry(x, a, b, c, ridge, zero_inflated);
    losses[ABSOLUTE_POS] = loss;
    grads[at] = da * scale;
    grads[at + genes] = db * scale;
    if zero_inflated {
        grads[at + 2 * genes] = dc * scale;
    }
}
