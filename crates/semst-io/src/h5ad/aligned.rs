//! Arrays aligned to spots or genes: `obsm`, `varm`, `obsp`.

use std::collections::HashMap;
use std::path::Path;

use ndarray::{Array2, Axis};

use crate::dataset::CountMatrix;
use crate::draft::Aligned;
use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::h5ad::{contents, frame, matrix};
use crate::read_config::ReadConfig;
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
/// [`IoError::MissingKey`] with the keys that exist; [`IoError::Malformed`] when the slot is not an array of two dimensions.
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
        check_key(&file, table, key)?;
        let mut names = frame::index(&file, frame)?;
        if frame == "obs" {
            make_unique(&mut names);
        }
        let rows = array(&file, slot, names.len())?;
        Ok(AlignedRows { names, rows })
    })
}

/// Reads the keys of `obsm`, `varm` and `obsp` that the config names, every row of the file.
pub(crate) fn read(
    file: &H5File,
    config: &ReadConfig,
    n_spots: usize,
    var: &str,
) -> Result<Aligned, IoError> {
    let mut aligned = Aligned::default();
    for key in &config.obsm {
        check_key(file, "obsm", key)?;
        let rows = array(file, &format!("obsm/{key}"), n_spots)?;
        aligned.obsm.insert(key.clone(), rows);
    }
    for key in &config.varm {
        check_key(file, "varm", key)?;
        aligned.varm.insert(key.clone(), gene_rows(file, key, var)?);
    }
    for key in &config.obsp {
        check_key(file, "obsp", key)?;
        aligned
            .obsp
            .insert(key.clone(), weights(file, key, n_spots)?);
    }
    Ok(aligned)
}

/// The rows of `varm/KEY` for the genes of `var`, or of the `raw/var` that the counts belong to.
fn gene_rows(file: &H5File, key: &str, var: &str) -> Result<Array2<f32>, IoError> {
    let slot = format!("varm/{key}");
    let names = frame::index(file, "var")?;
    let rows = array(file, &slot, names.len())?;
    if var == "var" {
        return Ok(rows);
    }
    let places: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let wanted = frame::index(file, var)?;
    let place = |name: &String| {
        places.get(name.as_str()).copied().ok_or_else(|| {
            let detail = format!(
                "has no row for the gene `{name}` of {var}, where the counts come from; set `layer` to a matrix of the genes in var"
            );
            file.malformed(&slot, detail)
        })
    };
    let order = wanted.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    Ok(rows.select(Axis(0), &order))
}

/// The weights of `obsp/KEY`, `[N × N]`, rows sorted. O(stored values) time and memory, however the file stores them.
fn weights(file: &H5File, key: &str, n_spots: usize) -> Result<CountMatrix, IoError> {
    let slot = format!("obsp/{key}");
    let (n, m, _) = matrix::extent(file, &slot)?;
    if (n, m) != (n_spots, n_spots) {
        let detail = format!("is {n} × {m}, but obs has {n_spots} rows");
        return Err(file.malformed(&slot, detail));
    }
    let found = matrix::read_weights(file, &slot)?;
    if let Some(at) = found.data.iter().position(|v| !v.is_finite()) {
        let (row, column) = (found.major_of(at), found.indices[at]);
        let detail = format!("holds {} at row {row}, column {column}", found.data[at]);
        return Err(file.malformed(&slot, detail));
    }
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for row in 0..n {
        let mut links: Vec<(u32, f32)> = (found.indptr[row]..found.indptr[row + 1])
            .map(|at| (found.indices[at], found.data[at]))
            .collect();
        links.sort_by_key(|link| link.0);
        // Repeated entries add up, as SciPy reads them.
        for same in links.chunk_by(|a, b| a.0 == b.0) {
            indices.push(same[0].0);
            data.push(same.iter().map(|link| link.1).sum());
        }
        indptr.push(indices.len());
    }
    Ok(CountMatrix::new((n, n), indptr, indices, data))
}

fn check_key(file: &H5File, table: &str, key: &str) -> Result<(), IoError> {
    let there = contents::keys(file, table)?;
    if there.iter().any(|name| name == key) {
        return Ok(());
    }
    Err(missing(table, key, there))
}

/// An array of two dimensions with a row for each of `n` spots or genes.
pub(crate) fn array(file: &H5File, slot: &str, n: usize) -> Result<Array2<f32>, IoError> {
    if !file.is_dataset(slot)? {
        return Err(file.malformed(slot, "is not an array"));
    }
    let &[rows, cols] = &file.shape(slot)?[..] else {
        return Err(file.malformed(slot, "is not an array of two dimensions"));
    };
    if rows != n {
        return Err(file.malformed(slot, format!("has {rows} rows for {n} names")));
    }
    let values = file.f32s(slot)?;
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
