//! Labels in CSV and TSV: the barcode first, the label second.

use std::collections::HashMap;
use std::path::Path;

/// One label per barcode; `None` where the file has none. A header is a barcode that no spot has.
///
/// # Errors
/// When the file cannot be read, or none of its barcodes is a spot's.
pub(crate) fn read_labels(path: &Path, barcodes: &[String]) -> Result<Vec<Option<String>>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{shown} cannot be read: {e}"))?;
    let tabs = text.lines().next().is_some_and(|l| l.contains('\t'));
    let mut lines = csv::ReaderBuilder::new()
        .delimiter(if tabs { b'\t' } else { b',' })
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut labels = HashMap::new();
    for line in lines.records() {
        let line = line.map_err(|e| format!("{shown}: {e}"))?;
        if let (Some(barcode), Some(label)) = (line.get(0), line.get(1)) {
            let label = label.trim();
            if !["", "NA", "NaN", "nan"].contains(&label) {
                labels.insert(barcode.trim().to_string(), label.to_string());
            }
        }
    }
    let found: Vec<Option<String>> = barcodes.iter().map(|b| labels.get(b).cloned()).collect();
    if found.iter().all(Option::is_none) {
        return Err(format!(
            "{shown}: none of its barcodes is a spot's: the first column must hold barcodes"
        ));
    }
    Ok(found)
}

/// Labels as numbers, by their sorted names, and how many names there are.
pub(crate) fn codes(labels: &[Option<String>]) -> (Vec<Option<u32>>, usize) {
    let mut names: Vec<&String> = labels.iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    let code = |l: &String| names.binary_search(&l).ok().map(|c| c as u32);
    (
        labels.iter().map(|l| l.as_ref().and_then(code)).collect(),
        names.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::{codes, read_labels};

    #[test]
    fn labels_are_matched_by_barcode() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("l.csv");
        std::fs::write(&path, "barcode,label\nc,\"L2, deep\"\na,L1\nx,L9\nb,NA\n")?;
        let barcodes = ["a", "b", "c"].map(String::from);
        let labels = read_labels(&path, &barcodes)?;
        assert_eq!(labels, [Some("L1".into()), None, Some("L2, deep".into())]);
        assert_eq!(codes(&labels), (vec![Some(0), None, Some(1)], 2));
        assert!(read_labels(&path, &["y".to_string()]).is_err());
        Ok(())
    }
}
