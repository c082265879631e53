//! Two kinds of modulators in one type, so that a modulator of a third party can be used together with the shipped ones.

use crate::{Modulator, ModulatorConfig, ModulatorError, ShippedModulator};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// One configuration of two kinds; names of the first kind come first.
///
/// It is read and written as the configuration that it holds, with the name under `name`.
#[derive(Debug, Clone, PartialEq)]
pub enum EitherModulator<A, B> {
    /// Of the first kind.
    First(A),
    /// Of the second kind.
    Second(B),
}

impl<A: Default, B> Default for EitherModulator<A, B> {
    fn default() -> Self {
        Self::First(A::default())
    }
}

impl<A, B: From<ShippedModulator>> From<ShippedModulator> for EitherModulator<A, B> {
    fn from(config: ShippedModulator) -> Self {
        Self::Second(config.into())
    }
}

impl<A: ModulatorConfig, B: ModulatorConfig> Serialize for EitherModulator<A, B> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let settings = match self {
            Self::First(config) => serde_json::to_value(config),
            Self::Second(config) => serde_json::to_value(config),
        };
        let mut table = Map::from_iter([("name".into(), self.name().into())]);
        // TOML has no null, so a setting that is `None` is left out.
        if let Value::Object(settings) = settings.map_err(S::Error::custom)? {
            table.extend(settings.into_iter().filter(|(_, value)| !value.is_null()));
        }
        table.serialize(to)
    }
}

impl<'de, A: ModulatorConfig, B: ModulatorConfig> Deserialize<'de> for EitherModulator<A, B> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = Value::deserialize(from)?;
        let name = value.get("name").and_then(Value::as_str);
        let name = name
            .ok_or_else(|| D::Error::missing_field("name"))?
            .to_owned();
        let read = if A::names().contains(&&*name) {
            settings(value, &name).map(Self::First)
        } else {
            settings(value, &name).map(Self::Second)
        };
        read.map_err(D::Error::custom)
    }
}

/// A configuration from its table. One that writes no name of its own has no field for it, and may refuse unknown fields.
fn settings<C: ModulatorConfig>(mut table: Value, name: &str) -> Result<C, serde_json::Error> {
    let written = C::named(name).and_then(|config| serde_json::to_value(config).ok());
    let has_name = written.is_none_or(|written| written.get("name").is_some());
    if let (false, Value::Object(table)) = (has_name, &mut table) {
        table.remove("name");
    }
    serde_json::from_value(table)
}

impl<A: ModulatorConfig, B: ModulatorConfig> ModulatorConfig for EitherModulator<A, B> {
    type Modulator = EitherModulatorModule<A::Modulator, B::Modulator>;

    const NAME: &'static str = "any of two";

    fn names() -> Vec<&'static str> {
        A::names().into_iter().chain(B::names()).collect()
    }

    fn named(name: &str) -> Option<Self> {
        let second = || B::named(name).map(Self::Second);
        A::named(name).map(Self::First).or_else(second)
    }

    fn name(&self) -> &'static str {
        match self {
            Self::First(config) => config.name(),
            Self::Second(config) => config.name(),
        }
    }

    fn check(&self) -> Result<(), ModulatorError> {
        match self {
            Self::First(config) => config.check(),
            Self::Second(config) => config.check(),
        }
    }

    fn uses_semantics(&self) -> bool {
        match self {
            Self::First(config) => config.uses_semantics(),
            Self::Second(config) => config.uses_semantics(),
        }
    }

    fn fill_from(self, preset: &Self) -> Self {
        match (self, preset) {
            (Self::First(config), Self::First(preset)) => Self::First(config.fill_from(preset)),
            (Self::Second(config), Self::Second(preset)) => Self::Second(config.fill_from(preset)),
            (config, _) => config,
        }
    }

    fn init(
        &self,
        d_latent: usize,
        d_semantics: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self::Modulator, ModulatorError> {
        Ok(match self {
            Self::First(config) => {
                EitherModulatorModule::First(config.init(d_latent, d_semantics, seed, device)?)
            }
            Self::Second(config) => {
                EitherModulatorModule::Second(config.init(d_latent, d_semantics, seed, device)?)
            }
        })
    }
}

/// A modulator of one of two kinds; [`EitherModulator`] initialises it.
#[derive(Module, Debug)]
pub enum EitherModulatorModule<A: Modulator, B: Modulator> {
    /// Of the first kind.
    First(A),
    /// Of the second kind.
    Second(B),
}

impl<A: Modulator, B: Modulator> Modulator for EitherModulatorModule<A, B> {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        match self {
            Self::First(modulator) => modulator.forward(latent, semantics),
            Self::Second(modulator) => modulator.forward(latent, semantics),
        }
    }

    fn response(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        match self {
            Self::First(modulator) => modulator.response(latent, semantics),
            Self::Second(modulator) => modulator.response(latent, semantics),
        }
    }
}
