//! A host and a modulator as one model.

use burn::module::Module;
use burn::tensor::Tensor;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{Batch, Host, Losses};

/// Any host with any modulator is again something to train: ablations are a cross product, not code.
#[derive(Module, Debug)]
pub struct Modulated<H: Host, M: Modulator> {
    host: H,
    modulator: M,
}

impl<H: Host, M: Modulator> Modulated<H, M> {
    /// Puts the modulator between the host's latent and everything after.
    pub fn new(host: H, modulator: M) -> Self {
        Self { host, modulator }
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// The modulator.
    pub fn modulator(&self) -> &M {
        &self.modulator
    }

    /// The objective on a batch, with semantics [n, s].
    pub fn losses(&self, batch: &Batch, semantics: Tensor<2>) -> Losses {
        let (latent, trace) = self.host.encode(batch);
        let latent = self.modulator.forward(latent, semantics);
        self.host.loss(latent, trace, batch)
    }

    /// What is clustered: the host's readout of the modulated latent.
    pub fn embed(&self, batch: &Batch, semantics: Tensor<2>) -> Tensor<2> {
        let (latent, _) = self.host.encode(batch);
        self.host
            .readout(self.modulator.forward(latent, semantics), batch)
    }

    /// Lets the host restore its constraints after an optimiser step.
    pub(crate) fn after_step(self, before: &Self) -> Self {
        Self {
            host: self.host.after_step(&before.host),
            modulator: self.modulator,
        }
    }
}
