//! Spot vectors made elsewhere.

use std::path::Path;

use ndarray::{Array2, Axis};
use semst_io::{OutsideRows, VectorFile, read_record};

use crate::{Provenance, Scaling, SemanticError, SemanticSource, Semantics, SpotExpression};

/// Vectors `[spots, dims]` from a file, made by an LLM, a foundation model or any other program.
///
/// With names, rows are matched to the barcodes: the file can have another order or more spots, but every
/// barcode must occur in it exactly once. Without names, it must have one row per spot, in the order of the spots.
/// [`Provenance::join`] has how the rows were found.
#[derive(Clone, Debug)]
pub struct Precomputed {
    name: String,
    vectors: Array2<f32>,
    names: Option<Vec<String>>,
    /// The place of the names.
    names_from: String,
    checksum: Option<String>,
    model: Option<String>,
    /// Record of a file that `semst embed` wrote.
    record: Option<Provenance>,
    scaling: Scaling,
}

impl Precomputed {
    /// Reads a file of any kind that [`VectorFile`] supports.
    ///
    /// # Errors
    /// As [`VectorFile::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SemanticError> {
        let file = VectorFile::open(path)?;
        let record = read_record::<Provenance>(&file.path);
        let mut own = Self::new(file.path.display().to_string(), file.vectors, file.names);
        own.names_from = file.names_from;
        own.checksum = Some(file.checksum);
        own.model = record.as_ref().and_then(|r| r.model.clone());
        own.record = record;
        Ok(own)
    }

    /// Vectors in memory, e.g. an `obsm` slot; `name` is the source that is recorded.
    pub fn new(name: impl Into<String>, vectors: Array2<f32>, names: Option<Vec<String>>) -> Self {
        Self {
            name: name.into(),
            vectors,
            names,
            names_from: "its names".into(),
            checksum: None,
            model: None,
            record: None,
            scaling: Scaling::default(),
        }
    }

    /// Sets the scaling (default: [`Scaling::default`]).
    #[must_use]
    pub fn with_scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// Sets the name of the model that made the vectors.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets the place of the names, for records and messages.
    #[must_use]
    pub fn with_names_from(mut self, place: impl Into<String>) -> Self {
        self.names_from = place.into();
        self
    }
}

impl SemanticSource for Precomputed {
    fn spot_embeddings(&self, spots: &SpotExpression<'_>) -> Result<Semantics, SemanticError> {
        if let Some(((row, column), &value)) =
            self.vectors.indexed_iter().find(|(_, v)| !v.is_finite())
        {
            let what = self.name.clone();
            return Err(SemanticError::Value {
                what,
                row,
                column,
                value,
            });
        }
        let table = OutsideRows {
            source: &self.name,
            names: self.names.as_deref(),
            names_from: &self.names_from,
            rows: self.vectors.nrows(),
        };
        let joined = table.join(spots.barcodes, None)?;
        let missing = || joined.rows.iter().position(Option::is_none);
        let rows: Option<Vec<usize>> = joined.rows.iter().copied().collect();
        let rows = rows.ok_or_else(|| SemanticError::BarcodeMissing {
            file: self.name.clone(),
            barcode: missing().map_or_else(String::new, |at| spots.barcodes[at].clone()),
            rows: self.vectors.nrows(),
            first: self
                .names
                .iter()
                .flatten()
                .next()
                .cloned()
                .unwrap_or_default(),
        })?;
        let reordered = self.names.as_ref().map(|names| names != spots.barcodes);
        let vectors = match reordered {
            Some(true) => self.vectors.select(Axis(0), &rows),
            _ => self.vectors.clone(),
        };
        let vectors = self.scaling.apply(vectors)?;
        let record = self.record.clone().unwrap_or_default();
        let provenance = Provenance {
            source: format!("precomputed: {}", self.name),
            model: self.model.clone(),
            recipe: record.recipe,
            control: record.control,
            seed: record.seed,
            spots_without_genes: record.spots_without_genes,
            prompts: record.prompts,
            checksum: self.checksum.clone(),
            scaling: Some(self.scaling.clone()),
            reordered,
            join: Some(joined.join),
            dims: vectors.ncols(),
            ..Provenance::default()
        };
        Ok(Semantics::of_spots(vectors, provenance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnScale, CountMatrix};
    use ndarray::array;

    fn embed(
        names: Option<&[&str]>,
        rows: usize,
        barcodes: &[&str],
    ) -> Result<Semantics, SemanticError> {
        let own = |x: &[&str]| x.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        let vectors = Array2::from_shape_fn((rows, 2), |(r, c)| (10 * r + c) as f32);
        let barcodes = own(barcodes);
        let expression = CountMatrix::zero((barcodes.len(), 0));
        let spots = SpotExpression {
            expression: &expression,
            symbols: &[],
            ids: None,
            barcodes: &barcodes,
        };
        Precomputed::new("llm.npy", vectors, names.map(own))
            .with_scaling(Scaling::new(ColumnScale::Keep))
            .spot_embeddings(&spots)
    }

    #[test]
    fn named_rows_follow_the_barcodes() -> Result<(), SemanticError> {
        let same = embed(Some(&["a", "b"]), 2, &["a", "b"])?;
        assert_eq!(
            (same.vectors, same.provenance.reordered),
            (array![[0.0, 1.0], [10.0, 11.0]], Some(false))
        );
        let turned = embed(Some(&["b", "x", "a"]), 3, &["a", "b"])?;
        assert_eq!(
            (turned.vectors, turned.provenance.reordered),
            (array![[20.0, 21.0], [0.0, 1.0]], Some(true))
        );
        Ok(())
    }

    #[track_caller]
    fn check_error(result: Result<Semantics, SemanticError>, expected: &str) {
        assert_eq!(
            result.err().map(|e| e.to_string()).as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        check_error(
            embed(None, 3, &["a", "b"]),
            "rows (no names, so one per spot is needed) of llm.npy: expected 2, got 3",
        );
        check_error(
            embed(Some(&["a", "c"]), 2, &["a", "b"]),
            "llm.npy has no row named b; it has 2 rows, the first is a",
        );
        check_error(
            embed(Some(&["a", "a"]), 2, &["a", "b"]),
            "llm.npy: a occurs twice, at rows 0 and 1",
        );
        check_error(
            embed(Some(&["a"]), 2, &["a", "b"]),
            "names of llm.npy: expected 2, got 1",
        );
    }
}
