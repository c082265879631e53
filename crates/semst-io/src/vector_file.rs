//! Files of named vectors, for gene tables and precomputed spot vectors.

mod delimited;
mod npy;
mod npz;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod row_file;
mod safetensors;
mod unpacked;

use std::path::{Path, PathBuf};

use ndarray::Array2;
use sha2::{Digest, Sha256};

pub use self::output::{VectorOutput, read_record};
pub use self::row_file::RowFile;
pub use self::unpacked::read_unpacked;
use crate::IoError;
use crate::budget::Budget;

/// Vectors read from a file, with their names if the file has them.
///
/// | ending | vectors | names |
/// |---|---|---|
/// | `.npy` | a 2-D array of `f2`, `f4`, `f8` | lines of `STEM.names.txt` next to it, if there is one |
/// | `.npz` | the array `vectors`, `embeddings` or `X`, else the only 2-D one | the text array `names`, `genes`, `symbols` or `barcodes`, else the only 1-D one of text |
/// | `.safetensors` | the tensor `vectors`, `embeddings` or `X`, else the only 2-D one; F16, BF16, F32, F64 | `names`, `genes`, `symbols` or `barcodes` in `__metadata__`: a JSON list, or lines |
/// | `.parquet` | the column of lists of numbers `vectors`, `embeddings` or `X`, else the only one; without one, all columns of numbers | the column of text `names`, `genes`, `symbols` or `barcodes`, else the index of pandas, else the only column of text |
/// | `.csv`, `.tsv`, with or without `.gz` | the columns after the first | the first column; a header line is recognised |
///
/// Text arrays are numpy's `U` and `S`; arrays of Python objects are not read (save them with `astype(str)`).
#[derive(Clone, Debug)]
pub struct VectorFile {
    /// The file.
    pub path: PathBuf,
    /// `[rows, dims]`
    pub vectors: Array2<f32>,
    /// One name per row.
    pub names: Option<Vec<String>>,
    /// The place of the names in the file, such as ``column `barcodes` ``.
    pub names_from: String,
    /// sha256 of the bytes of the file.
    pub checksum: String,
}

/// The features of this build.
pub const FEATURES: &[&str] = &[
    #[cfg(feature = "parquet")]
    "parquet",
];

/// Arrays with these names are preferred.
const VECTOR_KEYS: [&str; 3] = ["vectors", "embeddings", "X"];
const NAME_KEYS: [&str; 4] = ["names", "genes", "symbols", "barcodes"];

