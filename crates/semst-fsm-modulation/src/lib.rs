//! Fine-grained semantic modulation of a latent, and its rivals.
//!
//! FSM lets what the genes of a spot *mean* scale and shift what a network made of where the spot lies:
//! `z' = (1 + α(s)) ⊙ z + β(s)`. It plugs into any encoder between its latent and everything after.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use semst_fsm_modulation::{ModulationConfig, Modulator};
//!
//! let device = Device::flex();
//! let fsm = ModulationConfig::from_name("fsm")?.init(16, 32, 0, &device)?;
//! let z = Tensor::<2>::ones([5, 16], &device);
//! let meaning = Tensor::<2>::ones([5, 32], &device);
//! assert_eq!(fsm.forward(z, meaning).dims(), [5, 16]);
//! # Ok::<(), semst_fsm_modulation::ModulationError>(())
//! ```
//!
//! It knows no encoder, no gene and no graph. Sister crates: `semst-gnn-encoders` has the hosts,
//! `semst-training` marries a host to a modulator, `semst-semantic-embedding` makes the semantics.

mod add;
mod concat;
mod cross_attention;
mod error;
mod fsm;
mod gate;
mod head;
mod init;
mod modulation;
mod modulator;
mod none;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;

pub use add::Add;
pub use concat::Concat;
pub use cross_attention::CrossAttention;
pub use error::ModulationError;
pub use fsm::{Fsm, FsmConfig, FsmStart};
pub use gate::Gate;
pub use head::SemanticHead;
pub use init::Init;
pub use modulation::{Modulation, ModulationConfig};
pub use modulator::Modulator;
pub use none::NoModulation;
