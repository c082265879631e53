//! Vectors in CSV and TSV: a name, then its numbers, in each line.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use ndarray::Array2;

use super::malformed;
use crate::IoError;

/// The delimiter of a file ending.
pub(super) fn delimiter(name: &str) -> Option<u8> {
    match name.trim_end_matches(".gz").rsplit_once('.') {
        Some((_, "csv")) => Some(b','),
        Some((_, "tsv" | "txt")) => Some(b'\t'),
        _ => None,
    }
}

pub(super) fn read(
    file: &str,
    bytes: &[u8],
    delimiter: u8,
    gzip: bool,
) -> Result<(Array2<f32>, Vec<String>), IoError> {
    let bad = |problem: String| malformed(file, problem);
    let mut unpacked = Vec::new();
    let text = if gzip {
        let read = MultiGzDecoder::new(bytes).read_to_end(&mut unpacked);
        read.map_err(|e| bad(format!("does not unpack: {e}")))?;
        unpacked.as_slice()
    } else {
        bytes
    };
    let mut lines = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let (mut names, mut values, mut dims) = (Vec::new(), Vec::new(), None);
    for (i, record) in lines.records().enumerate() {
        let record = record.map_err(|e| bad(e.to_string()))?;
        let line = i + 1;
        let numbers: Vec<Option<f32>> = record
            .iter()
            .skip(1)
            .map(|cell| cell.trim().parse().ok())
            .collect();
        if i == 0 && numbers.iter().any(Option::is_none) {
            continue; // the header
        }
        if let Some(at) = numbers.iter().position(Option::is_none) {
            let cell = record.get(at + 1).unwrap_or_default();
            return Err(bad(format!(
                "line {line}, column {}: {cell:?} is not a number",
                at + 2
            )));
        }
        let expected = *dims.get_or_insert(numbers.len());
        if numbers.len() != expected || expected == 0 {
            return Err(bad(format!(
                "line {line} has {} numbers, expected {}",
                numbers.len(),
                expected.max(1)
            )));
        }
        names.push(record.get(0).unwrap_or_default().trim().to_owned());
        values.extend(numbers.into_iter().flatten());
    }
    let dims = dims.ok_or_else(|| bad("holds no line of a name and numbers".into()))?;
    let vectors =
        Array2::from_shape_vec((names.len(), dims), values).map_err(|e| bad(e.to_string()))?;
    Ok((vectors, names))
}
