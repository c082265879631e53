//! A sparse matrix on a device, and the products along its edges.

use crate::backend::{Csr, SparseOps};
use crate::error::SparseError;
use burn::backend::Dispatch;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// A sparse matrix [n_rows, n_cols] in CSR form, with its transpose for the backward pass.
///
/// Message passing, sparse features and count targets are all such matrices.
/// Memory is 20 bytes per edge and 4 bytes per row and column.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use semst_sparse::SparseMatrix;
///
/// let device = Device::flex();
/// // [[0, 2], [1, 0]] times [[1, 10], [3, 30]]
/// let a = SparseMatrix::new(&[0, 1, 2], &[1, 0], &[2.0, 1.0], 2, &device)?;
/// let x = Tensor::<2>::from_floats([[1.0, 10.0], [3.0, 30.0]], &device);
/// assert_eq!(a.spmm(x).into_data().to_vec::<f32>().unwrap(), [6.0, 60.0, 1.0, 10.0]);
/// # Ok::<(), semst_sparse::SparseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SparseMatrix {
    ptr: Tensor<1, Int>,
    col: Tensor<1, Int>,
    t_ptr: Tensor<1, Int>,
    t_col: Tensor<1, Int>,
    t_perm: Tensor<1, Int>,
    values: Tensor<1>,
    n_rows: usize,
    n_cols: usize,
}

impl SparseMatrix {
    /// Moves a CSR matrix to a device: `indptr` [n_rows + 1], `indices` and `values` `[n_edges]`.
    ///
    /// # Errors
    /// When `indptr` is empty, decreases or does not end at the number of edges, when an index is not below `n_cols`,
    /// when `indices` and `values` differ in length, or when there are more than 2³¹ - 1 edges.
    pub fn new(
        indptr: &[usize],
        indices: &[u32],
        values: &[f32],
        n_cols: usize,
        device: &Device,
    ) -> Result<Self, SparseError> {
        let n_edges = indices.len();
        if values.len() != n_edges {
            return Err(SparseError::Values {
                indices: n_edges,
                values: values.len(),
            });
        }
        if indptr.first() != Some(&0)
            || indptr.last() != Some(&n_edges)
            || indptr.windows(2).any(|w| w[0] > w[1])
        {
            return Err(SparseError::Pointers { edges: n_edges });
        }
        if n_edges > i32::MAX as usize {
            return Err(SparseError::TooManyEdges { edges: n_edges });
        }
        if let Some(at) = indices.iter().position(|&c| c as usize >= n_cols) {
            return Err(SparseError::Index {
                at,
                index: indices[at],
                n_cols,
            });
        }
        let n_rows = indptr.len() - 1;
        let mut t_ptr = vec![0i32; n_cols + 1];
        for &c in indices {
            t_ptr[c as usize + 1] += 1;
        }
        for i in 0..n_cols {
            t_ptr[i + 1] += t_ptr[i];
        }
        let mut next = t_ptr.clone();
        let (mut t_col, mut t_perm) = (vec![0i32; n_edges], vec![0i32; n_edges]);
        for (row, w) in indptr.windows(2).enumerate() {
            for e in w[0]..w[1] {
                let slot = &mut next[indices[e] as usize];
                t_col[*slot as usize] = row as i32;
                t_perm[*slot as usize] = e as i32;
                *slot += 1;
            }
        }
        let int = |v: Vec<i32>| {
            let n = v.len();
            Tensor::<1, Int>::from_data(TensorData::new(v, [n]), device)
        };
        Ok(Self {
            ptr: int(indptr.iter().map(|&p| p as i32).collect()),
            col: int(indices.iter().map(|&c| c as i32).collect()),
            t_ptr: int(t_ptr),
            t_col: int(t_col),
            t_perm: int(t_perm),
            values: Tensor::from_data(TensorData::new(values.to_vec(), [n_edges]), device),
            n_rows,
            n_cols,
        })
    }

    /// Shape `[n_rows, n_cols]`.
    pub fn dims(&self) -> [usize; 2] {
        [self.n_rows, self.n_cols]
    }

    /// Number of stored entries.
    pub fn nnz(&self) -> usize {
        self.col.dims()[0]
    }

    /// The stored entries in row order, `[nnz]`.
    pub fn values(&self) -> Tensor<1> {
        self.values.clone()
    }

    /// Where each row begins among the stored entries, and their number at the end, `[n_rows + 1]`.
    pub fn pointers(&self) -> Tensor<1, Int> {
        self.ptr.clone()
    }

    /// Column of each stored entry, `[nnz]`.
    pub fn columns(&self) -> Tensor<1, Int> {
        self.col.clone()
    }

    /// The same pattern with other entries `[nnz]`, e.g. attention weights.
    pub fn with_values(mut self, values: Tensor<1>) -> Self {
        debug_assert_eq!(values.dims(), [self.nnz()]);
        self.values = values;
        self
    }

    /// `A · x`: [n_cols, d] -> [n_rows, d]. Gradients reach `x`, and the entries if they are tracked.
    pub fn spmm(&self, x: Tensor<2>) -> Tensor<2> {
        let y = Dispatch::spmm(
            self.values.clone().into_dispatch(),
            x.into_dispatch(),
            self.csr(),
        );
        Tensor::from_dispatch(y)
    }

    /// `Aᵀ · y`: [n_rows, d] -> [n_cols, d].
    pub fn spmm_t(&self, y: Tensor<2>) -> Tensor<2> {
        let x = Dispatch::spmm_t(
            self.values.clone().into_dispatch(),
            y.into_dispatch(),
            self.csr(),
        );
        Tensor::from_dispatch(x)
    }

    /// `<a[row], b[col]>` of each edge: [n_rows, d], [n_cols, d] -> `[nnz]`.
    pub fn sddmm(&self, a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
        Tensor::from_dispatch(Dispatch::sddmm(
            a.into_dispatch(),
            b.into_dispatch(),
            self.csr(),
        ))
    }

    /// Softmax of edge scores `[nnz]` over the edges of each row, for graph attention.
    pub fn edge_softmax(&self, scores: Tensor<1>) -> Tensor<1> {
        Tensor::from_dispatch(Dispatch::edge_softmax(scores.into_dispatch(), self.csr()))
    }

    pub(crate) fn csr(&self) -> Csr<Dispatch> {
        Csr {
            ptr: self.ptr.clone().into_dispatch(),
            col: self.col.clone().into_dispatch(),
            t_ptr: self.t_ptr.clone().into_dispatch(),
            t_col: self.t_col.clone().into_dispatch(),
            t_perm: self.t_perm.clone().into_dispatch(),
        }
    }
}