impl VectorFile {
    /// Reads a file by its ending.
    ///
    /// # Errors
    /// When the file cannot be read, its ending is unknown, or its content does not match the table above.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, IoError> {
        Self::open_with_gaps(path)?.finite()
    }

    /// As [`VectorFile::open`], but values need not be finite: a row of NaN means a missing row.
    ///
    /// # Errors
    /// As [`VectorFile::open`], except for values that are not finite.
    pub fn open_with_gaps(path: impl AsRef<Path>) -> Result<Self, IoError> {
        let path = path.as_ref();
        // The readers of formats may panic on a damaged file.
        crate::h5::guarded(path, || Self::read(path))
    }

    fn read(path: &Path) -> Result<Self, IoError> {
        let bytes = read(path)?;
        let budget = Budget::new(path, bytes.len() as u64, None);
        let file = path.display().to_string();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let mut names_from = "its array of names".to_owned();
        let (vectors, names) = if name.ends_with(".npy") {
            let beside = path.with_extension("names.txt");
            let names = beside.is_file().then(|| read_lines(&beside)).transpose()?;
            names_from = beside.display().to_string();
            (npy::matrix(&file, &bytes)?, names)
        } else if name.ends_with(".npz") {
            npz::read(&file, &bytes, &budget)?
        } else if name.ends_with(".safetensors") {
            safetensors::read(&file, &bytes)?
        } else if name.ends_with(".parquet") {
            let (vectors, names) = of_parquet(&file, path, &budget)?;
            let (names, from) = names.unzip();
            names_from = from.unwrap_or(names_from);
            (vectors, names)
        } else if let Some(delimiter) = delimited::delimiter(&name) {
            let packed = name.ends_with(".gz");
            let (vectors, names) = delimited::read(&file, &bytes, delimiter, packed, &budget)?;
            names_from = "the first column".to_owned();
            (vectors, Some(names))
        } else {
            let known = ".npy, .npz, .safetensors, .parquet, .csv, .tsv, .csv.gz, .tsv.gz";
            return Err(malformed(
                file,
                format!("unknown kind of vector file; known are {known}"),
            ));
        };
        let checksum = hex::encode(Sha256::digest(&bytes));
        Self {
            path: path.into(),
            vectors,
            names,
            names_from,
            checksum,
        }
        .checked()
    }

    /// Reads vectors from one file and their names, one per line, from another.
    ///
    /// # Errors
    /// As [`VectorFile::open`], and when the number of names differs from the number of vectors.
    pub fn open_with_names(
        vectors: impl AsRef<Path>,
        names: impl AsRef<Path>,
    ) -> Result<Self, IoError> {
        let mut file = Self::open(vectors)?;
        file.names = Some(read_lines(names.as_ref())?);
        file.names_from = names.as_ref().display().to_string();
        file.checked()
    }

    /// Checks that there is one name per vector, and that the vectors have values.
    fn checked(self) -> Result<Self, IoError> {
        let rows = self.vectors.nrows();
        // Such an array takes no bytes, so it can declare any number of rows.
        if self.vectors.ncols() == 0 {
            let problem = format!("holds {rows} vectors of no dimension");
            return Err(malformed(self.path.display().to_string(), problem));
        }
        match self.names.as_ref().map(Vec::len) {
            Some(names) if names != rows => Err(IoError::Length {
                what: format!("names of {}", self.path.display()),
                expected: rows,
                got: names,
            }),
            _ => Ok(self),
        }
    }

    fn finite(self) -> Result<Self, IoError> {
        let mut values = self.vectors.indexed_iter();
        match values.find(|(_, v)| !v.is_finite()) {
            Some(((row, column), &value)) => Err(IoError::NotFiniteVector {
                what: self.path.display().to_string(),
                row,
                column,
                value,
            }),
            None => Ok(self),
        }
    }
}

/// Vectors, and their names with the place of these.
type PlacedNames = (Array2<f32>, Option<(Vec<String>, String)>);

#[cfg(feature = "parquet")]
use self::parquet::read as of_parquet;

#[cfg(not(feature = "parquet"))]
fn of_parquet(file: &str, _: &Path, _: &Budget) -> Result<PlacedNames, IoError> {
    Err(malformed(
        file,
        "this build reads no Parquet: build it with the feature `parquet`",
    ))
}

/// An error of a file whose content does not match its name or its header.
fn malformed(file: impl Into<String>, problem: impl Into<String>) -> IoError {
    IoError::VectorFile {
        file: file.into(),
        problem: problem.into(),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, IoError> {
    std::fs::read(path).map_err(|source| IoError::Read {
        path: path.into(),
        source,
    })
}

fn read_lines(path: &Path) -> Result<Vec<String>, IoError> {
    let text = String::from_utf8(read(path)?)
        .map_err(|_| malformed(path.display().to_string(), "names are not UTF-8 text"))?;
    Ok(text
        .lines()
        .map(|l| l.trim_end().to_owned())
        .filter(|l| !l.is_empty())
        .collect())
}

/// Picks an array: by a known name, else the only candidate.
fn pick<'a>(
    file: &str,
    what: &str,
    keys: &[&str],
    candidates: &[&'a str],
) -> Result<Option<&'a str>, IoError> {
    if let Some(found) = keys
        .iter()
        .find_map(|k| candidates.iter().find(|c| *c == k))
    {
        return Ok(Some(found));
    }
    match candidates {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        many => Err(malformed(
            file,
            format!(
                "has several {what} ({}); name the right one {}",
                many.join(", "),
                keys[0]
            ),
        )),
    }
}

#[cfg(test)]
mod tests;
