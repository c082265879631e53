//! What can go wrong with a file, with the evidence.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::budget::mib;

/// An error of reading, checking or writing a file.
///
/// A message is one line. It names the problem and the place, and what to do next if that is known.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// The path does not exist.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// The requested path.
        path: PathBuf,
    },
    /// A path that no reader recognises.
    #[error("{} has none of the formats that can be read: {}", path.display(), readers.join(", "))]
    UnknownFormat {
        /// The requested path.
        path: PathBuf,
        /// The names of the readers that were tried.
        readers: Vec<String>,
    },
    /// A format that is known and not read.
    #[error("{} is {format}, which semst does not read; write an .h5ad file with Python: {way}", path.display())]
    OtherFormat {
        /// The file or folder.
        path: PathBuf,
        /// What it is.
        format: &'static str,
        /// How to make a file that is read, in three steps.
        way: &'static str,
    },
    /// A reader of another crate failed.
    #[error("the {reader} reader cannot read {}", path.display())]
    Reader {
        /// The name of the reader.
        reader: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reader's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A folder without a known layout.
    #[error(
        "{} is a folder of no known layout; looked for {}; it holds {}",
        path.display(), looked_for.join(", "), names_or_nothing(found)
    )]
    UnknownFolder {
        /// The folder.
        path: PathBuf,
        /// What a known layout would hold and this folder does not.
        looked_for: Vec<String>,
        /// What the folder holds.
        found: Vec<String>,
    },
    /// A folder of Visium HD, which holds the slide in bins of several sizes.
    #[error(
        "{} holds Visium HD bins of several sizes; pass the folder of one of them: {}",
        path.display(), bins.join(", ")
    )]
    BinSizes {
        /// The folder.
        path: PathBuf,
        /// The folders of the sizes.
        bins: Vec<String>,
    },
    /// A folder where a file is needed.
    #[error("{} is a folder; pass the .h5ad file in it", path.display())]
    NotFile {
        /// The folder.
        path: PathBuf,
    },
    /// Only a 10x matrix, which has no coordinates.
    #[error(
        "{} is a 10x matrix without coordinates; pass the Space Ranger folder that holds it and `spatial/`",
        path.display()
    )]
    LoneMatrix {
        /// The file.
        path: PathBuf,
    },
    /// A file that does not start as HDF5 does.
    #[error("{} is not an HDF5 file; expected an .h5ad or a Space Ranger folder", path.display())]
    NotHdf5 {
        /// The file.
        path: PathBuf,
    },
    /// HDF5 that cannot be read: truncated, damaged, or of an unsupported kind.
    #[error("{} cannot be read at `{slot}`: the file is truncated or damaged ({detail})", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The object inside.
        slot: String,
        /// What the reader found.
        detail: String,
    },
    /// A data set with a compression that the reader does not support (Zstandard, Blosc).
    #[error(
        "{} is compressed at `{slot}` by the HDF5 filter {filter}, which semst cannot read; save it again with anndata's `write_h5ad(path, compression=\"gzip\")`",
        path.display()
    )]
    Compression {
        /// The file.
        path: PathBuf,
        /// The object inside.
        slot: String,
        /// The registered number of the filter: 32001 is Blosc, 32015 Zstandard.
        filter: u16,
    },
    /// A size in a file for which reading would take more memory than its size allows.
    #[error(
        "{}: `{slot}` declares {}, but a file of its size may take {}: it is damaged, or holds one value very often; if it is sound, set `memory_mib` to a larger bound",
        path.display(), needed.map_or_else(|| "more than any memory holds".to_owned(), mib), mib(*budget)
    )]
    OverBudget {
        /// The file.
        path: PathBuf,
        /// The object inside.
        slot: String,
        /// The bytes that reading would take; `None` for a number beyond 64 bits.
        needed: Option<u64>,
        /// The bytes that it may take.
        budget: u64,
    },
    /// An object that exists but does not have the required form.
    #[error("{}: `{slot}` {detail}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The object inside.
        slot: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The operating system could not read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The operating system could not write; no partial file is left.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A folder for results that cannot be made.
    #[error("the output folder {} cannot be made", path.display())]
    MakeFolder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A folder for results that cannot be written.
    #[error("the output folder {} cannot be written", path.display())]
    WriteFolder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// No matrix of counts.
    #[error(
        "{} holds no counts; looked in layers/counts, X and raw/X; slots that are there: {}",
        path.display(), names_or_nothing(slots)
    )]
    NoCounts {
        /// The file.
        path: PathBuf,
        /// What it holds.
        slots: Vec<String>,
    },
    /// A matrix is there, but its values are not counts.
    #[error("{}: `{slot}` {defect}{}", path.display(), elsewhere(slots))]
    NotCounts {
        /// The file.
        path: PathBuf,
        /// The matrix.
        slot: String,
        /// The first value that is not a count.
        defect: CountDefect,
        /// The matrices that the file holds.
        slots: Vec<String>,
    },
    /// No coordinates.
    #[error(
        "{} holds no coordinates; looked for {}; slots that are there: {}; {}",
        path.display(), looked_for.join(", "), names_or_nothing(slots), other_coordinates(slots)
    )]
    NoCoordinates {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        looked_for: Vec<String>,
        /// What is there.
        slots: Vec<String>,
    },
    /// A coordinate that is NaN or infinite.
    #[error(
        "coordinate {axis} of spot {row} (`{barcode}`) is {value}; coordinates must be finite: leave such spots out of the file"
    )]
    NotFiniteCoordinate {
        /// `x` or `y`.
        axis: char,
        /// The spot, counted from 0.
        row: usize,
        /// Its barcode.
        barcode: String,
        /// The value.
        value: f64,
    },
    /// Coordinates beyond what can be squared in 32 bits.
    #[error(
        "the largest coordinate is {largest:e}; it must be between 1e-18 and 1e18: change the unit of the coordinates in the file"
    )]
    CoordinateScale {
        /// The largest coordinate without its sign.
        largest: f64,
    },
    /// A key that is not in its table.
    #[error(
        "`{key}` is not in {table}; keys that are there: {}",
        names_or_nothing(keys)
    )]
    MissingKey {
        /// The table: `obs`, `var`, `layers`, `obsm`.
        table: String,
        /// The requested key.
        key: String,
        /// The keys that exist.
        keys: Vec<String>,
    },
    /// No spot has the value of a subset.
    #[error("no spot has {value} in obs/{key}; its values are {}", some(values))]
    NoSpotOfSubset {
        /// The column of `obs`.
        key: String,
        /// The value.
        value: String,
        /// The values that exist, sorted.
        values: Vec<String>,
    },
    /// Spots with different third coordinates.
    #[error(
        "{}: `{slot}` has a third axis with {planes} values, but semst works in two dimensions: {}",
        path.display(), one_plane(section.as_deref())
    )]
    ThirdAxis {
        /// The file.
        path: PathBuf,
        /// The slot.
        slot: String,
        /// Number of different third coordinates.
        planes: usize,
        /// A column of `obs` and its value for one plane, as `KEY=VALUE`, if a column names the planes.
        section: Option<String>,
    },
    /// Lengths that do not agree.
    #[error("{what}: expected {expected}, got {got}")]
    Length {
        /// What was counted.
        what: String,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// No spot or no gene, or none with a count.
    #[error(
        "{name} is empty: {n_spots} spots × {n_genes} genes hold a count; at least one of each is needed"
    )]
    Empty {
        /// The data set or file.
        name: String,
        /// Spots with a count.
        n_spots: usize,
        /// Genes with a count.
        n_genes: usize,
    },
    /// No barcode of the matrix is among the positions.
    #[error(
        "no barcode of the matrix is under tissue in {}; the matrix has `{matrix}`, the positions have `{position}`: take both from the same sample",
        path.display()
    )]
    NoSharedBarcodes {
        /// The positions file.
        path: PathBuf,
        /// The first barcode of the matrix.
        matrix: String,
        /// The first barcode of the positions.
        position: String,
    },
    /// A table of which too few rows belong to spots.
    #[error("{source_name}: {}", few_matched(*matched, *rows, names_from, name, spot))]
    FewMatched {
        /// The file.
        source_name: String,
        /// The place of its names.
        names_from: String,
        /// Spots with a row.
        matched: usize,
        /// Rows of the table.
        rows: usize,
        /// The first name of the table.
        name: String,
        /// The first spot.
        spot: String,
    },
    /// A spot that has several rows in a table.
    #[error("{source_name}: {name} occurs twice, at rows {first} and {second}")]
    RepeatedName {
        /// The file.
        source_name: String,
        /// The name.
        name: String,
        /// Row of its first occurrence, counted from 0.
        first: usize,
        /// Row of its second occurrence.
        second: usize,
    },
    /// A table of which several columns may have the labels.
    #[error(
        "{} has several columns that may be the labels: {}; name one of them as FILE#COLUMN",
        path.display(), some(columns)
    )]
    SeveralColumns {
        /// The file.
        path: PathBuf,
        /// The columns, with their numbers of labels.
        columns: Vec<String>,
    },
    /// A line of a text file that does not parse.
    #[error("{} line {line}: {detail}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What was expected and what was there.
        detail: String,
    },
    /// A picture that does not decode.
    #[error("cannot read the image {}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: image::ImageError,
    },
    /// A file of named vectors whose content does not match its name or its header.
    #[error("{file}: {problem}")]
    VectorFile {
        /// The file, and the array in it where it has several.
        file: String,
        /// What is wrong and, if known, what to do.
        problem: String,
    },
    /// A vector that holds NaN or an infinite value.
    #[error("{what} holds {value} at row {row}, column {column}")]
    NotFiniteVector {
        /// The file.
        what: String,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The value.
        value: f32,
    },
    /// A slot that cannot be written.
    #[error("slot `{slot}` cannot be written: {detail}")]
    InvalidSlot {
        /// The slot.
        slot: String,
        /// Why not.
        detail: String,
    },
    /// A file that can neither be edited in place nor be rewritten without loss.
    #[error(
        "{} cannot be extended without loss ({detail}); save it with anndata's `write_h5ad` and try again",
        path.display()
    )]
    CannotExtend {
        /// The input file.
        path: PathBuf,
        /// Why not.
        detail: String,
    },
}

