//! The neighbourhood regulariser over all pairs of spots, in tiles of rows, or over a sample of pairs.
//!
//! The decomposition of the CPU kernel (`kernels/pairwise.rs`): a dense part that does not use the graph, a sum over edges,
//! and the chain rule through u = z / |z|. A tile of cosines has at most [`TILE`] numbers.

#![allow(
    clippy::approx_constant,
    reason = "kernels take literals: the macro of CubeCL does not accept a path to LN_2"
)]

use super::super::Csr;
use super::csr;
use super::launch::{empty, floats, grid, ints, size};
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Slice;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use cubecl::prelude::*;

/// Cosines of a tile: 32 MiB.
const TILE: usize = 1 << 23;
/// Shortest length by which an embedding is divided.
const MIN_NORM: f32 = 1e-12;

/// Loss `[1]` and gradient [n, d] of the embedding `z`; empty `shifts` means all pairs.
pub(super) fn run(
    z: CubeTensor,
    vals: CubeTensor,
    shifts: CubeTensor,
    g: Csr<CubeBackend>,
) -> (CubeTensor, CubeTensor) {
    let z = floats(z);
    let n = size(&z, 0);
    let squares = CubeBackend::float_mul(z.clone(), z.clone());
    let norms = CubeBackend::float_sqrt(CubeBackend::float_sum_dim(squares, 1));
    let norms = CubeBackend::float_clamp_min(norms, MIN_NORM.into());
    let unit = floats(CubeBackend::float_div(z, norms.clone()));

    let (pairs, dense) = if size(&shifts, 0) == 0 {
        all_pairs(&unit)
    } else {
        sampled_pairs(&unit, ints(shifts))
    };
    let vals = csr::without_diagonal(vals, g.ptr.clone(), g.col.clone());
    let ahead = csr::spmm(vals.clone(), unit.clone(), g.ptr, g.col, None);
    let back = csr::spmm(vals, unit.clone(), g.t_ptr, g.t_col, Some(g.t_perm));
    let along = sum_by_rows(CubeBackend::float_mul(ahead.clone(), unit.clone()));

    let scale = 1.0 / (n as f64 * n as f64);
    let loss = CubeBackend::float_sub(pairs, along);
    let loss = CubeBackend::float_mul_scalar(loss, ((0.5 * scale) as f32).into());

    let edges = CubeBackend::float_mul_scalar(CubeBackend::float_add(ahead, back), 0.5f32.into());
    let grad = CubeBackend::float_sub(dense, edges);
    let radial = CubeBackend::float_mul(grad.clone(), unit.clone());
    let radial = CubeBackend::float_mul(CubeBackend::float_sum_dim(radial, 1), unit);
    let grad = CubeBackend::float_div(CubeBackend::float_sub(grad, radial), norms);
    let grad = CubeBackend::float_mul_scalar(grad, (scale as f32).into());
    (loss, grad)
}

/// Sum of a matrix as `[1]`; rows are summed first, because these are sums of many small numbers in 32 bits.
fn sum_by_rows(x: CubeTensor) -> CubeTensor {
    let sum = CubeBackend::float_sum(CubeBackend::float_sum_dim(x, 1));
    CubeBackend::float_reshape(sum, [1].into())
}

/// Σ_ij softplus(c_ij), and Σ_j σ(c_ij) u_j of each row; the diagonal counts as c = 0.
fn all_pairs(unit: &CubeTensor) -> (CubeTensor, CubeTensor) {
    let n = size(unit, 0);
    let rows = (TILE / n.max(1)).clamp(1, n);
    let columns = CubeBackend::float_transpose(unit.clone());
    let mut total: Option<CubeTensor> = None;
    let mut grads = Vec::new();
    for start in (0..n).step_by(rows) {
        let end = (start + rows).min(n);
        let tile = if end - start == n {
            unit.clone()
        } else {
            CubeBackend::float_slice(unit.clone(), &[Slice::from(start..end)])
        };
        let cosines = floats(CubeBackend::float_matmul(tile, columns.clone()));
        let sigmoids = empty(&cosines, &[end - start, n]);
        let costs = empty(&cosines, &[end - start, n]);
        let (count, dim) = grid(&cosines, (end - start) * n);
        softplus_kernel::launch(
            &cosines.client,
            count,
            dim,
            cosines.clone().into_tensor_arg(),
            sigmoids.clone().into_tensor_arg(),
            costs.clone().into_tensor_arg(),
            start,
        );
        let cost = sum_by_rows(costs);
        total = Some(match total {
            Some(sum) => CubeBackend::float_add(sum, cost),
            None => cost,
        });
        grads.push(CubeBackend::float_matmul(sigmoids, unit.clone()));
    }
    let grad = match grads.len() {
        1 => grads.remove(0),
        _ => CubeBackend::float_cat(grads, 0),
    };
    (total.expect("at least one spot"), grad)
}

