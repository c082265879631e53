//! Arrays aligned to spots or genes: `obsm`, `varm`, `obsp`.

use std::path::Path;

use ndarray::Array2;

use crate::dataset::{CountMatrix, SpatialDataset};
use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::h5ad::{contents, frame, matrix};
use crate::source::Source;
use crate::unique_names::make_unique;

/// An array of `obsm` or `varm`, with the names of its rows: barcodes (made unique as [`read`](crate::read) does) or gene names.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedRows {
    /// One name per row.
    pub names: Vec<String>,
    /// `[rows × anything]`
    pub rows: Array2<f32>,
}

/// Reads `obsm/KEY` or `varm/KEY` of an `.h5ad`: every row of the file, in its order.
///
/// # Errors
/// [`IoError::MissingKey`] with the keys that exist; [`IoError::Malformed`] when the slot is no array of two dimensions.
pub fn read_aligned(path: &Path, slot: &str) -> Result<AlignedRows, IoError> {
    h5::guarded(path, || {
        let file = H5File::open(path)?;
        let (table, key) = slot.split_once('/').unwrap_or(("", slot));
        let frame = match table {
            "obsm" => "obs",
            "varm" => "var",
            _ => {
                let mut keys = Vec::new();
                for table in ["obsm", "varm"] {
                    let there = contents::keys(&file, table)?;
                    keys.extend(there.iter().map(|key| format!("{table}/{key}")));
                }
                return Err(missing("obsm and varm", slot, keys));
            }
        };
        let there = contents::keys(&file, table)?;
        if !there.iter().any(|name| name == key) {
            return Err(missing(table, key, there));
        }
        let mut names = frame::index(&file, frame)?;
        if frame == "obs" {
            make_unique(&mut names);
        }
        let rows = array(&file, slot, names.len())?;
        Ok(AlignedRows { names, rows })
    })
}

/// Reads `obsp[key]` of the file that a slide came from, for the spots of the slide: `[N × N]`, values as stored.
///
/// Rows may be unsorted where the file has them so. O(stored values) time and memory, however the file stores them.
///
/// # Errors
/// [`IoError::MissingKey`] when there is none of that name, or the slide came from no `.h5ad`; [`IoError::Malformed`] when it
/// is not square with one row per spot of the file, or a value is not finite.
pub fn read_obsp(slide: &SpatialDataset, key: &str) -> Result<CountMatrix, IoError> {
    let Source::H5ad { path, rows, n_rows } = &slide.source else {
        return Err(missing("obsp", key, Vec::new()));
    };
    let whole = h5::guarded(path, || {
        let file = H5File::open(path)?;
        let there = contents::keys(&file, "obsp")?;
        if !there.iter().any(|name| name == key) {
            return Err(missing("obsp", key, there));
        }
        let slot = format!("obsp/{key}");
        let (n, m, _) = matrix::extent(&file, &slot)?;
        if (n, m) != (*n_rows, *n_rows) {
            let detail = format!("is {n} × {m}, but obs has {n_rows} rows");
            return Err(file.malformed(&slot, detail));
        }
        let found = matrix::read_weights(&file, &slot)?;
        match found.data.iter().position(|v| !v.is_finite()) {
            Some(at) => {
                let (row, column) = (found.major_of(at), found.indices[at]);
                let detail = format!("holds {} at row {row}, column {column}", found.data[at]);
                Err(file.malformed(&slot, detail))
            }
            None => Ok(found),
        }
    })?;
    let mut place = vec![None; *n_rows];
    for (at, &row) in (0u32..).zip(rows) {
        place[row] = Some(at);
    }
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for &row in rows {
        let mut links: Vec<(u32, f32)> = (whole.indptr[row]..whole.indptr[row + 1])
            .filter_map(|at| Some((place[whole.indices[at] as usize]?, whole.data[at])))
            .collect();
        links.sort_by_key(|link| link.0);
        // Repeated entries add up, as SciPy reads them.
        for same in links.chunk_by(|a, b| a.0 == b.0) {
            indices.push(same[0].0);
            data.push(same.iter().map(|link| link.1).sum());
        }
        indptr.push(indices.len());
    }
    Ok(CountMatrix::new(
        (rows.len(), rows.len()),
        indptr,
        indices,
        data,
    ))
}

/// An array of two dimensions with a row for each of `n` spots or genes.
pub(crate) fn array(file: &H5File, slot: &str, n: usize) -> Result<Array2<f32>, IoError> {
    if !file.is_dataset(slot)? {
        return Err(file.malformed(slot, "is no array"));
    }
    let &[rows, cols] = &file.shape(slot)?[..] else {
        return Err(file.malformed(slot, "is no array of two dimensions"));
    };
    let values = file.f32s(slot)?;
    if rows != n {
        return Err(file.malformed(slot, format!("has {rows} rows for {n} names")));
    }
    Array2::from_shape_vec((rows, cols), values)
        .map_err(|error| file.malformed(slot, error.to_string()))
}

fn missing(table: &str, key: &str, keys: Vec<String>) -> IoError {
    IoError::MissingKey {
        table: table.into(),
        key: key.into(),
        keys,
    }
}
