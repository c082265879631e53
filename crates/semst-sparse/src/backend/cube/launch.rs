//! Helpers for kernel calls: checked inputs, allocated outputs, and a grid of threads.

use burn::tensor::{DType, Shape};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};

/// A contiguous tensor of 32-bit floats.
/// # Panics
/// When the tensor has another type of numbers.
/// When the tensor holds other numbers.
pub(super) fn floats(t: CubeTensor) -> CubeTensor {
    assert_eq!(t.dtype, DType::F32, "semst-sparse computes in f32");
    into_contiguous(t)
}

/// A contiguous tensor of 32-bit integers.
///
/// # Panics
/// When the tensor has another type of numbers.
pub(super) fn ints(t: CubeTensor) -> CubeTensor {
    assert_eq!(t.dtype, DType::I32, "semst-sparse counts in i32");
    into_contiguous(t)
}

/// Uninitialised memory for an output on the device of `like`.
pub(super) fn empty(like: &CubeTensor, shape: &[usize]) -> CubeTensor {
    let shape = Shape::from(shape.to_vec());
    let bytes = shape.num_elements().max(1) * DType::F32.size();
    let handle = like.client.empty(bytes);
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape,
        handle,
        DType::F32,
    )
}

/// A grid of at least `threads` threads.
pub(super) fn grid(on: &CubeTensor, threads: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new(&on.client, threads);
    (calculate_cube_count_elemwise(&on.client, threads, dim), dim)
}

/// Size of a dimension.
pub(super) fn size(t: &CubeTensor, dim: usize) -> usize {
    t.meta.shape()[dim]
}
