//! One rule for labels that are not known, in `obs` and in files.

use std::path::Path;

use semst_io::{IoError, LabelFile, ObsColumn, ReadConfig, label_codes, read};

use super::fault;
use crate::made::Outcome;

fn labels(path: &Path, spots: &[String]) -> Result<Vec<Option<String>>, IoError> {
    let file = LabelFile::at(path).ok_or_else(|| IoError::NotFound { path: path.into() })?;
    Ok(file.read(spots)?.labels)
}

#[test]
fn text_for_missing_is_no_label_anywhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("labels.csv");
    let words = [
        "L1", "", "NA", "N/A", "n/a", "NaN", "nan", "<NA>", "None", "null", "NULL", " ", "Nan",
        "na+",
    ];
    let spots: Vec<String> = (0..words.len()).map(|at| format!("s{at}")).collect();
    let lines: Vec<String> = spots
        .iter()
        .zip(words)
        .map(|(s, w)| format!("{s},{w}\n"))
        .collect();
    std::fs::write(&path, lines.concat())?;
    let from_file = label_codes(&labels(&path, &spots)?);
    assert_eq!(from_file.names, ["L1", "Nan", "na+"]);
    let text = ObsColumn::Text(words.map(String::from).to_vec());
    assert_eq!(label_codes(&text.labels()), from_file);
    let categorical = ObsColumn::from_labels(&words.map(Some));
    assert_eq!(label_codes(&categorical.labels()), from_file);
    Ok(())
}

#[test]
fn the_column_and_the_file_give_the_same_codes() -> Outcome {
    let Some(path) = fault("nan_as_text.h5ad") else {
        return Ok(());
    };
    let (slide, _) = read(&path, &ReadConfig::new())?;
    let Some(ObsColumn::Categorical {
        codes, categories, ..
    }) = slide.obs.get("domain")
    else {
        return Err("`domain` is not categorical".into());
    };
    let mut lines = String::new();
    for (barcode, code) in slide.barcodes.iter().zip(codes) {
        let label = code.map_or("", |code| &categories[code as usize]);
        lines += &format!("{barcode},{label}\n");
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("labels.csv");
    std::fs::write(&file, lines)?;
    let found = label_codes(&slide.obs.labels("domain")?);
    assert_eq!(found.names, ["L2/3", "L5", "L6"]);
    assert_eq!(found.codes.iter().filter(|code| code.is_none()).count(), 60);
    assert_eq!(label_codes(&labels(&file, &slide.barcodes)?), found);
    Ok(())
}
