//! The errors of turning genes into vectors.

use std::path::PathBuf;

use semst_io::IoError;

/// Every error of this crate; each variant carries the evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SemanticError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file of vectors cannot be read.
    #[error(transparent)]
    VectorFile(#[from] IoError),
    /// The content of a file does not match its name or its header.
    #[error("{file}: {problem}")]
    Malformed {
        /// The file, or the name of a shipped table.
        file: String,
        /// What is wrong and, if known, what to do.
        problem: String,
    },
    /// The bytes of a table differ from those that were written.
    #[error(
        "{file}: sha256 of the payload is {got}, its header says {expected}; the file is damaged, fetch it again"
    )]
    Checksum {
        /// The file, or the name of a shipped table.
        file: String,
        /// From the header.
        expected: String,
        /// From the bytes.
        got: String,
    },
    /// Two parts that belong together have different lengths.
    #[error("{what}: expected {expected}, got {got}")]
    Length {
        /// What was counted, e.g. `rows of embeddings.npy against barcodes`.
        what: String,
        /// The length requested.
        expected: usize,
        /// The length found.
        got: usize,
    },
    /// A value is NaN, infinite or, where that is not allowed, negative.
    #[error("{what} holds {value} at row {row}, column {column}")]
    Value {
        /// Which matrix.
        what: String,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f32,
    },
    /// No gene of the data has a vector in the table.
    #[error(
        "none of the {asked} genes is in the table {table} (first: {first}); check the species, or that names are symbols or Ensembl ids; for other species, set the semantics to a table or a language model, or the modulator to none"
    )]
    NoGeneFound {
        /// Number of genes looked up.
        asked: usize,
        /// Name of the table.
        table: String,
        /// The first few names.
        first: String,
    },
    /// A spot has no row in a file of precomputed vectors.
    #[error("{file} has no row named {barcode}; it has {rows} rows, the first is {first}")]
    BarcodeMissing {
        /// The file.
        file: String,
        /// The spot without a row.
        barcode: String,
        /// Rows in the file.
        rows: usize,
        /// Name of its first row.
        first: String,
    },
    /// A name occurs twice where it must be unique.
    #[error("{what}: {name} occurs twice, at rows {first} and {second}")]
    DuplicateName {
        /// The list or file in which it occurs.
        what: String,
        /// The name.
        name: String,
        /// Row of its first occurrence.
        first: usize,
        /// Row of its second occurrence.
        second: usize,
    },
    /// A setting is out of its bounds.
    #[error("{field} is {value}, must be {bound}")]
    Config {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        bound: &'static str,
    },
}

impl SemanticError {
    pub(crate) fn malformed(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Malformed {
            file: file.into(),
            problem: problem.into(),
        }
    }
}
