//! A host and its modulators as one model.

use crate::TrainError;
use burn::module::Module;
use burn::tensor::Tensor;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{Batch, Host, Losses};
use serde::{Deserialize, Serialize};

/// Any host with any modulator is again something to train: ablations are a cross product, not code.
#[derive(Module, Debug)]
pub struct Modulated<H: Host, M: Modulator> {
    host: H,
    modulator: M,
    /// One for each inner layer of the host, or none at all.
    inner: Vec<M>,
}

/// At which depths of a host semantics enter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// At the latent, as in the paper.
    #[default]
    Latent,
    /// At every inner layer that the host offers ([`Host::inner_widths`]), and at the latent; each depth has its own modulator.
    All,
}

impl Depth {
    /// Whether it is the latent alone.
    pub fn is_latent(&self) -> bool {
        *self == Self::Latent
    }
}

impl<H: Host, M: Modulator> Modulated<H, M> {
    /// Puts the modulator between the host's latent and everything after.
    pub fn new(host: H, modulator: M) -> Self {
        Self {
            host,
            modulator,
            inner: Vec::new(),
        }
    }

    /// Puts modulators at the inner layers too, in the order of [`Host::inner_widths`] and of those widths.
    ///
    /// # Errors
    /// [`TrainError::Depths`] when there are more or fewer of them than inner layers.
    pub fn with_inner(mut self, inner: Vec<M>) -> Result<Self, TrainError> {
        let (expected, got) = (self.host.inner_widths().len(), inner.len());
        if expected != got {
            return Err(TrainError::Depths { expected, got });
        }
        self.inner = inner;
        Ok(self)
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// The modulator of the latent.
    pub fn modulator(&self) -> &M {
        &self.modulator
    }

    /// The modulators of the inner layers; none where the latent alone is modulated.
    pub fn inner(&self) -> &[M] {
        &self.inner
    }

    /// Changes the host, e.g. for a second phase of training.
    ///
    /// # Errors
    /// Those of the change.
    pub fn try_map_host<E>(self, change: impl FnOnce(H) -> Result<H, E>) -> Result<Self, E> {
        Ok(Self {
            host: change(self.host)?,
            ..self
        })
    }

    /// The objective on a batch, with semantics [n, s].
    pub fn losses(&self, batch: &Batch, semantics: Tensor<2>) -> Losses {
        let (latent, trace) = self.encode(batch, semantics);
        self.host.loss(latent, trace, batch)
    }

    /// What is clustered: the host's readout of the modulated latent.
    pub fn embed(&self, batch: &Batch, semantics: Tensor<2>) -> Tensor<2> {
        let (latent, _) = self.encode(batch, semantics);
        self.host.readout(latent, batch)
    }

    /// The latent [n, d_latent] that the modulator of the latent sees.
    pub fn latent(&self, batch: &Batch, semantics: Tensor<2>) -> Tensor<2> {
        self.host_latent(batch, &semantics).0
    }

    /// The modulated latent, and what the host kept on the way there.
    fn encode(&self, batch: &Batch, semantics: Tensor<2>) -> (Tensor<2>, H::Trace) {
        let (latent, trace) = self.host_latent(batch, &semantics);
        (self.modulator.forward(latent, semantics), trace)
    }

    fn host_latent(&self, batch: &Batch, semantics: &Tensor<2>) -> (Tensor<2>, H::Trace) {
        if self.inner.is_empty() {
            self.host.encode(batch)
        } else {
            self.host.encode_with(batch, &mut |layer, hidden| {
                self.inner[layer].forward(hidden, semantics.clone())
            })
        }
    }

    /// Lets the host restore its constraints after an optimiser step.
    pub(crate) fn after_step(self, before: &Self) -> Self {
        Self {
            host: self.host.after_step(&before.host),
            ..self
        }
    }
}
