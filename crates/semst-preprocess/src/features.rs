//! The output of preprocessing.

use ndarray::{Array2, ArrayView2};
use sprs::{CsMatI, CsMatViewI};

/// Features of spots; rows are the spots of the counts, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// The values, [N × F].
    pub matrix: FeatureMatrix,
    /// The genes that were used, as indices into the columns of the counts, ascending. If columns are genes, column j is gene
    /// `genes[j]`.
    pub genes: Vec<usize>,
    /// The meaning of the columns of `matrix`.
    pub columns: Columns,
}

/// A matrix of features, dense or sparse.
#[derive(Debug, Clone, PartialEq)]
pub enum FeatureMatrix {
    /// Compressed by rows.
    Sparse(CsMatI<f32, u32, usize>),
    /// In row-major order.
    Dense(Array2<f32>),
}

/// A view of a matrix of features.
#[derive(Debug, Clone)]
pub enum FeatureView<'a> {
    /// Compressed by rows.
    Sparse(CsMatViewI<'a, f32, u32, usize>),
    /// Dense.
    Dense(ArrayView2<'a, f32>),
}

/// The meaning of the columns of features.
#[derive(Debug, Clone, PartialEq)]
pub enum Columns {
    /// Each column is a gene.
    Genes,
    /// Principal components, with the share of the variance that each explains.
    Components {
        /// Variance of every component over variance of all features.
        explained_variance_ratio: Vec<f64>,
    },
}

impl FeatureMatrix {
    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Sparse(matrix) => matrix.shape(),
            Self::Dense(matrix) => matrix.dim(),
        }
    }

    /// A view.
    pub fn view(&self) -> FeatureView<'_> {
        match self {
            Self::Sparse(matrix) => FeatureView::Sparse(matrix.view()),
            Self::Dense(matrix) => FeatureView::Dense(matrix.view()),
        }
    }

    /// The values as a dense matrix; N · F numbers.
    pub fn to_dense(&self) -> Array2<f32> {
        match self {
            Self::Sparse(matrix) => matrix.to_dense(),
            Self::Dense(matrix) => matrix.clone(),
        }
    }
}

impl FeatureView<'_> {
    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Sparse(matrix) => matrix.shape(),
            Self::Dense(matrix) => matrix.dim(),
        }
    }
}

impl<'a> From<&'a FeatureMatrix> for FeatureView<'a> {
    fn from(matrix: &'a FeatureMatrix) -> Self {
        matrix.view()
    }
}

impl<'a> From<&'a Array2<f32>> for FeatureView<'a> {
    fn from(matrix: &'a Array2<f32>) -> Self {
        Self::Dense(matrix.view())
    }
}

impl<'a> From<ArrayView2<'a, f32>> for FeatureView<'a> {
    fn from(matrix: ArrayView2<'a, f32>) -> Self {
        Self::Dense(matrix)
    }
}

impl<'a> From<&'a CsMatI<f32, u32, usize>> for FeatureView<'a> {
    fn from(matrix: &'a CsMatI<f32, u32, usize>) -> Self {
        Self::Sparse(matrix.view())
    }
}