/// The same, estimated from the pairs (i, i + s mod n) of each shift s and scaled to all n - 1 shifts.
fn sampled_pairs(unit: &CubeTensor, shifts: CubeTensor) -> (CubeTensor, CubeTensor) {
    let (n, d, s) = (size(unit, 0), size(unit, 1), size(&shifts, 0));
    let weight = (n - 1) as f32 / s as f32;
    let sigmoids = empty(unit, &[n, s]);
    let costs = empty(unit, &[n, s]);
    let (count, dim) = grid(unit, n * s);
    sampled_kernel::launch(
        &unit.client,
        count,
        dim,
        unit.clone().into_tensor_arg(),
        shifts.clone().into_tensor_arg(),
        sigmoids.clone().into_tensor_arg(),
        costs.clone().into_tensor_arg(),
    );
    let grad = empty(unit, &[n, d]);
    let (count, dim) = grid(unit, n * d);
    gather_kernel::launch(
        &unit.client,
        count,
        dim,
        unit.clone().into_tensor_arg(),
        shifts.into_tensor_arg(),
        sigmoids.into_tensor_arg(),
        grad.clone().into_tensor_arg(),
        0.5 * weight,
    );
    let cost = CubeBackend::float_mul_scalar(sum_by_rows(costs), weight.into());
    let diagonal = (n as f64 * std::f64::consts::LN_2) as f32;
    (CubeBackend::float_add_scalar(cost, diagonal.into()), grad)
}

#[cube(launch)]
fn softplus_kernel(
    cosines: &Tensor<f32>,
    sigmoids: &mut Tensor<f32>,
    costs: &mut Tensor<f32>,
    start: usize,
) {
    let n = cosines.shape(1);
    if ABSOLUTE_POS >= cosines.shape(0) * n {
        terminate!();
    }
    let row = ABSOLUTE_POS / n;
    let (mut sigmoid, mut cost) = series(cosines[ABSOLUTE_POS]);
    if start + row == ABSOLUTE_POS % n {
        sigmoid = 0.0f32;
        cost = 0.693_147_2f32;
    }
    sigmoids[ABSOLUTE_POS] = sigmoid;
    costs[ABSOLUTE_POS] = cost;
}

/// One thread per spot and shift.
#[cube(launch)]
fn sampled_kernel(
    unit: &Tensor<f32>,
    shifts: &Tensor<i32>,
    sigmoids: &mut Tensor<f32>,
    costs: &mut Tensor<f32>,
) {
    let n = unit.shape(0);
    let d = unit.shape(1);
    let count = shifts.shape(0);
    if ABSOLUTE_POS >= n * count {
        terminate!();
    }
    let i = ABSOLUTE_POS / count;
    let j = (i + shifts[ABSOLUTE_POS % count] as usize) % n;
    let mut cosine = 0.0f32;
    for k in 0..d {
        cosine += unit[i * d + k] * unit[j * d + k];
    }
    let (sigmoid, cost) = series(cosine);
    sigmoids[ABSOLUTE_POS] = sigmoid;
    costs[ABSOLUTE_POS] = cost;
}

/// One thread per number of the gradient: adds the pairs that start at a spot and those that end at it.
#[cube(launch)]
fn gather_kernel(
    unit: &Tensor<f32>,
    shifts: &Tensor<i32>,
    sigmoids: &Tensor<f32>,
    grad: &mut Tensor<f32>,
    weight: f32,
) {
    let n = unit.shape(0);
    let d = unit.shape(1);
    let count = shifts.shape(0);
    if ABSOLUTE_POS >= n * d {
        terminate!();
    }
    let i = ABSOLUTE_POS / d;
    let k = ABSOLUTE_POS % d;
    let mut sum = 0.0f32;
    for s in 0..count {
        let shift = shifts[s] as usize;
        let ahead = (i + shift) % n;
        let behind = (i + n - shift) % n;
        sum += sigmoids[i * count + s] * unit[ahead * d + k];
        sum += sigmoids[behind * count + s] * unit[behind * d + k];
    }
    grad[ABSOLUTE_POS] = weight * sum;
}

/// `(σ(c), softplus(c))` for |c| ≤ 1 from the Taylor series of ln(2 cosh(c/2)), as on the CPU.
#[cube]
fn series(c: f32) -> (f32, f32) {
    let q = c * c;
    let even_tail = -2.635_168_7e-5f32 + q * (2.135_692_2e-6f32 - q * 1.803_229_9e-7f32);
    let even =
        q * (0.125f32 + q * (-0.005_208_333_5f32 + q * (0.000_347_222_22f32 + q * even_tail)));
    let odd_tail = -2.108_135e-4f32 + q * (2.135_692_2e-5f32 - q * 2.163_876e-6f32);
    let odd = c * (0.25f32 + q * (-0.020_833_334f32 + q * (0.002_083_333_3f32 + q * odd_tail)));
    (0.5f32 + odd, 0.693_147_2f32 + 0.5f32 * c + even)
}
