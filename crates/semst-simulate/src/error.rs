//! Errors in the settings of a simulation.

use thiserror::Error;

/// An invalid setting of a simulation.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A setting lies outside its range.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// The field of the configuration.
        field: &'static str,
        /// Its value.
        value: f64,
        /// The range it must be in, in words.
        bound: &'static str,
    },
}
