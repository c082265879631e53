//! The trait of modulators, which change a latent by semantics.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;

/// Modulates a latent by the semantics of each spot.
///
/// # Contract
/// - Row i of the output depends only on row i of the inputs.
/// - The output has the shape of the latent, so that the decoder and the losses of any encoder work unchanged.
/// - Gradients reach the latent: the encoder's own losses train through the modulator.
///
/// `semst_fsm_modulation::testing` checks this for any implementation.
pub trait Modulator: Module + ModuleDisplay {
    /// Latent [n, d] and semantics [n, s] to a latent [n, d].
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2>;

    /// The effect of the semantics on a latent that is the same for all spots, [n, any]: the input of an interpretation.
    ///
    /// `latent` [n, d] holds a typical latent in every row, so that rows differ only by their semantics.
    /// By default this is the output of the modulator. Modulators with coefficients return these, in the unit of the
    /// latent ([`crate::Fsm`]: α and β).
    fn response(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        self.forward(latent, semantics)
    }
}
