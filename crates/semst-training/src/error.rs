//! What can go wrong in training.

use semst_gnn_encoders::EncoderError;
use semst_preprocess::PreprocessError;
use semst_spatial_graph::GraphError;
use thiserror::Error;

/// The reason why training did not start or failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting is out of its range.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// Its allowed range.
        bound: &'static str,
    },
    /// A part of the input and the slide have different numbers of spots.
    #[error("{part} has {got} spots, the slide has {expected}")]
    Spots {
        /// Which part.
        part: &'static str,
        /// Spots of the slide.
        expected: usize,
        /// Spots of the part.
        got: usize,
    },
    /// The number of modulators differs from the number of inner layers.
    #[error(
        "{got} modulators for {expected} inner layers: give one for each width of the encoder's `inner_widths`"
    )]
    Depths {
        /// Inner layers of the encoder.
        expected: usize,
        /// Modulators given.
        got: usize,
    },
    /// The loss is not finite.
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
    #[error("part {index} of the slide cannot be trained on; a larger batch may help")]
    Part {
        /// Which part.
        index: usize,
        /// The cause.
        source: Box<TrainError>,
    },
    /// The encoder cannot use its input.
    #[error("the encoder cannot use this slide")]
    Encoder(#[from] EncoderError),
    /// A graph could not be made.
    #[error("a graph of the slide cannot be made")]
    Graph(#[from] GraphError),
    /// Principal components for the expression graph could not be made.
    #[error("the expression graph cannot be made")]
    Preprocess(#[from] PreprocessError),
    /// The encoder needs something that the slide does not have.
    #[error("the encoder needs {what}, which this slide does not have")]
    Missing {
        /// The missing part.
        what: String,
    },
    /// Fewer spots than a later phase needs.
    #[error("{n} spots are too few for the {n_centres} cluster centres of the next phase")]
    TooFewSpots {
        /// Spots of the slide.
        n: usize,
        /// Centres of the phase.
        n_centres: usize,
    },
    /// The clustering before a later phase failed.
    #[error("the centres of the next phase cannot be found")]
    Centres(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The observer stopped the training.
    #[error("stopped at epoch {epoch} as asked")]
    Interrupted {
        /// The epoch that was not finished.
        epoch: usize,
    },
}
