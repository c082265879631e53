//! The errors of configurations, slides and encoders.

use semst_preprocess::PreprocessError;
use semst_sparse::SparseError;
use semst_spatial_graph::GraphError;
use thiserror::Error;

/// The reason why an encoder was not initialised or cannot use a slide.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// A setting is out of its range.
    #[error("{field} is {value}, but must be {bound}")]
    OutOfRange {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        bound: &'static str,
    },
    /// Two parts of the input have different numbers of spots.
    #[error("{part} has {got} spots, the features have {expected}")]
    Spots {
        /// Which part.
        part: &'static str,
        /// Spots of the features.
        expected: usize,
        /// Spots of the part.
        got: usize,
    },
    /// The encoder needs the expression graph and got none.
    #[error(
        "the encoder {encoder} needs a graph of expression neighbours: give `SlideData::expression`"
    )]
    NoExpressionGraph {
        /// Name of the encoder.
        encoder: &'static str,
    },
    /// The encoder needs coordinates and got none.
    #[error("the encoder {encoder} needs coordinates: give `SlideData::coords`")]
    NoCoordinates {
        /// Name of the encoder.
        encoder: &'static str,
    },
    /// An unknown name of an encoder.
    #[error("no encoder is called `{name}`: choose one of {known}")]
    UnknownName {
        /// The requested name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A width differs from the width that it must have.
    #[error("{part} has width {got}, but must have {expected}")]
    Width {
        /// Which part.
        part: &'static str,
        /// The required width.
        expected: usize,
        /// Its width.
        got: usize,
    },
    /// The graph could not be normalised.
    #[error("the graph cannot be used")]
    Graph(#[from] GraphError),
    /// The features have no principal components.
    #[error("the principal components cannot be computed")]
    Preprocess(#[from] PreprocessError),
    /// A matrix could not be moved to the device.
    #[error("a sparse matrix was refused")]
    Sparse(#[from] SparseError),
}

impl EncoderError {
    /// Returns an error for zero.
    ///
    /// # Errors
    /// [`EncoderError::OutOfRange`] names the field.
    pub fn positive(field: &'static str, value: usize) -> Result<(), Self> {
        if value == 0 {
            return Err(Self::OutOfRange {
                field,
                value: 0.0,
                bound: "at least 1",
            });
        }
        Ok(())
    }

    /// Returns an error for a width of a layer that is zero, or so large that its weights fit in no memory.
    ///
    /// # Errors
    /// [`EncoderError::OutOfRange`] names the field.
    pub fn width(field: &'static str, value: usize) -> Result<(), Self> {
        if (1..=Self::WIDEST).contains(&value) {
            return Ok(());
        }
        Err(Self::OutOfRange {
            field,
            value: value as f64,
            bound: "from 1 to 16384",
        })
    }

    /// The widest layer: a square of it has a GiB of weights.
    const WIDEST: usize = 16_384;

    /// Returns an error for negative numbers, NaN, and numbers above a million: weights of losses are single precision.
    ///
    /// # Errors
    /// [`EncoderError::OutOfRange`] names the field.
    pub fn not_negative(field: &'static str, value: f64) -> Result<(), Self> {
        if (0.0..=1e6).contains(&value) {
            return Ok(());
        }
        Err(Self::OutOfRange {
            field,
            value,
            bound: "from 0 to 1e6",
        })
    }
}
