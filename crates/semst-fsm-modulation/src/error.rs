//! The errors of the configuration of a modulator.

use thiserror::Error;

/// The reason why a configuration is not valid.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ModulatorError {
    /// A size is zero or too small for another one.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be, in words.
        bound: String,
    },
    /// An unknown name of a modulator.
    #[error("no modulator is called `{name}`: choose one of {known}")]
    UnknownName {
        /// The requested name.
        name: String,
        /// The names that exist.
        known: String,
    },
}

/// Returns an error for a width of a setting that is zero, or so large that its weights fit in no memory.
pub(crate) fn width(field: &'static str, value: usize) -> Result<(), ModulatorError> {
    if (1..=16_384).contains(&value) {
        return Ok(());
    }
    Err(ModulatorError::OutOfRange {
        field,
        value: value as f64,
        bound: "from 1 to 16384".into(),
    })
}

/// Returns an error for zero.
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