impl IoError {
    /// Wraps the error of a [`Reader`](crate::Reader) of another crate.
    pub fn reader(
        name: &'static str,
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Reader {
            reader: name,
            path: path.into(),
            source: source.into(),
        }
    }
}

/// Why a value is not a count. Rows and columns are counted from 0.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CountDefect {
    /// NaN or infinite.
    NotFinite {
        /// The spot.
        row: usize,
        /// The gene.
        col: usize,
        /// The value.
        value: f64,
    },
    /// Below zero.
    Negative {
        /// The spot.
        row: usize,
        /// The gene.
        col: usize,
        /// The value.
        value: f64,
    },
    /// Not a whole number: normalised, logged or scaled.
    Fraction {
        /// The spot.
        row: usize,
        /// The gene.
        col: usize,
        /// The value.
        value: f64,
    },
}

impl fmt::Display for CountDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { row, col, value } => write!(
                f,
                "holds {value} at spot {row}, gene {col}; counts must be finite"
            ),
            Self::Negative { row, col, value } => write!(
                f,
                "holds the negative count {value} at spot {row}, gene {col}; counts must not be below zero"
            ),
            Self::Fraction { row, col, value } => write!(
                f,
                "holds normalised values where counts are needed ({value} at spot {row}, gene {col}); keep the raw counts in layers/counts or raw/X, or set `layer` to the matrix that holds them; if there are none and the values are log1p of normalised counts, set `input_is` lognorm"
            ),
        }
    }
}

