//! The feature-barcode matrix as a Matrix Market folder.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::FeatureMatrix;
use super::layout::plain_or_gzipped;
use crate::budget::Budget;
use crate::error::IoError;
use crate::sparse_counts::{Compressed, CountWatch};

/// Reads `matrix.mtx`, `features.tsv` (or `genes.tsv`) and `barcodes.tsv`, plain or gzipped.
pub(crate) fn read(folder: &Path, memory: Option<u64>) -> Result<FeatureMatrix, IoError> {
    let find = |names: &[&str]| {
        plain_or_gzipped(folder, names).ok_or_else(|| IoError::NotFound {
            path: folder.join(format!("{}.gz", names[0])),
        })
    };
    let features = table(&find(&["features.tsv", "genes.tsv"])?, memory)?;
    let barcodes = table(&find(&["barcodes.tsv"])?, memory)?;
    let column = |at: usize| -> Vec<String> {
        features
            .iter()
            .map(|row| row.get(at).or(row.first()).cloned().unwrap_or_default())
            .collect()
    };
    let kinds = features.iter().all(|row| row.len() > 2).then(|| column(2));
    let matrix = find(&["matrix.mtx"])?;
    let counts = market(&matrix, memory, features.len(), barcodes.len())?;
    Ok(FeatureMatrix {
        counts,
        barcodes: barcodes
            .into_iter()
            .filter_map(|row| row.into_iter().next())
            .collect(),
        ids: column(0),
        symbols: column(1),
        library: None,
        other_features: 0,
    }
    .genes_only(kinds.as_deref()))
}

/// A file line by line, unzipped where its name ends in `.gz`.
struct Lines {
    path: PathBuf,
    reader: BufReader<Box<dyn Read>>,
    number: usize,
    line: String,
    /// Bytes read so far.
    bytes: u64,
    budget: Budget,
}

/// The longest line; those of a matrix and of its names have some hundred bytes.
const LONGEST: u64 = 1 << 20;

/// Memory of a field, or of a row, of a table without its letters: a text or a list, what an allocation adds, and the list of rows
/// that moves while it grows.
const FIELD: u64 = 64;

/// Memory of an entry: as it is read, and in its row.
const ENTRY: u64 = 24;

impl Lines {
    fn open(path: &Path, memory: Option<u64>) -> Result<Self, IoError> {
        let budget = Budget::of_file(path, memory);
        let file = File::open(path).map_err(|source| IoError::Read {
            path: path.into(),
            source,
        })?;
        let plain: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
            Box::new(MultiGzDecoder::new(BufReader::new(file)))
        } else {
            Box::new(file)
        };
        Ok(Self {
            path: path.into(),
            reader: BufReader::with_capacity(1 << 16, plain),
            number: 0,
            line: String::new(),
            bytes: 0,
            budget,
        })
    }

    fn next(&mut self) -> Result<Option<&str>, IoError> {
        self.line.clear();
        let read = (&mut self.reader).take(LONGEST).read_line(&mut self.line);
        let read = read.map_err(|source| IoError::Read {
            path: self.path.clone(),
            source,
        })?;
        self.number += 1;
        if read as u64 == LONGEST {
            return Err(self.failed(format!("is longer than {LONGEST} bytes")));
        }
        self.bytes += read as u64;
        self.budget.check_streamed("/", Some(self.bytes))?;
        Ok((read > 0).then(|| self.line.trim_end_matches(['\n', '\r'])))
    }

    fn failed(&self, detail: impl Into<String>) -> IoError {
        IoError::Parse {
            path: self.path.clone(),
            line: self.number,
            detail: detail.into(),
        }
    }
}

fn table(path: &Path, memory: Option<u64>) -> Result<Vec<Vec<String>>, IoError> {
    let mut lines = Lines::open(path, memory)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(line) = lines.next()? {
        if line.is_empty() {
            continue;
        }
        let mut row: Vec<String> = line.split('\t').map(str::to_owned).collect();
        // A collected row has room for four fields.
        row.shrink_to_fit();
        let bytes = line.len() as u64 + FIELD * (1 + row.len() as u64);
        lines.budget.take("/", Some(bytes))?;
        rows.push(row);
    }
    Ok(rows)
}

/// Reads a coordinate matrix of features × barcodes and transposes it to barcodes × features.
fn market(
    path: &Path,
    memory: Option<u64>,
    n_features: usize,
    n_barcodes: usize,
) -> Result<Compressed, IoError> {
    let mut lines = Lines::open(path, memory)?;
    let header = lines.next()?.unwrap_or_default().to_ascii_lowercase();
    if !header.starts_with("%%matrixmarket matrix coordinate") || !header.ends_with("general") {
        return Err(lines.failed("is not `%%MatrixMarket matrix coordinate … general`"));
    }
    let mut size: Option<usize> = None;
    let mut triplets: Vec<(u32, u32, f32)> = Vec::new();
    let mut watch = CountWatch::default();
    while let Some(line) = lines.next()? {
        if line.starts_with('%') || line.trim().is_empty() {
            continue;
        }
        let mut fields = line.split_ascii_whitespace();
        let mut field = || fields.next().unwrap_or_default();
        let (first, second, third) = (field(), field(), field());
        let whole = |text: &str| text.parse::<usize>().ok();
        let (Some(feature), Some(barcode)) = (whole(first), whole(second)) else {
            let detail = format!("`{line}` is not a pair of whole numbers and a count");
            return Err(lines.failed(detail));
        };
        if size.is_none() {
            if (feature, barcode) != (n_features, n_barcodes) {
                let detail = format!(
                    "is {feature} × {barcode}, but there are {n_features} features and {n_barcodes} barcodes"
                );
                return Err(lines.failed(detail));
            }
            size = Some(whole(third).ok_or_else(|| lines.failed("has no number of entries"))?);
            continue;
        }
        let Ok(value) = third.parse::<f64>() else {
            let detail = format!("`{third}` is not a count");
            return Err(lines.failed(detail));
        };
        if feature == 0 || feature > n_features || barcode == 0 || barcode > n_barcodes {
            let detail =
                format!("entry ({feature}, {barcode}) lies outside {n_features} × {n_barcodes}");
            return Err(lines.failed(detail));
        }
        lines.budget.take("/", Some(ENTRY))?;
        watch.see(value, || (barcode - 1, feature - 1));
        triplets.push((barcode as u32 - 1, feature as u32 - 1, value as f32));
    }
    if size != Some(triplets.len()) {
        let detail = format!(
            "holds {} entries where {} were announced",
            triplets.len(),
            size.unwrap_or(0)
        );
        return Err(lines.failed(detail));
    }
    watch.verdict().map_err(|defect| IoError::NotCounts {
        path: path.into(),
        slot: "matrix".into(),
        defect,
        slots: Vec::new(),
    })?;
    if n_features == 0 || n_barcodes == 0 {
        return Err(IoError::Empty {
            name: path.display().to_string(),
            n_spots: n_barcodes,
            n_genes: n_features,
        });
    }
    Ok(Compressed::from_triplets(n_barcodes, n_features, &triplets))
}
