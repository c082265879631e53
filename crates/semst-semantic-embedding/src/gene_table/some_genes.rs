//! Reads only the genes of one data set from a large table.

use std::path::Path;

use ndarray::Array2;
use semst_io::RowFile;

use super::{GeneTable, TableOrigin};
use crate::SemanticError;

/// Tables up to this size are read completely, and the checksum covers all bytes.
const WHOLE: u64 = 64 << 20;

impl GeneTable {
    /// Reads the rows of the genes of a data set, looked up as by [`GeneTable::lookup`].
    ///
    /// Of an `.npy` or a `.safetensors` above 64 MiB, only the header, the names and these rows are read, each from its place
    /// in the file. So the cost of a table of 2 GB is that of its used rows. (Mapping the file into memory would be
    /// `unsafe`, because another program could truncate it.) The checksum then covers these rows, and states this. Any other file
    /// is read completely, as by [`GeneTable::open`].
    ///
    /// # Errors
    /// As [`GeneTable::open`] and [`GeneTable::lookup`].
    pub fn open_for(
        path: impl AsRef<Path>,
        symbols: &[String],
        ids: Option<&[String]>,
    ) -> Result<Self, SemanticError> {
        Self::open_above(path.as_ref(), symbols, ids, WHOLE)
    }

    pub(super) fn open_above(
        path: &Path,
        symbols: &[String],
        ids: Option<&[String]>,
        whole: u64,
    ) -> Result<Self, SemanticError> {
        let size = std::fs::metadata(path).map_or(0, |m| m.len());
        let file = match size > whole {
            true => RowFile::open(path)?,
            false => None,
        };
        let Some(mut file) = file else {
            return Self::open(path);
        };
        let name = path.display().to_string();
        let names = std::mem::take(&mut file.names);
        let empty = Array2::zeros((names.len(), 0));
        let index = Self::new(names, empty, TableOrigin::new(name))?;
        let found = index.lookup(symbols, ids)?.rows;
        let mut rows: Vec<usize> = found.into_iter().flatten().map(|r| r as usize).collect();
        rows.sort_unstable();
        rows.dedup();
        let (vectors, checksum) = file.read(&rows)?;
        let used = rows.iter().map(|&row| index.symbols[row].clone()).collect();
        Self::new(used, vectors, TableOrigin::of_file(path, checksum))
    }
}
