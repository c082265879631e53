//! Products along the edges of a CSR pattern: SpMM, SDDMM and softmax over the edges of a row.

use super::launch::{empty, floats, grid, ints, size};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// `y[i] = Σ_e vals[perm[e]] · x[col[e]]` over the edges of row i, one thread per number of the output.
pub(super) fn spmm(
    vals: CubeTensor,
    x: CubeTensor,
    ptr: CubeTensor,
    col: CubeTensor,
    perm: Option<CubeTensor>,
) -> CubeTensor {
    let (vals, x, ptr, col) = (floats(vals), floats(x), ints(ptr), ints(col));
    let (rows, d) = (size(&ptr, 0) - 1, size(&x, 1));
    let y = empty(&x, &[rows, d]);
    if rows * d == 0 {
        return y;
    }
    let (count, dim) = grid(&y, rows * d);
    let permuted = perm.is_some();
    let perm = perm.map_or_else(|| col.clone(), ints);
    spmm_kernel::launch(
        &y.client,
        count,
        dim,
        vals.into_tensor_arg(),
        x.into_tensor_arg(),
        ptr.into_tensor_arg(),
        col.into_tensor_arg(),
        perm.into_tensor_arg(),
        y.clone().into_tensor_arg(),
        permuted,
    );
    y
}

/// `out[e] = <a[row(e)], b[col[e]]>`, one thread per edge.
pub(super) fn sddmm(a: CubeTensor, b: CubeTensor, ptr: CubeTensor, col: CubeTensor) -> CubeTensor {
    let (a, b, ptr, col) = (floats(a), floats(b), ints(ptr), ints(col));
    let edges = size(&col, 0);
    let out = empty(&a, &[edges]);
    if edges == 0 {
        return out;
    }
    let (count, dim) = grid(&out, edges);
    sddmm_kernel::launch(
        &out.client,
        count,
        dim,
        a.into_tensor_arg(),
        b.into_tensor_arg(),
        ptr.into_tensor_arg(),
        col.into_tensor_arg(),
        out.clone().into_tensor_arg(),
    );
    out
}

/// Softmax of the scores over the edges of each row, one thread per row.
pub(super) fn edge_softmax(scores: CubeTensor, ptr: CubeTensor) -> CubeTensor {
    let (scores, ptr) = (floats(scores), ints(ptr));
    let (edges, rows) = (size(&scores, 0), size(&ptr, 0) - 1);
    let out = empty(&scores, &[edges]);
    if edges == 0 {
        return out;
    }
    let (count, dim) = grid(&out, rows);
    edge_softmax_kernel::launch(
        &out.client,
        count,
        dim,
        scores.into_tensor_arg(),
        ptr.into_tensor_arg(),
        out.clone().into_tensor_arg(),
    );
    out
}

/// Gradient of [`edge_softmax`]: `p ⊙ (g - Σ_row p ⊙ g)`, one thread per row.
pub(super) fn edge_softmax_backward(
    p: CubeTensor,
    grad: CubeTensor,
    ptr: CubeTensor,
) -> CubeTensor {
    let (p, grad, ptr) = (floats(p), floats(grad), ints(ptr));
    let (edges, rows) = (size(&p, 0), size(&ptr, 0) - 1);
    let out = empty(&p, &[edges]);
    if edges == 0 {
        return out;
    }
    let (count, dim) = grid(&out, rows);
    edge_softmax_backward_kernel::launch(
        &out.client,
        count,
        dim,
        p.into_tensor_arg(),
        grad.into_tensor_arg(),
        ptr.into_tensor_arg(),
        out.clone().into_tensor_arg(),
    );
    out
}

/// The values of a square matrix with its diagonal set to zero, one thread per edge.
pub(super) fn without_diagonal(vals: CubeTensor, ptr: CubeTensor, col: CubeTensor) -> CubeTensor {
    let (vals, ptr, col) = (floats(vals), ints(ptr), ints(col));
    let edges = size(&col, 0);
    let out = empty(&vals, &[edges]);
    if edges == 0 {
        return out;
    }
    let (count, dim) = grid(&out, edges);
    without_diagonal_kernel::launch(
        &out.client,
        count,
        dim,
        vals.into_tensor_arg(),
        ptr.into_tensor_arg(),
        col.into_tensor_arg(),
        out.clone().into_tensor_arg(),
    );
    out
}

