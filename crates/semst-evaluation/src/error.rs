//! The errors of labels, coordinates or series that are scored.

use semst_spatial_graph::GraphError;

/// An error of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Two inputs that describe the same spots differ in length.
    #[error("{what} has {got} entries where {expected} were expected")]
    Length {
        /// The input.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits.
        expected: usize,
    },
    /// Nothing can be scored.
    #[error("nothing to score: {what}")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// A value is NaN or infinite.
    #[error("{what} holds {value} at entry {at}")]
    NotFinite {
        /// The input.
        what: &'static str,
        /// First such entry.
        at: usize,
        /// Its value.
        value: f64,
    },
    /// A score is not defined for these inputs.
    #[error("{score} is not defined: {why}")]
    Undefined {
        /// The score.
        score: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// The nearest spots could not be searched.
    #[error("the nearest spots could not be searched")]
    Search(#[from] GraphError),
    /// A neighbour list does not fit.
    #[error("the neighbour list is broken at spot {spot}: {why}")]
    Neighbours {
        /// The spot.
        spot: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// `Ok` if `got` is `expected`.
pub(crate) fn same_length(
    what: &'static str,
    got: usize,
    expected: usize,
) -> Result<(), EvaluationError> {
    if got == expected {
        Ok(())
    } else {
        Err(EvaluationError::Length {
            what,
            got,
            expected,
        })
    }
}

/// `Ok` if all values are finite.
pub(crate) fn finite<'a>(
    what: &'static str,
    values: impl IntoIterator<Item = &'a f64>,
) -> Result<(), EvaluationError> {
    match values.into_iter().enumerate().find(|(_, v)| !v.is_finite()) {
        Some((at, &value)) => Err(EvaluationError::NotFinite { what, at, value }),
        None => Ok(()),
    }
}
