//! Sparse and fused tensor operations for graph networks, as a burn backend extension.
//!
//! burn has no sparse tensors. This crate adds what message passing needs, each operation with a hand-written gradient:
//! products of a CSR matrix with a dense one, dot products and softmax along edges,
//! and two losses that would otherwise need memory for spots × genes or spots × spots numbers.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use semst_sparse::SparseMatrix;
//!
//! let device = Device::flex().autodiff();
//! let ring = SparseMatrix::new(&[0, 1, 2, 3], &[1, 2, 0], &[1.0; 3], 3, &device)?;
//! let x = Tensor::<2>::from_floats([[1.0], [2.0], [3.0]], &device).require_grad();
//! let loss = (ring.spmm(x.clone()) * Tensor::from_floats([[1.0], [10.0], [100.0]], &device)).sum();
//! let grads = loss.backward();
//! assert_eq!(x.grad(&grads).unwrap().into_data().to_vec::<f32>().unwrap(), [100.0, 1.0, 10.0]);
//! # Ok::<(), semst_sparse::SparseError>(())
//! ```
//!
//! Results do not depend on the number of threads.
//!
//! It is not a general sparse algebra (no factorisations, no sparse × sparse), and it has no concept of genes or spots.
//! Related crates: `semst-gnn-encoders` builds layers from it, `semst-spatial-graph` builds the graphs.

mod adam;
mod backend;
mod count_loss;
mod elementwise;
mod error;
mod kernels;
mod matrix;
mod pair_loss;

pub use adam::AdamStep;
pub use backend::{Csr, SparseOps};
pub use count_loss::CountLoss;
pub use elementwise::{elu, with_gradients};
pub use error::SparseError;
pub use matrix::SparseMatrix;
pub use pair_loss::{EXACT_UP_TO, SAMPLED_PAIRS, neighbour_loss, sampled_neighbour_loss};
