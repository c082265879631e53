//! CPU kernels on plain slices: no tensors, no devices.

pub(crate) mod count_head;
pub(crate) mod csr;
mod gemm;
mod likelihood;
pub(crate) mod pairwise;
mod single;
mod special;
pub(crate) mod spmm;