/// How few rows of a table belong to spots, and what to do.
fn few_matched(matched: usize, rows: usize, names_from: &str, name: &str, spot: &str) -> String {
    let found = match matched {
        0 => "none of its barcodes belongs to a spot".to_owned(),
        _ => format!("only {matched} of its {rows} names belong to spots"),
    };
    let numbered = name.parse::<u64>().is_ok() && spot.parse::<u64>().is_err();
    let advice = match numbered {
        true => "its names are row numbers: save it with the barcodes in their place",
        false => "name the rows as the slide names its spots",
    };
    format!("{found}: the table has `{name}` in {names_from}, the slide has `{spot}`; {advice}")
}

/// How to name the coordinates: another key of `obsm`, if there is one.
fn other_coordinates(slots: &[String]) -> &'static str {
    match slots.iter().any(|slot| slot.starts_with("obsm/")) {
        true => "set `spatial_key` to another key of obsm",
        false => "add x and y to the file, as obsm/spatial or as columns of obs",
    }
}

/// How to read one plane of several.
fn one_plane(section: Option<&str>) -> String {
    match section {
        Some(section) => format!("set `subset` to one section, such as {section}"),
        None => "keep one section in the file, or only x and y if it is one".into(),
    }
}

/// The first five names.
pub(crate) fn some(names: &[String]) -> String {
    let more = if names.len() > 5 { ", …" } else { "" };
    names[..names.len().min(5)].join(", ") + more
}

fn names_or_nothing(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".into()
    } else {
        names.join(", ")
    }
}

fn elsewhere(slots: &[String]) -> String {
    if slots.is_empty() {
        String::new()
    } else {
        format!("; matrices that are there: {}", slots.join(", "))
    }
}