#[cube(launch)]
fn spmm_kernel(
    vals: &Tensor<f32>,
    x: &Tensor<f32>,
    ptr: &Tensor<i32>,
    col: &Tensor<i32>,
    perm: &Tensor<i32>,
    y: &mut Tensor<f32>,
    #[comptime] permuted: bool,
) {
    let d = y.shape(1);
    if ABSOLUTE_POS >= y.shape(0) * d {
        terminate!();
    }
    let row = ABSOLUTE_POS / d;
    let j = ABSOLUTE_POS % d;
    let start = ptr[row] as usize;
    let end = ptr[row + 1] as usize;
    let mut sum = 0.0f32;
    for e in start..end {
        let c = col[e] as usize;
        if permuted {
            let at = perm[e] as usize;
            sum += vals[at] * x[c * d + j];
        } else {
            sum += vals[e] * x[c * d + j];
        }
    }
    y[ABSOLUTE_POS] = sum;
}

#[cube(launch)]
fn sddmm_kernel(
    a: &Tensor<f32>,
    b: &Tensor<f32>,
    ptr: &Tensor<i32>,
    col: &Tensor<i32>,
    out: &mut Tensor<f32>,
) {
    let e = ABSOLUTE_POS;
    if e >= out.shape(0) {
        terminate!();
    }
    let d = a.shape(1);
    let row = row_of(ptr, e);
    let c = col[e] as usize;
    let mut sum = 0.0f32;
    for j in 0..d {
        sum += a[row * d + j] * b[c * d + j];
    }
    out[e] = sum;
}

#[cube(launch)]
fn edge_softmax_kernel(scores: &Tensor<f32>, ptr: &Tensor<i32>, out: &mut Tensor<f32>) {
    let row = ABSOLUTE_POS;
    if row + 1 >= ptr.shape(0) {
        terminate!();
    }
    let start = ptr[row] as usize;
    let end = ptr[row + 1] as usize;
    let mut top = f32::new(-3.4e38f32);
    for e in start..end {
        if scores[e] > top {
            top = scores[e];
        }
    }
    let mut sum = 0.0f32;
    for e in start..end {
        let p = f32::exp(scores[e] - top);
        out[e] = p;
        sum += p;
    }
    for e in start..end {
        let p = out[e];
        out[e] = p / sum;
    }
}

#[cube(launch)]
fn edge_softmax_backward_kernel(
    p: &Tensor<f32>,
    grad: &Tensor<f32>,
    ptr: &Tensor<i32>,
    out: &mut Tensor<f32>,
) {
    let row = ABSOLUTE_POS;
    if row + 1 >= ptr.shape(0) {
        terminate!();
    }
    let start = ptr[row] as usize;
    let end = ptr[row + 1] as usize;
    let mut mean = 0.0f32;
    for e in start..end {
        mean += p[e] * grad[e];
    }
    for e in start..end {
        out[e] = p[e] * (grad[e] - mean);
    }
}

#[cube(launch)]
fn without_diagonal_kernel(
    vals: &Tensor<f32>,
    ptr: &Tensor<i32>,
    col: &Tensor<i32>,
    out: &mut Tensor<f32>,
) {
    let e = ABSOLUTE_POS;
    if e >= out.shape(0) {
        terminate!();
    }
    let mut v = vals[e];
    if col[e] as usize == row_of(ptr, e) {
        v = 0.0f32;
    }
    out[e] = v;
}

/// The row that owns an edge, by bisection of the row pointers.
#[cube]
fn row_of(ptr: &Tensor<i32>, edge: usize) -> usize {
    let mut low = 0usize;
    let mut high = ptr.shape(0) - 1;
    while high - low > 1 {
        let middle = (low + high) / 2;
        if ptr[middle] as usize <= edge {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
