//! The errors of a plan as a whole. An error of a cell is a row of its table.

use std::path::PathBuf;

use semst::io::IoError;
use semst::report::ReportError;
use thiserror::Error;

/// The reason why a plan cannot be run or its tables cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AblationError {
    /// The file of the plan cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The text is not a plan.
    #[error("the plan cannot be read: {reason}")]
    Syntax {
        /// The message of the parser.
        reason: String,
    },
    /// A file does not have a valid plan.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with the plan.
        source: Box<AblationError>,
    },
    /// An entry of the plan is not valid.
    #[error("the plan's `{field}` {problem}")]
    Plan {
        /// The entry.
        field: String,
        /// What is wrong, and what is valid.
        problem: String,
    },
    /// A data set cannot be used.
    #[error("data set `{name}`: {source}")]
    Dataset {
        /// Its name.
        name: String,
        /// The cause.
        source: Box<semst::Error>,
    },
    /// No cell has such a hash.
    #[error("no cell of the plan has a hash that begins with `{hash}`: cells.csv lists them")]
    UnknownCell {
        /// The requested beginning of a hash.
        hash: String,
    },
    /// A file of the results cannot be written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// A folder cannot be made.
    #[error("the folder {} cannot be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A table or picture cannot be made.
    #[error("the tables cannot be made: {0}")]
    Report(#[from] ReportError),
    /// Two series cannot be compared.
    #[error("the cells cannot be compared: {0}")]
    Compare(#[from] semst::evaluation::EvaluationError),
    /// A record cannot be written as JSON or CSV.
    #[error("a cell cannot be written: {reason}")]
    Record {
        /// The cause.
        reason: String,
    },
}

impl AblationError {
    pub(crate) fn plan(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Plan {
            field: field.into(),
            problem: problem.into(),
        }
    }
}
