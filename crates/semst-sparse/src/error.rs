//! What can be wrong with a sparse matrix.

use thiserror::Error;

/// The reason why a sparse matrix is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SparseError {
    /// The numbers of indices and values differ.
    #[error("{indices} column indices but {values} values: pass one value per stored entry")]
    Values {
        /// Number of column indices.
        indices: usize,
        /// Number of values.
        values: usize,
    },
    /// Row pointers do not rise from 0 to the number of entries.
    #[error("row pointers do not rise from 0 to {edges}, the number of stored entries")]
    Pointers {
        /// Number of stored entries.
        edges: usize,
    },
    /// A column index lies outside the matrix.
    #[error("column index {index} at entry {at} is not below {n_cols}, the number of columns")]
    Index {
        /// Position among the stored entries.
        at: usize,
        /// The index found there.
        index: u32,
        /// Number of columns.
        n_cols: usize,
    },
    /// More entries than 32-bit positions can address.
    #[error("{edges} stored entries are more than 2147483647: split the matrix by rows")]
    TooManyEdges {
        /// Number of stored entries.
        edges: usize,
    },
}
