//! Known domains, from a column of `obs` or a file of barcodes and labels.

use anyhow::{Context, Result, ensure};
use semst::Truth;
use semst::io::{LabelFile, Obs, labels_repeat};
use std::collections::HashSet;
use std::path::Path;

/// Reads the truth of a slide: a column of `obs`, else a CSV or TSV file (`FILE` or `FILE#COLUMN`).
pub(crate) fn read(obs: &Obs, barcodes: &[String], key: &str) -> Result<Truth> {
    let file = match obs.get(key) {
        Some(_) => None,
        None => LabelFile::at(Path::new(key)),
    };
    let truth = match file {
        Some(file) => {
            let found = file.read(barcodes)?;
            let stem = file.path.file_stem().unwrap_or_default();
            Truth {
                key: match &found.join.column {
                    Some(column) if found.join.chosen || file.column.is_some() => column.clone(),
                    _ => stem.to_string_lossy().into_owned(),
                },
                labels: found.labels,
                join: Some(found.join),
            }
        }
        None => Truth {
            key: key.into(),
            labels: obs
                .labels(key)
                .context("the truth is neither a column nor a file")?,
            join: None,
        },
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
        labels_repeat(classes, labels.len()),
        "the truth {key} has {classes} different values on {} spots: known domains are few labels that repeat",
        labels.len()
    );
    Ok(())
}
