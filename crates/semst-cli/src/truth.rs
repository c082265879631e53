//! Known domains, from a column of `obs` or a file of barcodes and labels.

use anyhow::{Context, Result, bail};
use semst::Truth;
use semst::io::SpatialDataset;
use std::collections::HashMap;
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
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let separator = if text.lines().next().is_some_and(|l| l.contains('\t')) {
        '\t'
    } else {
        ','
    };
    let labels: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once(separator))
        .map(|(barcode, rest)| {
            (
                clean(barcode),
                clean(rest.split(separator).next().unwrap_or(rest)),
            )
        })
        .filter(|(_, label)| !label.is_empty() && *label != "NA" && *label != "nan")
        .collect();
    let labels: Vec<Option<String>> = slide
        .barcodes
        .iter()
        .map(|b| labels.get(b.as_str()).map(|l| (*l).to_string()))
        .collect();
    if labels.iter().all(Option::is_none) {
        bail!(
            "{}: none of its barcodes is in {}: the first column must hold barcodes",
            path.display(),
            slide.name
        );
    }
    let key = path
        .file_stem()
        .map_or_else(|| "truth".into(), |s| s.to_string_lossy().into_owned());
    Ok(Truth { key, labels })
}

fn clean(cell: &str) -> &str {
    cell.trim().trim_matches('"')
}
