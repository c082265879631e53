//! Smoothing of expression over genes of like meaning.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::{CountMatrix, GeneVectors, SemanticError};

/// Spots per block: fixed, so that results do not depend on threads.
const BLOCK: usize = 256;

/// The kernel `X ← X + t · (X Q) Qᵀ / √G`: each gene takes from the genes whose text is like its own.
///
/// Q `[genes, dims]` holds the centred vectors at unit length, G the genes with a vector. Genes without one neither
/// give nor take. `Q Qᵀ` is never formed. To put a control in place of the real vectors, make the
/// [`GeneVectors`] with it.
///
/// ```
/// use semst_semantic_embedding::{CountMatrix, GeneKernel, GeneTable, GeneVectors, Species};
/// let table = GeneTable::builtin(Species::Human)?;
/// let symbols = ["MBP", "PLP1", "SNAP25", "SYT1"].map(String::from);
/// let kernel = GeneKernel::new(&GeneVectors::new(&table, &symbols, None, None, 0)?, symbols.len(), 0.5)?;
/// let x = CountMatrix::new((1, 4), vec![0, 1], vec![0], vec![2.0]); // a spot with MBP alone
/// let y = kernel.smooth(&x)?;
/// assert!(y[[0, 1]] > y[[0, 2]]); // PLP1 gains more than SNAP25
/// # Ok::<(), semst_semantic_embedding::SemanticError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GeneKernel {
    /// `[genes of the data, dims]`, zero rows for genes without a vector.
    axes: Array2<f32>,
    /// `t / √G`
    weight: f32,
}

impl GeneKernel {
    /// A kernel of strength `t` over the `columns` of the data that the vectors were looked up for.
    ///
    /// # Errors
    /// When `t` is not finite, or a vector belongs to a column beyond `columns`.
    pub fn new(genes: &GeneVectors, columns: usize, t: f32) -> Result<Self, SemanticError> {
        if !t.is_finite() {
            return Err(SemanticError::Config {
                field: "t",
                value: t.to_string(),
                bound: "finite",
            });
        }
        let mut axes = Array2::zeros((columns, genes.dims()));
        for (vector, &column) in genes.vectors.outer_iter().zip(&genes.columns) {
            if column as usize >= columns {
                return Err(SemanticError::Length {
                    what: "columns of the expression against genes looked up".into(),
                    expected: column as usize + 1,
                    got: columns,
                });
            }
            let length = vector.dot(&vector).sqrt();
            if length > 0.0 {
                axes.row_mut(column as usize).assign(&(&vector / length));
            }
        }
        let weight = t / (genes.len().max(1) as f32).sqrt();
        Ok(Self { axes, weight })
    }

    /// Coordinates of the spots on the axes of meaning, `X Q`, `[spots, dims]`.
    ///
    /// # Errors
    /// When `x` has another number of genes.
    ///
    /// # Complexity
    /// O(non-zeros · dims).
    pub fn project(&self, x: &CountMatrix) -> Result<Array2<f32>, SemanticError> {
        self.check(x)?;
        let mut out = Array2::zeros((x.rows(), self.axes.ncols()));
        let indptr = x.indptr();
        out.axis_chunks_iter_mut(Axis(0), BLOCK)
            .into_par_iter()
            .enumerate()
            .for_each(|(block, mut rows)| {
                for (i, mut row) in rows.outer_iter_mut().enumerate() {
                    let range = indptr.outer_inds_sz(block * BLOCK + i);
                    for (&gene, &value) in x.indices()[range.clone()].iter().zip(&x.data()[range]) {
                        row.scaled_add(value, &self.axes.row(gene as usize));
                    }
                }
            });
        Ok(out)
    }

    /// Smoothed expression of all genes, dense `[spots, genes]`.
    ///
    /// # Errors
    /// As [`GeneKernel::project`].
    ///
    /// # Complexity
    /// O(spots · genes · dims).
    pub fn smooth(&self, x: &CountMatrix) -> Result<Array2<f32>, SemanticError> {
        let all: Vec<usize> = (0..self.axes.nrows()).collect();
        self.smooth_onto(x, &all)
    }

    /// Smoothed expression of chosen columns, e.g. the highly variable genes, dense `[spots, columns]`. All genes
    /// give, the chosen ones take.
    ///
    /// # Errors
    /// As [`GeneKernel::project`], and when a column is out of range.
    ///
    /// # Complexity
    /// O(spots · columns · dims).
    pub fn smooth_onto(
        &self,
        x: &CountMatrix,
        columns: &[usize],
    ) -> Result<Array2<f32>, SemanticError> {
        if let Some(&column) = columns.iter().find(|&&c| c >= self.axes.nrows()) {
            return Err(SemanticError::Config {
                field: "columns",
                value: column.to_string(),
                bound: "below the number of genes",
            });
        }
        let projected = self.project(x)?;
        let axes = self.axes.select(Axis(0), columns);
        let mut place = vec![None; self.axes.nrows()];
        for (at, &column) in columns.iter().enumerate() {
            place[column] = Some(at);
        }
        let mut out = self.spread(projected.view(), axes.view());
        let indptr = x.indptr();
        out.axis_chunks_iter_mut(Axis(0), BLOCK)
            .into_par_iter()
            .enumerate()
            .for_each(|(block, mut rows)| {
                for (i, mut row) in rows.outer_iter_mut().enumerate() {
                    let range = indptr.outer_inds_sz(block * BLOCK + i);
                    for (&gene, &value) in x.indices()[range.clone()].iter().zip(&x.data()[range]) {
                        if let Some(at) = place[gene as usize] {
                            row[at] += value;
                        }
                    }
                }
            });
        Ok(out)
    }

    /// `t / √G · P Qᵀ`
    fn spread(&self, projected: ArrayView2<'_, f32>, axes: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut out = Array2::zeros((projected.nrows(), axes.nrows()));
        out.axis_chunks_iter_mut(Axis(0), BLOCK)
            .into_par_iter()
            .zip(projected.axis_chunks_iter(Axis(0), BLOCK))
            .for_each(|(mut out, p)| {
                ndarray::linalg::general_mat_mul(self.weight, &p, &axes.t(), 0.0, &mut out)
            });
        out
    }

    fn check(&self, x: &CountMatrix) -> Result<(), SemanticError> {
        if x.cols() != self.axes.nrows() || !x.is_csr() {
            return Err(SemanticError::Length {
                what: "columns of the expression (CSR) against genes of the kernel".into(),
                expected: self.axes.nrows(),
                got: x.cols(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
