//! What can go wrong between an embedding and its domains.

/// An error of this crate; every variant carries the evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The embedding has no rows or no columns.
    #[error("the embedding is empty ({rows} rows, {columns} columns)")]
    Empty {
        /// Rows of the embedding.
        rows: usize,
        /// Columns of the embedding.
        columns: usize,
    },
    /// A value is NaN or infinite.
    #[error(
        "the embedding holds {value} at row {row}, column {column}; look for diverged training or unscaled input"
    )]
    NotFinite {
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f32,
    },
    /// Fewer spots than domains.
    #[error("{rows} spots cannot make {clusters} domains; ask for at most {rows}")]
    TooFewRows {
        /// Spots in the embedding.
        rows: usize,
        /// Domains asked for.
        clusters: usize,
    },
    /// Fewer different spots than domains, an embedding of equal rows among them.
    #[error(
        "the embedding has only {distinct} different rows, {clusters} domains were asked for; ask for fewer, or look for an encoder that collapsed"
    )]
    TooFewDistinct {
        /// Different rows.
        distinct: usize,
        /// Domains asked for.
        clusters: usize,
    },
    /// A configuration value out of bounds.
    #[error("{field} is {value}, it must be {bound}")]
    Config {
        /// The field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        bound: &'static str,
    },
    /// Two inputs that belong together differ in length.
    #[error("{what} has {got} entries where {expected} were expected")]
    Length {
        /// The input.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits.
        expected: usize,
    },
    /// No start of the mixture led to a valid covariance.
    #[error(
        "none of {starts} starts led to a valid {model} mixture; try the EEE model or fewer domains"
    )]
    Degenerate {
        /// Starts tried.
        starts: usize,
        /// The covariance model.
        model: &'static str,
    },
}
