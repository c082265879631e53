//! The trait of configurations of modulators.

use crate::{Modulator, ModulatorError};
use burn::tensor::Device;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// A configuration that initialises a modulator.
///
/// It is plain data. [`crate::EitherModulator`] joins several configurations in one type, and writes the name of the one it holds
/// under `name`.
///
/// # Examples
/// ```
/// use semst_fsm_modulation::{ModulatorConfig, ShippedModulator};
///
/// let fsm = ShippedModulator::from_name("fsm")?;
/// assert!(fsm.uses_semantics());
/// assert!(ShippedModulator::from_name("dropout").is_err());
/// # Ok::<(), semst_fsm_modulation::ModulatorError>(())
/// ```
pub trait ModulatorConfig:
    Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The modulator that it initialises.
    type Modulator: Modulator;

    /// The name of the modulator in configuration files. A type for several modulators has its own `names`, `named` and `name`.
    const NAME: &'static str;

    /// Every name that [`ModulatorConfig::from_name`] accepts.
    fn names() -> Vec<&'static str> {
        vec![Self::NAME]
    }

    /// The configuration of a name with its default settings, if the name exists.
    fn named(name: &str) -> Option<Self> {
        (name == Self::NAME).then(Self::default)
    }

    /// The configuration of a name with its default settings.
    ///
    /// # Errors
    /// [`ModulatorError::UnknownName`] lists the names.
    fn from_name(name: &str) -> Result<Self, ModulatorError> {
        Self::named(name).ok_or_else(|| ModulatorError::UnknownName {
            name: name.into(),
            known: Self::names().join(", "),
        })
    }

    /// The name of the modulator.
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// Checks every field before any work.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    fn check(&self) -> Result<(), ModulatorError>;

    /// Whether the modulator reads the semantics; by default yes.
    fn uses_semantics(&self) -> bool {
        true
    }

    /// These settings, completed from a preset where a plain name leaves them open: `fsm` as a plain name gets the width of the
    /// preset.
    fn fill_from(self, _preset: &Self) -> Self {
        self
    }

    /// Initialises the modulator between a latent of width `d_latent` and semantics of width `d_semantics`.
    ///
    /// # Errors
    /// As [`ModulatorConfig::check`], or when a width is zero or does not fit a setting.
    fn init(
        &self,
        d_latent: usize,
        d_semantics: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self::Modulator, ModulatorError>;
}
