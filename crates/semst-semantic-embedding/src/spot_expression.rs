//! The input of a semantic source: expression, names of genes, names of spots.

use crate::{SemanticError, TopK};

/// Counts or processed values, CSR, `[spots, genes]`.
pub type CountMatrix = sprs::CsMatI<f32, u32, usize>;

/// Expression of a slide with the names of its genes and spots.
#[derive(Clone, Copy, Debug)]
pub struct SpotExpression<'a> {
    /// Non-negative values `[spots, genes]`, counts or normalised; each pooling documents what it needs.
    pub expression: &'a CountMatrix,
    /// Symbols of the genes, one per column.
    pub symbols: &'a [String],
    /// Ensembl ids of the genes, one per column.
    pub ids: Option<&'a [String]>,
    /// Names of the spots, one per row.
    pub barcodes: &'a [String],
}

impl<'a> SpotExpression<'a> {
    /// Number of spots.
    pub fn spots(&self) -> usize {
        self.expression.rows()
    }

    /// Number of genes.
    pub fn genes(&self) -> usize {
        self.expression.cols()
    }

    /// Checks that lengths agree and that values are finite and not negative.
    ///
    /// # Errors
    /// Names the part that differs, or the first bad value.
    pub fn check(&self) -> Result<(), SemanticError> {
        let lengths = [
            (
                "gene symbols against columns of the expression",
                self.genes(),
                Some(self.symbols.len()),
            ),
            (
                "gene ids against columns of the expression",
                self.genes(),
                self.ids.map(<[String]>::len),
            ),
            (
                "barcodes against rows of the expression",
                self.spots(),
                Some(self.barcodes.len()),
            ),
        ];
        for (what, expected, got) in lengths {
            if let Some(got) = got.filter(|&got| got != expected) {
                return Err(SemanticError::Length {
                    what: what.into(),
                    expected,
                    got,
                });
            }
        }
        if !self.expression.is_csr() {
            return Err(SemanticError::Config {
                field: "expression",
                value: "a CSC matrix".into(),
                bound: "a CSR matrix, one row per spot (`to_csr()`)",
            });
        }
        for row in 0..self.spots() {
            let (genes, values) = self.row(row);
            if let Some(at) = values.iter().position(|v| !v.is_finite() || *v < 0.0) {
                return Err(SemanticError::Value {
                    what: "expression".into(),
                    row,
                    column: genes[at] as usize,
                    value: values[at],
                });
            }
        }
        Ok(())
    }

    /// For each spot the columns of its `k` genes with the highest values, highest first; the earlier column wins a tie, and
    /// genes at zero are left out.
    ///
    /// # Errors
    /// As [`SpotExpression::check`].
    pub fn highest_genes(&self, k: usize) -> Result<Vec<Vec<u32>>, SemanticError> {
        self.check()?;
        let of_spot = |spot| {
            let (columns, values) = self.row(spot);
            let best = TopK::highest(values, k).into_iter();
            best.filter(|&at| values[at as usize] > 0.0)
                .map(|at| columns[at as usize])
                .collect()
        };
        Ok((0..self.spots()).map(of_spot).collect())
    }

    /// Columns and values of a spot.
    pub(crate) fn row(&self, spot: usize) -> (&'a [u32], &'a [f32]) {
        let indptr = self.expression.indptr();
        let range = indptr.outer_inds_sz(spot);
        (
            &self.expression.indices()[range.clone()],
            &self.expression.data()[range],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_genes_of_ties_zeros_and_bare_spots() -> Result<(), SemanticError> {
        let symbols = ["A", "B", "C"].map(String::from);
        let barcodes = ["x", "y", "z"].map(String::from);
        // x: A and C tie; y: nothing; z: an explicit zero.
        let expression = CountMatrix::new(
            (3, 3),
            vec![0, 2, 2, 4],
            vec![0, 2, 0, 1],
            vec![2.0, 2.0, 0.0, 1.0],
        );
        let spots = SpotExpression {
            expression: &expression,
            symbols: &symbols,
            ids: None,
            barcodes: &barcodes,
        };
        assert_eq!(spots.highest_genes(10)?, [vec![0, 2], vec![], vec![1]]);
        assert_eq!(spots.highest_genes(1)?, [vec![0], vec![], vec![1]]);
        Ok(())
    }
}
