//! Rows of features as unit vectors.

use std::ops::Range;

use ndarray::{Array2, ArrayViewMut1, s};

use super::Expression;
use crate::GraphError;

/// Features whose rows are, on request, centred and scaled to length one.
pub(super) struct Directions<'a> {
    rows: Expression<'a>,
    mean: Vec<f64>,
    inverse_norm: Vec<f64>,
}

impl<'a> Directions<'a> {
    pub(super) fn new(rows: Expression<'a>, centered: bool) -> Result<Self, GraphError> {
        if let Expression::Sparse(matrix) = &rows
            && !matrix.is_csr()
        {
            return Err(GraphError::Structure {
                structure: "expression graph",
                reason: "sparse features must be compressed by rows".into(),
            });
        }
        let mut directions = Self {
            rows,
            mean: Vec::new(),
            inverse_norm: Vec::new(),
        };
        let f = directions.n_features() as f64;
        for row in 0..directions.len() {
            let (mut sum, mut square) = (0.0, 0.0);
            let mut wrong = None;
            directions.for_each(row, |column, value| {
                if !value.is_finite() {
                    wrong.get_or_insert((column, value));
                }
                let value = f64::from(value);
                sum += value;
                square += value * value;
            });
            if let Some((column, value)) = wrong {
                return Err(GraphError::Feature { row, column, value });
            }
            let mean = if centered { sum / f } else { 0.0 };
            let length = square - f * mean * mean;
            directions.mean.push(mean);
            directions.inverse_norm.push(if length > 1e-12 * square {
                length.sqrt().recip()
            } else {
                0.0
            });
        }
        Ok(directions)
    }

    pub(super) fn len(&self) -> usize {
        match &self.rows {
            Expression::Dense(matrix) => matrix.nrows(),
            Expression::Sparse(matrix) => matrix.rows(),
        }
    }

    pub(super) fn n_features(&self) -> usize {
        match &self.rows {
            Expression::Dense(matrix) => matrix.ncols(),
            Expression::Sparse(matrix) => matrix.cols(),
        }
    }

    /// Whether the row has a direction.
    pub(super) fn exists(&self, row: usize) -> bool {
        self.inverse_norm[row] > 0.0
    }

    /// Writes the unit vectors of a range of rows into the first rows of `tile`.
    pub(super) fn fill(&self, range: Range<usize>, tile: &mut Array2<f32>) {
        for (row, out) in range
            .clone()
            .zip(tile.slice_mut(s![..range.len(), ..]).rows_mut())
        {
            self.fill_row(row, out);
        }
    }

    /// The similarity of two rows, in f64.
    pub(super) fn similarity(&self, a: usize, b: usize) -> f64 {
        let dot = match &self.rows {
            Expression::Dense(matrix) => matrix
                .row(a)
                .iter()
                .zip(matrix.row(b))
                .map(|(&x, &y)| f64::from(x) * f64::from(y))
                .sum(),
            Expression::Sparse(matrix) => sparse_dot(sparse_row(matrix, a), sparse_row(matrix, b)),
        };
        (dot - self.n_features() as f64 * self.mean[a] * self.mean[b])
            * self.inverse_norm[a]
            * self.inverse_norm[b]
    }

    fn fill_row(&self, row: usize, mut out: ArrayViewMut1<f32>) {
        let (mean, scale) = (self.mean[row], self.inverse_norm[row]);
        out.fill((-mean * scale) as f32);
        self.for_each(row, |column, value| {
            out[column] = ((f64::from(value) - mean) * scale) as f32
        });
    }

    fn for_each(&self, row: usize, mut visit: impl FnMut(usize, f32)) {
        match &self.rows {
            Expression::Dense(matrix) => matrix
                .row(row)
                .iter()
                .enumerate()
                .for_each(|(column, &value)| visit(column, value)),
            Expression::Sparse(matrix) => {
                let (columns, values) = sparse_row(matrix, row);
                columns
                    .iter()
                    .zip(values)
                    .for_each(|(&column, &value)| visit(column as usize, value));
            }
        }
    }
}

fn sparse_row<'m>(
    matrix: &'m sprs::CsMatViewI<'_, f32, u32, usize>,
    row: usize,
) -> (&'m [u32], &'m [f32]) {
    let range = matrix.indptr().outer_inds_sz(row);
    (&matrix.indices()[range.clone()], &matrix.data()[range])
}

fn sparse_dot((columns_a, a): (&[u32], &[f32]), (columns_b, b): (&[u32], &[f32])) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < columns_a.len() && j < columns_b.len() {
        match columns_a[i].cmp(&columns_b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += f64::from(a[i]) * f64::from(b[j]);
                i += 1;
                j += 1;
            }
        }
    }
    sum
}
