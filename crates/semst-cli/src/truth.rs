//! Known domains, from a column of `obs` or a file of barcodes and labels.

use anyhow::{Context, Result};
use semst::Truth;
use semst::io::{SpatialDataset, read_labels};
use std::path::Path;

/// Reads the truth of a slide: a column of `obs`, or a CSV/TSV file whose first column is the barcode and second the label.
pub(crate) fn read(slide: &SpatialDataset, key: &str) -> Result<Truth> {
    let path = Path::new(key);
    if slide.obs.get(key).is_none() && path.is_file() {
        return from_file(slide, path);
    }
    let labels = slide
        .obs
        .labels(key)
        .context("the truth is neither a column nor a file")?;
    Ok(Truth {
        key: key.into(),
        labels,
    })
}

fn from_file(slide: &SpatialDataset, path: &Path) -> Result<Truth> {
    let key = path
        .file_stem()
        .map_or_else(|| "truth".into(), |s| s.to_string_lossy().into_owned());
    Ok(Truth {
        key,
        labels: read_labels(path, &slide.barcodes)?,
    })
}
