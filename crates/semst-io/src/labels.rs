//! Labels in CSV and TSV: the barcode first, the label second.

use std::collections::HashMap;
use std::path::Path;

use crate::error::IoError;
use crate::label_codes::is_missing_label;

/// Reads one label per barcode; `None` where the file has none, or a text that [`is_missing_label`].
///
/// The separator is a tab if the first line has one, else a comma. Further columns are ignored. A header is ignored too,
/// because no spot has it as its barcode. If a barcode occurs twice, its last label counts.
///
/// # Errors
/// [`IoError::Read`], [`IoError::Parse`], and [`IoError::NoLabels`] when the file has no label for any of the barcodes.
pub fn read_labels(path: &Path, barcodes: &[String]) -> Result<Vec<Option<String>>, IoError> {
    let text = std::fs::read_to_string(path).map_err(|source| IoError::Read {
        path: path.into(),
        source,
    })?;
    let tabs = text.lines().next().is_some_and(|line| line.contains('\t'));
    let mut lines = csv::ReaderBuilder::new()
        .delimiter(if tabs { b'\t' } else { b',' })
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut labels = HashMap::new();
    for line in lines.records() {
        let line = line.map_err(|error| IoError::Parse {
            path: path.into(),
            line: error.position().map_or(0, |p| p.line() as usize),
            detail: error.to_string(),
        })?;
        if let (Some(barcode), Some(label)) = (line.get(0), line.get(1))
            && !is_missing_label(label)
        {
            labels.insert(barcode.to_owned(), label.to_owned());
        }
    }
    let found: Vec<Option<String>> = barcodes.iter().map(|b| labels.get(b).cloned()).collect();
    if found.iter().all(Option::is_none) {
        return Err(IoError::NoLabels {
            path: path.into(),
            barcode: barcodes.first().cloned().unwrap_or_default(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::read_labels;

    #[test]
    fn labels_are_matched_by_barcode() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("l.csv");
        std::fs::write(&path, "barcode,label\nc,\"L2, deep\"\na,L1,9\nx,L9\nb,NA\n")?;
        let barcodes = ["a", "b", "c"].map(String::from);
        let labels = read_labels(&path, &barcodes)?;
        assert_eq!(labels, [Some("L1".into()), None, Some("L2, deep".into())]);
        std::fs::write(&path, "a\tL1, upper\n")?;
        assert_eq!(
            read_labels(&path, &barcodes)?[0].as_deref(),
            Some("L1, upper")
        );
        let error = read_labels(&path, &["y".to_string()]).err();
        let said = error.map(|e| e.to_string()).unwrap_or_default();
        assert!(said.ends_with(
            "none of its barcodes belongs to a spot: the first column must hold barcodes such as `y`"
        ));
        Ok(())
    }
}
