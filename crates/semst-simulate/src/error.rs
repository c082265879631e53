//! Errors in the settings of a simulation.

use thiserror::Error;

/// Names the setting of a simulation that is invalid.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A setting lies outside its range.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// The field of the configuration.
        field: &'static str,
        /// The value it has.
        value: f64,
        /// The range it must be in, in words.
        bound: &'static str,
    },
}
