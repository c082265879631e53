//! CPU kernels on plain slices: no tensors, no devices.

pub(crate) mod adam;
pub(crate) mod count_head;
pub(crate) mod csr;
pub(crate) mod elu;
mod gemm;
mod likelihood;
pub(crate) mod pairwise;
mod single;
mod special;
pub(crate) mod spmm;
