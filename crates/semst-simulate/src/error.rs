//! What can be wrong with a simulation's settings.

use thiserror::Error;

/// Says which setting of a simulation cannot be used.
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
        /// The range it must lie in, in words.
        bound: &'static str,
    },
}
