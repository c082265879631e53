//! The second phase of training that the authors of a host have.

use crate::{Encoder, EncoderConfig, EncoderError};
use burn::tensor::Tensor;

/// Deep embedded clustering behind a first phase of the same length: whoever trains finds the centres on the embedding of the
/// first phase, and calls [`Encoder::with_dec`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SecondPhase {
    /// How many centres.
    pub centres: usize,
    /// Weight of the term.
    pub weight: f64,
}

impl EncoderConfig {
    /// The second phase, where the authors have one: SEDR with [`crate::SedrConfig::dec_centres`].
    pub fn second_phase(&self) -> Option<SecondPhase> {
        match self {
            Self::Sedr(config) if config.dec_centres > 0 => Some(SecondPhase {
                centres: config.dec_centres,
                weight: config.dec_weight,
            }),
            _ => None,
        }
    }
}

impl Encoder {
    /// Adds deep embedded clustering with centres [k, d_latent] and a weight; a host without a second phase stays as it is.
    ///
    /// # Errors
    /// As [`crate::Sedr::with_dec`].
    pub fn with_dec(self, centres: Tensor<2>, weight: f64) -> Result<Self, EncoderError> {
        match self {
            Self::Sedr(sedr) => Ok(Self::Sedr(sedr.with_dec(centres, weight)?)),
            other => Ok(other),
        }
    }
}
