//! The trait of everything that lets semantics change a latent.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;

/// Modulates a latent by per-spot semantics.
///
/// # Contract
/// - Row i of the output depends on row i of the inputs alone.
/// - The output has the shape of the latent, so that the decoder and the losses of any encoder work unchanged.
/// - Gradients reach the latent: the encoder's own losses train through the modulator.
///
/// `semst_fsm_modulation::testing` checks this for any implementation.
pub trait Modulator: Module + ModuleDisplay {
    /// Latent [n, d] and semantics [n, s] to a latent [n, d].
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2>;

    /// What the semantics do to a latent that is the same for all spots, [n, any]: what an interpretation reads.
    ///
    /// `latent` [n, d] holds a typical latent in every row, so that rows differ by their semantics alone.
    /// By default it is what the modulator makes of it. Modulators with coefficients of their own give these, in the unit of the
    /// latent ([`crate::Fsm`]: α and β).
    fn response(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        self.forward(latent, semantics)
    }
}
