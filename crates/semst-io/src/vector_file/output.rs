//! Writes named vectors to files, with the record of how they were made.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::malformed;
use crate::{IoError, write_atomically};

/// The place of the record in `.npz` and `.safetensors`.
const RECORD: &str = "provenance";

/// A file of named vectors to be written; [`crate::VectorFile`] reads it back.
///
/// | ending | what |
/// |---|---|
/// | `.npz` | arrays `vectors` (`<f4`), `names` (`<U…`) and `provenance` (JSON in a `<U…` without dimensions) |
/// | `.safetensors` | the tensor `vectors` (F32); `names` (a JSON list) and `provenance` in `__metadata__` |
/// | `.csv`, `.tsv` | the name, then its numbers, in each line; no record |
///
/// The record is any JSON that the caller wants to keep with the vectors; [`read_record`] reads it.
///
/// ```
/// use ndarray::array;
/// use semst_io::{VectorFile, VectorOutput, read_record};
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("genes.npz");
/// let names = ["MBP", "GFAP"].map(String::from);
/// VectorOutput::new(&path)?.write(&names, array![[1.0, 0.0], [0.0, 1.0]].view(), &"by my model")?;
/// assert_eq!(VectorFile::open(&path)?.names.as_deref(), Some(&names[..]));
/// assert_eq!(read_record::<String>(&path).as_deref(), Some("by my model"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct VectorOutput {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Npz,
    Safetensors,
    Delimited(u8),
}

impl VectorOutput {
    /// Chooses the format by the ending. Call it before making the vectors, so that a wrong name is found early.
    ///
    /// # Errors
    /// When the ending is unknown.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let kind = match &*ending.to_string_lossy() {
            "npz" => Kind::Npz,
            "safetensors" => Kind::Safetensors,
            "csv" => Kind::Delimited(b','),
            "tsv" => Kind::Delimited(b'\t'),
            _ => {
                return Err(malformed(
                    path.display().to_string(),
                    "unknown kind of vector file; written are .npz, .safetensors, .csv, .tsv",
                ));
            }
        };
        Ok(Self {
            path: path.into(),
            kind,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn encode(
        &self,
        names: &[String],
        vectors: ArrayView2<'_, f32>,
        record: &impl Serialize,
    ) -> Result<Vec<u8>, IoError> {
        if names.len() != vectors.nrows() {
            return Err(IoError::Length {
                what: format!("names for {}", self.path.display()),
                expected: vectors.nrows(),
                got: names.len(),
            });
        }
        let bad = |e: String| malformed(self.path.display().to_string(), e);
        let record = serde_json::to_string(record).map_err(|e| bad(e.to_string()))?;
        match self.kind {
            Kind::Npz => npz(names, vectors, &record).map_err(|e| bad(e.to_string())),
            Kind::Safetensors => safetensors(names, vectors, record).map_err(bad),
            Kind::Delimited(delimiter) => {
                delimited(names, vectors, delimiter).map_err(|e| bad(e.to_string()))
            }
        }
    }

    /// Writes the file completely or not at all.
    ///
    /// # Errors
    /// When the number of names differs from the number of vectors, a format cannot hold them, or the file cannot be written.
    pub fn write(
        &self,
        names: &[String],
        vectors: ArrayView2<'_, f32>,
        record: &impl Serialize,
    ) -> Result<(), IoError> {
        let bytes = self.encode(names, vectors, record)?;
        write_atomically(&self.path, |out| out.write_all(&bytes))
    }
}

/// Reads the record of a file that [`VectorOutput`] wrote; `None` if there is no readable record.
pub fn read_record<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let mut file = File::open(path).ok()?;
    let ending = path.extension()?.to_ascii_lowercase();
    let text = match ending.to_str()? {
        "npz" => {
            let mut bytes = Vec::new();
            zip::ZipArchive::new(file)
                .ok()?
                .by_name(&format!("{RECORD}.npy"))
                .ok()?
                .take(1 << 24)
                .read_to_end(&mut bytes)
                .ok()?;
            let start = 10 + usize::from(u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]));
            let (cells, _) = bytes.get(start..)?.as_chunks::<4>();
            cells
                .iter()
                .map(|&c| char::from_u32(u32::from_le_bytes(c)))
                .collect::<Option<String>>()?
        }
        "safetensors" => {
            let (header, _) = super::safetensors::header(&mut file).ok()??;
            header.metadata().as_ref()?.get(RECORD)?.clone()
        }
        _ => return None,
    };
    serde_json::from_str(text.trim_end_matches('\0')).ok()
}

