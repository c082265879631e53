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
/// - What is drawn at random is drawn from `batch.draw`, and never shows in the embedding of a module off the autodiff device.
/// - Where there is nothing to train, the loss of a latent that nothing tracks is not tracked either.
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

    /// Widths of the inner layers that may be modulated besides the latent, in the order of [`Host::encode_with`].
    fn inner_widths(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Encodes with a say at inner layers: `inner(i, h)` gets the hidden numbers h [n, `inner_widths()[i]`] of layer i and
    /// returns what goes on, of the same shape. It may be called more than once for a layer that is used more than once.
    fn encode_with(
        &self,
        batch: &Batch,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let _ = inner;
        self.encode(batch)
    }

    /// What is clustered, from a latent [n, d_latent].
    fn readout(&self, latent: Tensor<2>, batch: &Batch) -> Tensor<2>;

    /// The named terms of the objective, from a latent [n, d_latent] and what encoding kept.
    fn loss(&self, latent: Tensor<2>, trace: Self::Trace, batch: &Batch) -> Losses;

    /// Called after every optimiser step with the module as it was before, for constraints such as tied weights.
    fn after_step(self, _before: &Self) -> Self {
        self
    }

    /// How many links of the spatial graph away, at most, lies what the embedding of a spot depends on, normalisation of the graph
    /// included. A part of a slide with so wide a halo embeds its core as the whole slide does.
    /// `None`, the default: any spot may depend on any other, as over an expression graph, and only the whole slide can be embedded.
    fn hops(&self) -> Option<usize> {
        None
    }

    /// Whether training changes the embedding even when the latent is not modulated.
    fn is_trainable(&self) -> bool {
        Module::num_params(self) > 0
    }
}
