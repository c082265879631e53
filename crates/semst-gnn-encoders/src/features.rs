//! The features of spots, dense or sparse, on a device.

use burn::tensor::{Device, Tensor, TensorData};
use ndarray::Array2;
use semst_preprocess::FeatureMatrix;
use semst_sparse::{SparseError, SparseMatrix};
use sprs::TriMatI;

/// Features of spots [n, f], never tracked by autodiff.
#[derive(Debug, Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "handles of tensors: a slide has one"
)]
pub enum Features {
    /// All numbers.
    Dense(Tensor<2>),
    /// Only the numbers that are not zero. Faster below a density of [`Features::DENSE_FROM`]; always needs less memory.
    Sparse(SparseMatrix),
}

/// The largest number of entries that is made dense: 400 MB.
const DENSE_UP_TO: usize = 100_000_000;

impl Features {
    /// The density from which products with a dense matrix are faster than sparse ones (docs/benchmarks.md).
    pub const DENSE_FROM: f64 = 0.3;

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

    /// A CSR matrix [n, f] in the form that trains fastest: dense from a density of [`Features::DENSE_FROM`] on, unless it would
    /// be very large.
    ///
    /// # Errors
    /// As [`SparseMatrix::new`].
    pub fn by_density(
        x: sprs::CsMatViewI<'_, f32, u32, usize>,
        device: &Device,
    ) -> Result<Self, SparseError> {
        let (n, f) = x.shape();
        let cells = n * f;
        if cells > DENSE_UP_TO || (x.nnz() as f64) < Self::DENSE_FROM * cells as f64 {
            return Self::sparse(x, device);
        }
        let mut values = vec![0.0; cells];
        for (row, stored) in values.chunks_mut(f.max(1)).zip(x.to_csr().outer_iterator()) {
            stored.iter().for_each(|(j, v)| row[j] = *v);
        }
        Ok(Self::dense(values, n, f, device))
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

    /// All numbers, for encoders that change or reconstruct them: [n, f].
    pub fn to_dense(&self) -> Tensor<2> {
        match self {
            Self::Dense(x) => x.clone(),
            Self::Sparse(x) => x.spmm(Tensor::eye(x.dims()[1], &x.values().device())),
        }
    }

    /// The numbers on the CPU, sparse if they are sparse here: [n, f].
    pub fn to_matrix(&self) -> FeatureMatrix {
        let [n, f] = self.dims();
        match self {
            Self::Dense(x) => {
                let values: Vec<f32> = x.clone().into_data().iter::<f32>().collect();
                let mut values = values.into_iter();
                FeatureMatrix::Dense(Array2::from_shape_simple_fn((n, f), || {
                    values.next().unwrap_or_default()
                }))
            }
            Self::Sparse(x) => {
                let pointers: Vec<i64> = x.pointers().into_data().iter::<i64>().collect();
                let columns: Vec<i64> = x.columns().into_data().iter::<i64>().collect();
                let rows = pointers.windows(2).enumerate();
                let rows = rows.flat_map(|(row, at)| (at[0]..at[1]).map(move |_| row as u32));
                let triplets = TriMatI::from_triplets(
                    (n, f),
                    rows.collect(),
                    columns.into_iter().map(|column| column as u32).collect(),
                    x.values().into_data().iter::<f32>().collect(),
                );
                FeatureMatrix::Sparse(triplets.to_csr())
            }
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