fn npz(
    names: &[String],
    vectors: ArrayView2<'_, f32>,
    record: &str,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .large_file(vectors.len() > 1 << 29);
    let mut put = |name: &str, descr: &str, shape: &str, data: &[u8]| {
        archive.start_file(format!("{name}.npy"), options)?;
        archive.write_all(&npy_header(descr, shape))?;
        archive.write_all(data)?;
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    let (n, dims) = vectors.dim();
    put("vectors", "<f4", &format!("({n}, {dims})"), &bytes(vectors))?;
    let width = names
        .iter()
        .map(|s| s.chars().count())
        .max()
        .unwrap_or(0)
        .max(1);
    let cells: Vec<u8> = names.iter().flat_map(|name| utf32(name, width)).collect();
    put("names", &format!("<U{width}"), &format!("({n},)"), &cells)?;
    let length = record.chars().count();
    put(RECORD, &format!("<U{length}"), "()", &utf32(record, length))?;
    Ok(archive.finish()?.into_inner())
}

/// The beginning of an `.npy`, version 1; data start at a multiple of 64.
fn npy_header(descr: &str, shape: &str) -> Vec<u8> {
    let mut head = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let padded = (10 + head.len() + 1).next_multiple_of(64);
    head += &" ".repeat(padded - 10 - head.len() - 1);
    head.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((head.len() as u16).to_le_bytes());
    out.extend(head.as_bytes());
    out
}

/// Text as numpy's `U` stores it, padded with zeros.
fn utf32(text: &str, width: usize) -> Vec<u8> {
    let mut out: Vec<u8> = text
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    out.resize(width * 4, 0);
    out
}

fn safetensors(
    names: &[String],
    vectors: ArrayView2<'_, f32>,
    record: String,
) -> Result<Vec<u8>, String> {
    let data = bytes(vectors);
    let shape = vec![vectors.nrows(), vectors.ncols()];
    let view = TensorView::new(Dtype::F32, shape, &data).map_err(|e| e.to_string())?;
    let names = serde_json::to_string(names).map_err(|e| e.to_string())?;
    let metadata = HashMap::from([("names".to_owned(), names), (RECORD.to_owned(), record)]);
    safetensors::serialize([("vectors", view)], Some(metadata)).map_err(|e| e.to_string())
}

fn delimited(
    names: &[String],
    vectors: ArrayView2<'_, f32>,
    delimiter: u8,
) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    // The shortest digits that are read back as the same number.
    for (name, row) in names.iter().zip(vectors.outer_iter()) {
        let numbers = row.iter().map(ToString::to_string);
        out.write_record(std::iter::once(name.clone()).chain(numbers))?;
    }
    out.into_inner().map_err(|e| e.into_error().into())
}

fn bytes(vectors: ArrayView2<'_, f32>) -> Vec<u8> {
    vectors.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VectorFile;
    use ndarray::{Array2, array};

    #[test]
    fn what_is_written_is_read_back() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let names = ["MBP", "β-actin, \"x\"", "A"].map(String::from);
        let vectors = array![[1.0, -2.5], [1e-8, 0.1], [3.0e30, 0.0]];
        let record = HashMap::from([("source".to_owned(), "genes of t.tsv — β".to_owned())]);
        for ending in ["npz", "safetensors", "csv", "TSV"] {
            let path = folder.path().join(format!("v.{ending}"));
            VectorOutput::new(&path)?.write(&names, vectors.view(), &record)?;
            let read = VectorFile::open(&path)?;
            assert_eq!(read.vectors, vectors, "{ending}");
            assert_eq!(read.names.as_deref(), Some(&names[..]), "{ending}");
            let found = read_record::<HashMap<String, String>>(&path);
            let kept = ["npz", "safetensors"].contains(&ending);
            assert_eq!(found, kept.then(|| record.clone()), "{ending}");
        }
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 4);
        Ok(())
    }

    #[test]
    fn unknown_endings_and_places_are_told() {
        let said = VectorOutput::new("v.npy").map_err(|e| e.to_string());
        assert!(
            said.as_ref()
                .is_err_and(|e| e.contains(".npz, .safetensors")),
            "{said:?}"
        );
        let output = VectorOutput::new("/no/such/folder/v.csv").expect("a known ending");
        let said = output.write(&[], Array2::zeros((0, 2)).view(), &());
        assert!(said.is_err_and(|e| e.to_string().contains("cannot write /no/such/folder/v.csv")));
    }
}
