//! Known domains, from a column of `obs` or a file of barcodes and labels.

use anyhow::{Context, Result, ensure};
use semst::Truth;
use semst::io::{Obs, read_labels};
use std::collections::HashSet;
use std::path::Path;

/// So many classes are never too many for the number of spots.
const FEW: usize = 20;

/// Reads the truth of a slide: a column of `obs`, or a CSV/TSV file whose first column is the barcode and second the label.
pub(crate) fn read(obs: &Obs, barcodes: &[String], key: &str) -> Result<Truth> {
    let path = Path::new(key);
    let truth = if obs.get(key).is_none() && path.is_file() {
        let stem = path.file_stem();
        Truth {
            key: stem.map_or_else(|| "truth".into(), |s| s.to_string_lossy().into_owned()),
            labels: read_labels(path, barcodes)?,
        }
    } else {
        Truth {
            key: key.into(),
            labels: obs
                .labels(key)
                .context("the truth is neither a column nor a file")?,
        }
    };
    check(&truth, key)?;
    Ok(truth)
}

/// Checks that labels can be scored: there are some, and they repeat.
fn check(truth: &Truth, key: &str) -> Result<()> {
    let labels: Vec<&String> = truth.labels.iter().flatten().collect();
    let classes = labels.iter().collect::<HashSet<_>>().len();
    ensure!(
        classes > 0,
        "the truth {key} has no label for any spot of the slide"
    );
    ensure!(
        classes <= FEW || 2 * classes <= labels.len(),
        "the truth {key} has {classes} different values on {} spots: known domains are few labels that repeat",
        labels.len()
    );
    Ok(())
}
