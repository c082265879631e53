//! Fine-grained semantic modulation of a latent, and the modulators that it is compared with.
//!
//! FSM uses the semantics s of a spot, a vector for the meaning of its genes, to scale and shift the latent z that a network
//! computed: `z' = (1 + α(s)) ⊙ z + β(s)`. It works with any encoder, between its latent and everything after.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use semst_fsm_modulation::{Modulator, ModulatorConfig, ShippedModulator};
//!
//! let device = Device::flex();
//! let fsm = ShippedModulator::from_name("fsm")?.init(16, 32, 0, &device)?;
//! let z = Tensor::<2>::ones([5, 16], &device);
//! let semantics = Tensor::<2>::ones([5, 32], &device);
//! assert_eq!(fsm.forward(z, semantics).dims(), [5, 16]);
//! # Ok::<(), semst_fsm_modulation::ModulatorError>(())
//! ```
//!
//! It uses no encoder, no gene and no graph. Related crates: `semst-gnn-encoders` has the encoders,
//! `semst-training` trains an encoder with a modulator, `semst-semantic-embedding` makes the semantics.

mod add;
mod concat;
mod cross_attention;
mod either;
mod error;
mod fsm;
mod gate;
mod head;
mod init;
mod modulator;
mod modulator_config;
mod none;
mod shipped;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;

pub use add::Add;
pub use concat::Concat;
pub use cross_attention::CrossAttention;
pub use either::{EitherModulator, EitherModulatorModule};
pub use error::ModulatorError;
pub use fsm::{Fsm, FsmConfig, FsmStart};
pub use gate::Gate;
pub use head::SemanticHead;
pub use init::Init;
pub use modulator::Modulator;
pub use modulator_config::ModulatorConfig;
pub use none::NoModulation;
pub use shipped::{ShippedModulator, ShippedModulatorModule};
