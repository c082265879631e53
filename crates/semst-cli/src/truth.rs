//! Known domains, from a column of `obs` or a file of barcodes and labels.

use anyhow::{Context, Result};
use semst::Truth;
use semst::io::{Obs, read_labels};
use std::path::Path;

/// Reads the truth of a slide: a column of `obs`, or a CSV/TSV file whose first column is the barcode and second the label.
pub(crate) fn read(obs: &Obs, barcodes: &[String], key: &str) -> Result<Truth> {
    let path = Path::new(key);
    if obs.get(key).is_none() && path.is_file() {
        let stem = path.file_stem();
        return Ok(Truth {
            key: stem.map_or_else(|| "truth".into(), |s| s.to_string_lossy().into_owned()),
            labels: read_labels(path, barcodes)?,
        });
    }
    Ok(Truth {
        key: key.into(),
        labels: obs
            .labels(key)
            .context("the truth is neither a column nor a file")?,
    })
}
