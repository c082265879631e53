//! The trait of encoders that FSM can modulate.

use crate::{EncoderError, Losses, Phase, SlideData};
use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Device, Tensor};

/// A self-supervised encoder in two parts; a modulator acts between its latent and everything after.
///
/// # Contract
/// - `prepare` reads what the encoder needs from a slide into its own `Input`, once.
/// - `encode` returns the latent [n, d_latent] that is modulated, and keeps in `Trace` what the loss needs.
/// - `readout` returns what is clustered, [n, any], from a latent that may have been modulated.
/// - `loss` gets the modulated latent: the encoder's own objective trains the modulator.
/// - Spots may be in any order: permuting spots, features and graphs permutes the output.
/// - Random numbers come only from `draw`, a seed that differs in every training step. They never change the embedding of a
///   module off the autodiff device.
/// - If there is nothing to train, the loss of a latent that is not tracked is not tracked either.
///
/// `semst_gnn_encoders::testing` checks this for any implementation.
pub trait Encoder: Module + ModuleDisplay {
    /// The input of this encoder: features, graphs and tensors on its device.
    type Input;

    /// What encoding keeps for the loss, e.g. both views of a dual network.
    type Trace;

    /// Width of the latent.
    fn d_latent(&self) -> usize;

    /// Number of spots of an input.
    fn n_spots(&self, input: &Self::Input) -> usize;

    /// Reads a slide: normalises its graphs for this encoder, and moves them to the device.
    ///
    /// # Errors
    /// When parts of the slide do not fit together, or a part that the encoder needs is missing.
    fn prepare(&self, slide: &SlideData, device: &Device) -> Result<Self::Input, EncoderError>;

    /// Encodes spots to the latent [n, d_latent].
    fn encode(&self, input: &Self::Input, draw: u64) -> (Tensor<2>, Self::Trace);

    /// Widths of the inner layers that may be modulated in addition to the latent, in the order of [`Encoder::encode_with`].
    fn inner_widths(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Encodes with modulated inner layers: `inner(i, h)` gets the hidden values h [n, `inner_widths()[i]`] of layer i and
    /// returns the values for the next layer, of the same shape. It is called once for each use of a layer.
    fn encode_with(
        &self,
        input: &Self::Input,
        draw: u64,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let _ = inner;
        self.encode(input, draw)
    }

    /// The matrix that is clustered, from a latent [n, d_latent].
    fn readout(&self, latent: Tensor<2>, input: &Self::Input) -> Tensor<2>;

    /// The named terms of the objective, from a latent [n, d_latent] and what encoding kept.
    fn loss(&self, latent: Tensor<2>, trace: Self::Trace, input: &Self::Input, draw: u64)
    -> Losses;

    /// Called after every optimiser step with the module as it was before, for constraints such as tied weights.
    fn after_step(self, _before: &Self) -> Self {
        self
    }

    /// The phase of training after the present one; `None`, the default, ends training.
    fn next_phase(&self) -> Option<Phase> {
        None
    }

    /// Enters the phase that [`Encoder::next_phase`] returned, with cluster centres [`Phase::n_centres`, d] of the embedding
    /// at the end of the present phase.
    ///
    /// # Errors
    /// When the centres do not fit.
    fn enter_phase(self, _centres: Tensor<2>) -> Result<Self, EncoderError> {
        Ok(self)
    }

    /// The largest number of links of the spatial graph over which spots change the embedding of a spot, including the
    /// normalisation of the graph. A part of a slide with a halo this wide embeds its core in the same way as the whole slide.
    /// `None`, the default: any spot may change any other, as over an expression graph, and only the whole slide can be embedded.
    fn hops(&self) -> Option<usize> {
        None
    }

    /// Whether training changes the embedding even when the latent is not modulated.
    fn is_trainable(&self) -> bool {
        Module::num_params(self) > 0
    }
}
