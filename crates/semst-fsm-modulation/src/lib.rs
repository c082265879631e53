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

#[cfg(test)]
mod tests {
    use super::testing::check_modulator;
    use super::{ModulationConfig, ModulationError};
    use burn::tensor::Device;

    #[test]
    fn every_modulator_conforms() -> Result<(), String> {
        for name in ModulationConfig::NAMES {
            let config = ModulationConfig::from_name(name).map_err(|e| e.to_string())?;
            check_modulator(&Device::flex(), |d, s, device| {
                config.init(d, s, 3, device).expect("widths are positive")
            })
            .map_err(|e| format!("{name}: {e}"))?;
        }
        Ok(())
    }

    #[test]
    fn names_are_known_both_ways() -> Result<(), ModulationError> {
        for name in ModulationConfig::NAMES {
            assert_eq!(ModulationConfig::from_name(name)?.name(), name);
        }
        let error = ModulationConfig::from_name("film").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no modulation is called `film`: choose one of fsm, fsm-zero")
        );
        Ok(())
    }

    #[test]
    fn bad_sizes_are_named() {
        let device = Device::flex();
        let error = ModulationConfig::FsmGrouped { groups: 4 }
            .init(6, 3, 0, &device)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "groups is 4, but must be a divisor of the latent's 6 features"
        );
        let error = ModulationConfig::Fsm { ratio: 0.01 }
            .init(6, 3, 0, &device)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "ratio is 0.01, but must be finite and at least 1/3"
        );
    }
}
