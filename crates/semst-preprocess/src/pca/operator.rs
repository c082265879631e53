//! Products with features minus their column means, without forming the centred matrix.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;
use sprs::{CsMatI, CsMatViewI};

use crate::{FeatureView, PreprocessError};

/// Rows of a dense tile. Fixed, so that the bits do not depend on the number of threads.
const TILE: usize = 128;

/// From this many rows on, the Gram matrix of sparse features is formed: one pass over the rows instead of some hundred.
const GRAM_FROM: usize = 20_000;
/// Except when rows hold more values than this on average, or there are more columns than that (f64, so 288 MB).
const GRAM_ROW: usize = 1000;
const GRAM_SIDE: usize = 6000;
/// Columns whose rows of the Gram matrix one task fills: 1 MB at 2,000 columns.
const GRAM_BLOCK: usize = 64;

/// X − 1 μᵀ, as an operator. Blocks of vectors are rows: [b × F] in and [b × N] out, and vice versa for the transpose.
pub(super) struct Centered<'a> {
    matrix: Storage<'a>,
    mean: Array1<f64>,
    total_variance: f64,
    n: usize,
    gram: Option<Array2<f64>>,
}

enum Storage<'a> {
    Dense(ArrayView2<'a, f32>),
    /// By rows, and by columns for the transposed product.
    Sparse(CsMatViewI<'a, f32, u32, usize>, CsMatI<f32, u32, usize>),
}

impl<'a> Centered<'a> {
    pub(super) fn new(features: FeatureView<'a>) -> Result<Self, PreprocessError> {
        let (n, f) = features.shape();
        let matrix = match features {
            FeatureView::Dense(matrix) => Storage::Dense(matrix),
            FeatureView::Sparse(matrix) if !matrix.is_csr() => return Err(PreprocessError::NotCsr),
            FeatureView::Sparse(matrix) => Storage::Sparse(matrix, matrix.to_other_storage()),
        };
        let wrong = match &matrix {
            Storage::Dense(matrix) => matrix
                .indexed_iter()
                .find(|(_, value)| !value.is_finite())
                .map(|(at, &value)| (at, value)),
            Storage::Sparse(matrix, _) => matrix
                .iter()
                .find(|(value, _)| !value.is_finite())
                .map(|(&value, (row, column))| ((row as usize, column as usize), value)),
        };
        if let Some(((spot, gene), value)) = wrong {
            return Err(PreprocessError::Value { spot, gene, value });
        }
        let moments: Vec<(f64, f64)> = (0..f)
            .into_par_iter()
            .map(|column| matrix.column_moments(n, column))
            .collect();
        let mean = moments.iter().map(|&(mean, _)| mean).collect();
        let total_variance =
            moments.iter().map(|&(_, square)| square).sum::<f64>() / (n.max(2) - 1) as f64;
        let gram = match &matrix {
            Storage::Sparse(rows, _)
                if n >= GRAM_FROM && f <= GRAM_SIDE && rows.nnz() <= GRAM_ROW * n =>
            {
                Some(gram(rows, &mean))
            }
            _ => None,
        };
        Ok(Self {
            matrix,
            mean,
            total_variance,
            n,
            gram,
        })
    }

    /// The sum over columns of their variance.
    pub(super) fn total_variance(&self) -> f64 {
        self.total_variance
    }

    /// Whether the Gram matrix is that of the columns (when there are not more columns than rows).
    pub(super) fn over_features(&self) -> bool {
        self.mean.len() <= self.n
    }

    /// The side of the Gram matrix.
    pub(super) fn side(&self) -> usize {
        self.mean.len().min(self.n)
    }

    /// The Gram matrix times vectors, [b × side] → [b × side].
    pub(super) fn gram_times(&self, vectors: &Array2<f64>) -> Array2<f64> {
        if let Some(gram) = &self.gram {
            vectors.dot(gram)
        } else if self.over_features() {
            self.transpose_times(&self.times(vectors))
        } else {
            self.times(&self.transpose_times(vectors))
        }
    }

    /// (X − 1 μᵀ) v for every row v of `vectors`: [b × F] → [b × N].
    pub(super) fn times(&self, vectors: &Array2<f64>) -> Array2<f64> {
        let b = vectors.nrows();
        let mut out = Array2::<f64>::zeros((self.n, b));
        match &self.matrix {
            Storage::Sparse(rows, _) => {
                let (offset, vectors) = (
                    vectors.dot(&self.mean),
                    vectors.t().as_standard_layout().into_owned(),
                );
                gather(
                    rows.indptr().raw_storage(),
                    rows.indices(),
                    rows.data(),
                    &vectors,
                    &mut out,
                );
                out.rows_mut()
                    .into_iter()
                    .for_each(|mut row| row -= &offset);
            }
            Storage::Dense(matrix) => {
                out.axis_chunks_iter_mut(Axis(0), TILE)
                    .into_par_iter()
                    .enumerate()
                    .for_each(|(tile, mut out)| {
                        let rows = matrix.slice(s![tile * TILE..tile * TILE + out.nrows(), ..]);
                        out.assign(&(rows.mapv(f64::from) - &self.mean).dot(&vectors.t()));
                    });
            }
        }
        out.reversed_axes().as_standard_layout().into_owned()
    }

    /// (X − 1 μᵀ)ᵀ v for every row v of `vectors`: [b × N] → [b × F].
    pub(super) fn transpose_times(&self, vectors: &Array2<f64>) -> Array2<f64> {
        let (b, f) = (vectors.nrows(), self.mean.len());
        let mut out = Array2::<f64>::zeros((f, b));
        match &self.matrix {
            Storage::Sparse(_, columns) => {
                let (sums, vectors) = (
                    vectors.sum_axis(Axis(1)),
                    vectors.t().as_standard_layout().into_owned(),
                );
                gather(
                    columns.indptr().raw_storage(),
                    columns.indices(),
                    columns.data(),
                    &vectors,
                    &mut out,
                );
                out.rows_mut()
                    .into_iter()
                    .zip(&self.mean)
                    .for_each(|(mut row, &mean)| row.scaled_add(-mean, &sums));
            }
            Storage::Dense(matrix) => {
                out.axis_chunks_iter_mut(Axis(0), TILE)
                    .into_par_iter()
                    .enumerate()
                    .for_each(|(tile, mut out)| {
                        let range = tile * TILE..tile * TILE + out.nrows();
                        let centered = matrix.slice(s![.., range.clone()]).mapv(f64::from)
                            - self.mean.slice(s![range]);
                        out.assign(&centered.t().dot(&vectors.t()));
                    });
            }
        }
        out.reversed_axes().as_standard_layout().into_owned()
    }
}

impl Storage<'_> {
    /// Mean of a column, and the sum of squares about it.
    fn column_moments(&self, n: usize, column: usize) -> (f64, f64) {
        let of = |values: &mut dyn Iterator<Item = f32>| {
            let values: Vec<f64> = values.map(f64::from).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (mean, square + (n - values.len()) as f64 * mean * mean)
        };
        match self {
            Self::Dense(matrix) => of(&mut matrix.column(column).iter().copied()),
            Self::Sparse(_, columns) => of(&mut columns.data()
                [columns.indptr().outer_inds_sz(column)]
            .iter()
            .copied()),
        }
    }
}

