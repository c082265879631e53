//! An encoder and its modulators as one model.

use crate::TrainError;
use burn::module::Module;
use burn::tensor::Tensor;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{Encoder, Losses};
use serde::{Deserialize, Serialize};

/// An encoder whose latent, and optionally its inner layers, are modulated by semantics.
#[derive(Module, Debug)]
pub struct Modulated<E: Encoder, M: Modulator> {
    encoder: E,
    modulator: M,
    /// One for each inner layer of the encoder, or none.
    inner: Vec<M>,
}

/// The layers of an encoder that are modulated by semantics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// The latent, as in the paper.
    #[default]
    Latent,
    /// Every inner layer that the encoder offers ([`Encoder::inner_widths`]), and the latent; each has its own modulator.
    All,
}

impl Depth {
    /// Whether only the latent is modulated.
    pub fn is_latent(&self) -> bool {
        *self == Self::Latent
    }
}

impl<E: Encoder, M: Modulator> Modulated<E, M> {
    /// Puts the modulator after the latent of the encoder.
    pub fn new(encoder: E, modulator: M) -> Self {
        Self {
            encoder,
            modulator,
            inner: Vec::new(),
        }
    }

    /// Adds modulators of the inner layers, in the order and with the widths of [`Encoder::inner_widths`].
    ///
    /// # Errors
    /// [`TrainError::Depths`] when their number differs from the number of inner layers.
    pub fn with_inner(mut self, inner: Vec<M>) -> Result<Self, TrainError> {
        let (expected, got) = (self.encoder.inner_widths().len(), inner.len());
        if expected != got {
            return Err(TrainError::Depths { expected, got });
        }
        self.inner = inner;
        Ok(self)
    }

    /// The encoder.
    pub fn encoder(&self) -> &E {
        &self.encoder
    }

    /// The modulator of the latent.
    pub fn modulator(&self) -> &M {
        &self.modulator
    }

    /// The modulators of the inner layers; empty if only the latent is modulated.
    pub fn inner(&self) -> &[M] {
        &self.inner
    }

    /// Changes the encoder, e.g. for a second phase of training.
    ///
    /// # Errors
    /// The errors of the change.
    pub fn try_map_encoder<F>(self, change: impl FnOnce(E) -> Result<E, F>) -> Result<Self, F> {
        Ok(Self {
            encoder: change(self.encoder)?,
            ..self
        })
    }

    /// The objective on a prepared slide, with semantics [n, s]; `draw` is the seed of the random draws of the encoder.
    pub fn losses(&self, input: &E::Input, semantics: Tensor<2>, draw: u64) -> Losses {
        let (latent, trace) = self.encode(input, semantics, draw);
        self.encoder.loss(latent, trace, input, draw)
    }

    /// The matrix that is clustered: the encoder's readout of the modulated latent.
    pub fn embed(&self, input: &E::Input, semantics: Tensor<2>) -> Tensor<2> {
        let (latent, _) = self.encode(input, semantics, 0);
        self.encoder.readout(latent, input)
    }

    /// The latent [n, d_latent] before its modulation.
    pub fn latent(&self, input: &E::Input, semantics: Tensor<2>) -> Tensor<2> {
        self.encoder_latent(input, &semantics, 0).0
    }

    /// The modulated latent, and the trace of the encoder.
    fn encode(&self, input: &E::Input, semantics: Tensor<2>, draw: u64) -> (Tensor<2>, E::Trace) {
        let (latent, trace) = self.encoder_latent(input, &semantics, draw);
        (self.modulator.forward(latent, semantics), trace)
    }

    fn encoder_latent(
        &self,
        input: &E::Input,
        semantics: &Tensor<2>,
        draw: u64,
    ) -> (Tensor<2>, E::Trace) {
        if self.inner.is_empty() {
            self.encoder.encode(input, draw)
        } else {
            self.encoder.encode_with(input, draw, &mut |layer, hidden| {
                self.inner[layer].forward(hidden, semantics.clone())
            })
        }
    }

    /// Lets the encoder restore its constraints after an optimiser step.
    pub(crate) fn after_step(self, before: &Self) -> Self {
        Self {
            encoder: self.encoder.after_step(&before.encoder),
            ..self
        }
    }
}
