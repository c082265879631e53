//! Vectors in CSV and TSV: a name, then its numbers, in each line.

use flate2::read::MultiGzDecoder;
use ndarray::Array2;

use super::malformed;
use crate::IoError;
use crate::budget::{Budget, bytes_of};

/// The most columns; embeddings have some thousand.
const COLUMNS: usize = 1 << 20;

/// Memory of a name without its letters.
const NAME: u64 = 48;

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
    budget: &Budget,
) -> Result<(Array2<f32>, Vec<String>), IoError> {
    let bad = |problem: String| malformed(file, problem);
    let unpacked;
    let text = if gzip {
        let failed = |e| bad(format!("does not unpack: {e}"));
        unpacked = budget.read_to_end("/", MultiGzDecoder::new(bytes), failed)?;
        unpacked.as_slice()
    } else {
        bytes
    };
    for (line, text) in text.split(|byte| *byte == b'\n').enumerate() {
        if text.iter().filter(|byte| **byte == delimiter).count() > COLUMNS {
            let line = line + 1;
            return Err(bad(format!("line {line} has more than {COLUMNS} columns")));
        }
    }
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
        let name = record.get(0).map_or(0, str::len) as u64;
        let kept = bytes_of(&[expected as u64], size_of::<f32>() as u64);
        budget.take("/", kept.and_then(|kept| kept.checked_add(NAME + name)))?;
        names.push(record.get(0).unwrap_or_default().trim().to_owned());
        values.extend(numbers.into_iter().flatten());
    }
    let dims = dims.ok_or_else(|| bad("holds no line of a name and numbers".into()))?;
    let vectors =
        Array2::from_shape_vec((names.len(), dims), values).map_err(|e| bad(e.to_string()))?;
    Ok((vectors, names))
}
