//! What can go wrong in training.

use thiserror::Error;

/// Why training did not start or did not end well.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting lies outside what makes sense.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// What it was.
        value: f64,
        /// What it must be.
        bound: &'static str,
    },
    /// Semantics and batch differ in spots.
    #[error("semantics have {got} spots, the slide has {expected}")]
    Spots {
        /// Spots of the batch.
        expected: usize,
        /// Spots of the semantics.
        got: usize,
    },
    /// More or fewer modulators than inner layers.
    #[error(
        "{got} modulators for {expected} inner layers: give one for each width of the host's `inner_widths`"
    )]
    Depths {
        /// Inner layers of the host.
        expected: usize,
        /// Modulators given.
        got: usize,
    },
    /// The loss left the numbers.
    #[error(
        "the {term} loss is {value} at epoch {epoch}: lower the learning rate, or look for extreme features"
    )]
    Diverged {
        /// Which term.
        term: &'static str,
        /// Its value.
        value: f64,
        /// The epoch, from 0.
        epoch: usize,
    },
    /// A part of the slide could not be made.
    #[error("part {index} of the slide cannot be trained on: {reason}; a larger batch may help")]
    Part {
        /// Which part.
        index: usize,
        /// What the host or its graphs say.
        reason: String,
    },
    /// Somebody asked to stop.
    #[error("stopped at epoch {epoch} as asked")]
    Interrupted {
        /// The epoch that was not finished.
        epoch: usize,
    },
}