/// (X − 1 μᵀ)ᵀ(X − 1 μᵀ) = XᵀX − N μ μᵀ of sparse rows, [F × F]: every entry is summed by one thread, in the order of the rows.
fn gram(rows: &CsMatViewI<'_, f32, u32, usize>, mean: &Array1<f64>) -> Array2<f64> {
    let (n, f) = (rows.rows() as f64, mean.len());
    let (indptr, indices, data) = (rows.indptr(), rows.indices(), rows.data());
    let indptr = indptr.raw_storage();
    let mut gram = Array2::<f64>::zeros((f, f));
    gram.axis_chunks_iter_mut(Axis(0), GRAM_BLOCK)
        .into_par_iter()
        .enumerate()
        .for_each(|(block, mut out)| {
            let first = (block * GRAM_BLOCK) as u32;
            let last = first + out.nrows() as u32;
            for bounds in indptr.windows(2) {
                let columns = &indices[bounds[0]..bounds[1]];
                let values = &data[bounds[0]..bounds[1]];
                let start = columns.partition_point(|&column| column < first);
                for (at, &column) in columns.iter().enumerate().skip(start) {
                    if column >= last {
                        break;
                    }
                    let value = f64::from(values[at]);
                    let mut sums = out.row_mut((column - first) as usize);
                    for (&other, &y) in columns[at..].iter().zip(&values[at..]) {
                        sums[other as usize] += value * f64::from(y);
                    }
                }
            }
        });
    for i in 0..f {
        for j in i..f {
            let value = gram[[i, j]] - n * mean[i] * mean[j];
            (gram[[i, j]], gram[[j, i]]) = (value, value);
        }
    }
    gram
}

/// out[i, :] = Σⱼ aᵢⱼ vectors[j, :] for a compressed matrix; one thread computes each row, in order.
fn gather(
    indptr: &[usize],
    indices: &[u32],
    data: &[f32],
    vectors: &Array2<f64>,
    out: &mut Array2<f64>,
) {
    let b = vectors.ncols();
    let (Some(from), Some(to)) = (vectors.as_slice(), out.as_slice_mut()) else {
        return;
    };
    if b == 0 {
        return;
    }
    to.par_chunks_mut(b)
        .with_min_len(32)
        .enumerate()
        .for_each(|(row, sum)| {
            for at in indptr[row]..indptr[row + 1] {
                let (value, start) = (f64::from(data[at]), indices[at] as usize * b);
                sum.iter_mut()
                    .zip(&from[start..start + b])
                    .for_each(|(sum, &x)| *sum += value * x);
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use sprs::TriMatI;

    #[test]
    fn the_formed_gram_matrix_is_that_of_the_products() -> Result<(), PreprocessError> {
        let mut triplets = TriMatI::<f32, u32>::new((300, 150));
        for i in 0..300usize {
            for j in (i % 7..150).step_by(11) {
                triplets.add_triplet(i, j, ((i * j) as f32 * 0.37).sin() + 0.8);
            }
        }
        let x: CsMatI<f32, u32, usize> = triplets.to_csr();
        let centred = Centered::new((&x).into())?;
        let by_products = centred.gram_times(&Array2::eye(150));
        let formed = gram(&x.view(), &centred.mean);
        for (a, b) in formed.iter().zip(&by_products) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
        Ok(())
    }
}
