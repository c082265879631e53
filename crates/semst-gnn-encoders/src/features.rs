//! What a spot shows: its features, dense or sparse, on a device.

use burn::tensor::{Device, Tensor, TensorData};
use semst_sparse::{SparseError, SparseMatrix};

/// Features of spots [n, f], never tracked by autodiff.
#[derive(Debug, Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "handles of tensors: a slide has one"
)]
pub enum Features {
    /// All numbers.
    Dense(Tensor<2>),
    /// Only the numbers that are not zero: pays in time below a density of about 8 % (docs/methods.md 3.4), and always in memory.
    Sparse(SparseMatrix),
}

impl Features {
    /// Row-major numbers [n, f] on a device.
    pub fn dense(values: Vec<f32>, n: usize, f: usize, device: &Device) -> Self {
        Self::Dense(Tensor::from_data(TensorData::new(values, [n, f]), device))
    }

    /// A CSR matrix [n, f] on a device.
    ///
    /// # Errors
    /// As [`SparseMatrix::new`].
    pub fn sparse(
        x: sprs::CsMatViewI<'_, f32, u32, usize>,
        device: &Device,
    ) -> Result<Self, SparseError> {
        let x = x.to_csr();
        let indptr = x.proper_indptr().to_vec();
        SparseMatrix::new(&indptr, x.indices(), x.data(), x.cols(), device).map(Self::Sparse)
    }

    /// Shape `[n, f]`.
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Dense(x) => x.dims(),
            Self::Sparse(x) => x.dims(),
        }
    }

    /// `X · W`: [f, d] -> [n, d].
    pub fn matmul(&self, w: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Dense(x) => x.clone().matmul(w),
            Self::Sparse(x) => x.spmm(w),
        }
    }

    /// All numbers, for hosts that change or reconstruct them: [n, f].
    pub fn to_dense(&self) -> Tensor<2> {
        match self {
            Self::Dense(x) => x.clone(),
            Self::Sparse(x) => x.spmm(Tensor::eye(x.dims()[1], &x.values().device())),
        }
    }

    /// The entries that are not zero, as the target of a count likelihood.
    ///
    /// # Errors
    /// As [`SparseMatrix::new`].
    pub fn to_sparse(&self) -> Result<SparseMatrix, SparseError> {
        match self {
            Self::Sparse(x) => Ok(x.clone()),
            Self::Dense(x) => {
                let [n, f] = x.dims();
                let values: Vec<f32> = x.clone().into_data().iter::<f32>().collect();
                let mut indptr = Vec::with_capacity(n + 1);
                let (mut indices, mut kept) = (Vec::new(), Vec::new());
                indptr.push(0);
                for row in values.chunks(f.max(1)) {
                    for (j, v) in row.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                        indices.push(j as u32);
                        kept.push(*v);
                    }
                    indptr.push(indices.len());
                }
                SparseMatrix::new(&indptr, &indices, &kept, f, &x.device())
            }
        }
    }
}
