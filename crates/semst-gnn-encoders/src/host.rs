//! The trait of every baseline that FSM plugs into.

use crate::{Batch, EncoderError, Losses, SlideData};
use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Device, Tensor};

/// A self-supervised baseline, cut where a modulator plugs in: between its latent and everything after.
///
/// # Contract
/// - `encode` gives the latent [n, d_latent] that is modulated, and keeps in `Trace` what the loss needs of the way there.
/// - `readout` gives what is clustered, [n, any], from a latent that may have been modulated.
/// - `loss` sees the modulated latent: the host's own objective trains the modulator.
/// - Spots may come in any order: permuting spots, features and graphs permutes the output.
/// - What is drawn at random is drawn from `batch.draw`, and only in training.
///
/// `semst_gnn_encoders::testing` checks this for any implementation.
pub trait Host: Module + ModuleDisplay {
    /// What encoding keeps for the loss, e.g. both views of a dual network.
    type Trace;

    /// Width of the latent.
    fn d_latent(&self) -> usize;

    /// Normalises the graphs of a slide as this host propagates over them, and moves them to its device.
    ///
    /// # Errors
    /// When parts of the slide do not fit together or one that the host needs is missing.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<Batch, EncoderError>;

    /// Encodes spots to the latent [n, d_latent].
    fn encode(&self, batch: &Batch) -> (Tensor<2>, Self::Trace);

    /// What is clustered, from a latent [n, d_latent].
    fn readout(&self, latent: Tensor<2>, batch: &Batch) -> Tensor<2>;

    /// The named terms of the objective, from a latent [n, d_latent] and what encoding kept.
    fn loss(&self, latent: Tensor<2>, trace: Self::Trace, batch: &Batch) -> Losses;

    /// Called after every optimiser step with the module as it was before, for constraints such as tied weights.
    fn after_step(self, _before: &Self) -> Self {
        self
    }

    /// Whether there is anything to train.
    fn is_trainable(&self) -> bool {
        Module::num_params(self) > 0
    }
}
