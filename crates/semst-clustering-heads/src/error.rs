//! The errors of turning an embedding into domains.

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
        "the embedding holds {value} at row {row}, column {column}; check for diverged training or unscaled input"
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
    #[error("{rows} spots cannot form {clusters} domains; request at most {rows}")]
    TooFewRows {
        /// Spots in the embedding.
        rows: usize,
        /// Domains requested.
        clusters: usize,
    },
    /// Fewer different spots than domains, for example an embedding of equal rows.
    #[error(
        "the spots have only {distinct} different values, but {clusters} domains are needed: they are alike in their counts, or the training made them alike; check the counts, or ask for fewer domains"
    )]
    TooFewDistinct {
        /// Different rows.
        distinct: usize,
        /// Domains requested.
        clusters: usize,
    },
    /// An unknown name of a head.
    #[error("no head is called `{name}`: choose one of {known}")]
    UnknownHead {
        /// The name requested.
        name: String,
        /// The known names.
        known: String,
    },
    /// The number of domains cannot be chosen.
    #[error("the number of domains cannot be chosen: {why}")]
    NoCount {
        /// The reason.
        why: &'static str,
    },
    /// A value of the configuration is out of its bounds.
    #[error("{field} is {value}, it must be {bound}")]
    Config {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// Its bounds.
        bound: &'static str,
    },
    /// Two inputs of the same spots have different lengths.
    #[error("{what} has {got} entries where {expected} were expected")]
    Length {
        /// The input.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits.
        expected: usize,
    },
    /// No start of the mixture gave a valid covariance.
    #[error("none of {starts} starts led to a valid mixture; try fewer domains")]
    Degenerate {
        /// Starts tried.
        starts: usize,
    },
}

impl ClusterError {
    /// [`ClusterError::UnknownHead`] for a name that is not among `known`.
    pub fn unknown_head(name: &str, known: &[&str]) -> Self {
        Self::UnknownHead {
            name: name.into(),
            known: known.join(", "),
        }
    }

    /// Checks that fields are not zero.
    pub(crate) fn positive(fields: &[(&'static str, usize)]) -> Result<(), Self> {
        match fields.iter().find(|(_, value)| *value == 0) {
            None => Ok(()),
            Some(&(field, _)) => Err(Self::Config {
                field,
                value: "0".into(),
                bound: "at least 1",
            }),
        }
    }

    /// Checks that fields are not above their largest values, which come with the words for them.
    pub(crate) fn within(
        fields: &[(&'static str, usize, usize, &'static str)],
    ) -> Result<(), Self> {
        match fields.iter().find(|(_, value, most, _)| value > most) {
            None => Ok(()),
            Some(&(field, value, _, bound)) => Err(Self::Config {
                field,
                value: value.to_string(),
                bound,
            }),
        }
    }

    /// [`ClusterError::Config`] for zero domains.
    pub(crate) fn no_clusters() -> Self {
        Self::Config {
            field: "n_clusters",
            value: "0".into(),
            bound: "at least 1",
        }
    }
}
