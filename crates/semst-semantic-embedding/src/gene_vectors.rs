//! Vectors of the genes that a data set and a table share.

use ndarray::{Array1, Array2, Axis};

use crate::{Control, GeneTable, LookupReport, SemanticError};

/// Centred vectors of the genes present, and the column of the data to which each belongs.
///
/// Centring is over the genes present, before any other step: if their common mean stays, pooled vectors are not
/// better than shuffled ones (docs/protocol.md).
#[derive(Clone, Debug)]
pub struct GeneVectors {
    /// `[genes present, dims]`, columns sum to zero.
    pub vectors: Array2<f32>,
    /// For each vector its column of the data, ascending.
    pub columns: Vec<u32>,
    /// Which genes were found in the table.
    pub report: LookupReport,
}

impl GeneVectors {
    /// Looks up the genes of a data set, replaces their vectors by a control if one is given, and centres.
    ///
    /// # Errors
    /// As [`GeneTable::lookup`].
    ///
    /// ```
    /// use semst_semantic_embedding::{GeneTable, GeneVectors, Species};
    /// let table = GeneTable::builtin(Species::Mouse)?;
    /// let symbols = ["Gfap", "Mbp", "NoSuchGene"].map(String::from);
    /// let present = GeneVectors::new(&table, &symbols, None, None, 0)?;
    /// assert_eq!(present.columns, [0, 1]);
    /// assert_eq!(present.report.missing, ["NoSuchGene"]);
    /// # Ok::<(), semst_semantic_embedding::SemanticError>(())
    /// ```
    pub fn new(
        table: &GeneTable,
        symbols: &[String],
        ids: Option<&[String]>,
        control: Option<Control>,
        seed: u64,
    ) -> Result<Self, SemanticError> {
        let found = table.lookup(symbols, ids)?;
        let (columns, rows): (Vec<u32>, Vec<usize>) = (0u32..)
            .zip(&found.rows)
            .filter_map(|(g, row)| row.map(|r| (g, r as usize)))
            .unzip();
        let mut vectors = table.vectors().select(Axis(0), &rows);
        if let Some(control) = control {
            let names: Vec<&str> = columns
                .iter()
                .map(|&g| symbols[g as usize].as_str())
                .collect();
            vectors = control.gene_vectors(vectors, &names, seed)?;
        }
        centre(&mut vectors);
        Ok(Self {
            vectors,
            columns,
            report: found.report,
        })
    }

    /// Number of genes present.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether no gene is present.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Length of a vector.
    pub fn dims(&self) -> usize {
        self.vectors.ncols()
    }

    /// For each column of the data its row in `vectors`.
    pub(crate) fn row_of_column(&self, genes: usize) -> Vec<Option<u32>> {
        let mut rows = vec![None; genes];
        for (row, &column) in self.columns.iter().enumerate() {
            rows[column as usize] = Some(row as u32);
        }
        rows
    }
}

/// Subtracts the mean of each column, computed in double precision.
fn centre(vectors: &mut Array2<f32>) {
    let mut sum = Array1::<f64>::zeros(vectors.ncols());
    for row in vectors.outer_iter() {
        sum.zip_mut_with(&row, |s, &v| *s += f64::from(v));
    }
    let mean = sum.mapv(|s| (s / vectors.nrows().max(1) as f64) as f32);
    *vectors -= &mean;
}
