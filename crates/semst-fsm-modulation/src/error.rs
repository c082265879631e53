//! What can be wrong with a modulator's configuration.

use thiserror::Error;

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ModulatorError {
    /// A size is zero or too small for another one.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// What it was.
        value: f64,
        /// What it must be, in words.
        bound: String,
    },
    /// A name that no modulator has.
    #[error("no modulator is called `{name}`: choose one of {known}")]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
}

/// Refuses zero sizes.
pub(crate) fn positive(field: &'static str, value: usize) -> Result<(), ModulatorError> {
    if value == 0 {
        return Err(ModulatorError::OutOfRange {
            field,
            value: 0.0,
            bound: "at least 1".into(),
        });
    }
    Ok(())
}
