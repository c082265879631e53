//! Two kinds of encoders in one type, so that an encoder of a third party can be used together with the shipped ones.

use crate::shipped::other_encoder;
use crate::{
    Encoder, EncoderConfig, EncoderError, Losses, Needs, Phase, Recipe, ShippedEncoder, SlideData,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// One configuration of two kinds; names of the first kind come first.
///
/// It is read and written as the configuration that it holds, with the name under `name`.
///
/// # Examples
/// ```
/// use semst_gnn_encoders::{EitherEncoder, EncoderConfig, PcaConfig, StagateConfig};
///
/// type Mine = EitherEncoder<PcaConfig, StagateConfig>;
/// let config: Mine = serde_json::from_str(r#"{"name": "stagate", "d_latent": 8}"#)?;
/// assert_eq!((config.name(), config.recipe().epochs), ("stagate", 1000));
/// assert_eq!(Mine::names(), ["pca", "stagate"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum EitherEncoder<A, B> {
    /// Of the first kind.
    First(A),
    /// Of the second kind.
    Second(B),
}

impl<A: Default, B> Default for EitherEncoder<A, B> {
    fn default() -> Self {
        Self::First(A::default())
    }
}

impl<A, B: From<ShippedEncoder>> From<ShippedEncoder> for EitherEncoder<A, B> {
    fn from(config: ShippedEncoder) -> Self {
        Self::Second(config.into())
    }
}

impl<A: EncoderConfig, B: EncoderConfig> Serialize for EitherEncoder<A, B> {
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

impl<'de, A: EncoderConfig, B: EncoderConfig> Deserialize<'de> for EitherEncoder<A, B> {
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
fn settings<C: EncoderConfig>(mut table: Value, name: &str) -> Result<C, serde_json::Error> {
    let written = C::named(name).and_then(|config| serde_json::to_value(config).ok());
    let has_name = written.is_none_or(|written| written.get("name").is_some());
    if let (false, Value::Object(table)) = (has_name, &mut table) {
        table.remove("name");
    }
    serde_json::from_value(table)
}

impl<A: EncoderConfig, B: EncoderConfig> EncoderConfig for EitherEncoder<A, B> {
    type Encoder = EitherEncoderModule<A::Encoder, B::Encoder>;

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

    fn check(&self) -> Result<(), EncoderError> {
        match self {
            Self::First(config) => config.check(),
            Self::Second(config) => config.check(),
        }
    }

    fn needs(&self) -> Needs {
        match self {
            Self::First(config) => config.needs(),
            Self::Second(config) => config.needs(),
        }
    }

    fn recipe(&self) -> Recipe {
        match self {
            Self::First(config) => config.recipe(),
            Self::Second(config) => config.recipe(),
        }
    }

    fn is_floor(&self) -> bool {
        match self {
            Self::First(config) => config.is_floor(),
            Self::Second(config) => config.is_floor(),
        }
    }

    fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self::Encoder, EncoderError> {
        Ok(match self {
            Self::First(config) => {
                EitherEncoderModule::First(config.init(n_features, seed, device)?)
            }
            Self::Second(config) => {
                EitherEncoderModule::Second(config.init(n_features, seed, device)?)
            }
        })
    }
}

/// An encoder of one of two kinds; [`EitherEncoder`] initialises it.
#[derive(Module, Debug)]
pub enum EitherEncoderModule<A: Encoder, B: Encoder> {
    /// Of the first kind.
    First(A),
    /// Of the second kind.
    Second(B),
}

/// The input or the trace of an encoder of one of two kinds.
#[derive(Debug, Clone)]
pub enum OfEither<A, B> {
    /// Of the first kind.
    First(A),
    /// Of the second kind.
    Second(B),
}

impl<A: Encoder, B: Encoder> Encoder for EitherEncoderModule<A, B> {
    type Input = OfEither<A::Input, B::Input>;
    type Trace = OfEither<A::Trace, B::Trace>;

    fn d_latent(&self) -> usize {
        match self {
            Self::First(encoder) => encoder.d_latent(),
            Self::Second(encoder) => encoder.d_latent(),
        }
    }

    fn n_spots(&self, input: &Self::Input) -> usize {
        match (self, input) {
            (Self::First(encoder), OfEither::First(input)) => encoder.n_spots(input),
            (Self::Second(encoder), OfEither::Second(input)) => encoder.n_spots(input),
            _ => other_encoder(),
        }
    }

    fn prepare(&self, slide: &SlideData, device: &Device) -> Result<Self::Input, EncoderError> {
        Ok(match self {
            Self::First(encoder) => OfEither::First(encoder.prepare(slide, device)?),
            Self::Second(encoder) => OfEither::Second(encoder.prepare(slide, device)?),
        })
    }

    fn encode(&self, input: &Self::Input, draw: u64) -> (Tensor<2>, Self::Trace) {
        match (self, input) {
            (Self::First(encoder), OfEither::First(input)) => {
                let (latent, trace) = encoder.encode(input, draw);
                (latent, OfEither::First(trace))
            }
            (Self::Second(encoder), OfEither::Second(input)) => {
                let (latent, trace) = encoder.encode(input, draw);
                (latent, OfEither::Second(trace))
            }
            _ => other_encoder(),
        }
    }

    fn inner_widths(&self) -> Vec<usize> {
        match self {
            Self::First(encoder) => encoder.inner_widths(),
            Self::Second(encoder) => encoder.inner_widths(),
        }
    }

    fn encode_with(
        &self,
        input: &Self::Input,
        draw: u64,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        match (self, input) {
            (Self::First(encoder), OfEither::First(input)) => {
                let (latent, trace) = encoder.encode_with(input, draw, inner);
                (latent, OfEither::First(trace))
            }
            (Self::Second(encoder), OfEither::Second(input)) => {
                let (latent, trace) = encoder.encode_with(input, draw, inner);
                (latent, OfEither::Second(trace))
            }
            _ => other_encoder(),
        }
    }

    fn readout(&self, latent: Tensor<2>, input: &Self::Input) -> Tensor<2> {
        match (self, input) {
            (Self::First(encoder), OfEither::First(input)) => encoder.readout(latent, input),
            (Self::Second(encoder), OfEither::Second(input)) => encoder.readout(latent, input),
            _ => other_encoder(),
        }
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        trace: Self::Trace,
        input: &Self::Input,
        draw: u64,
    ) -> Losses {
        match (self, trace, input) {
            (Self::First(encoder), OfEither::First(trace), OfEither::First(input)) => {
                encoder.loss(latent, trace, input, draw)
            }
            (Self::Second(encoder), OfEither::Second(trace), OfEither::Second(input)) => {
                encoder.loss(latent, trace, input, draw)
            }
            _ => other_encoder(),
        }
    }

    fn after_step(self, before: &Self) -> Self {
        match (self, before) {
            (Self::First(encoder), Self::First(before)) => Self::First(encoder.after_step(before)),
            (Self::Second(encoder), Self::Second(before)) => {
                Self::Second(encoder.after_step(before))
            }
            _ => other_encoder(),
        }
    }

    fn next_phase(&self) -> Option<Phase> {
        match self {
            Self::First(encoder) => encoder.next_phase(),
            Self::Second(encoder) => encoder.next_phase(),
        }
    }

    fn enter_phase(self, centres: Tensor<2>) -> Result<Self, EncoderError> {
        Ok(match self {
            Self::First(encoder) => Self::First(encoder.enter_phase(centres)?),
            Self::Second(encoder) => Self::Second(encoder.enter_phase(centres)?),
        })
    }

    fn hops(&self) -> Option<usize> {
        match self {
            Self::First(encoder) => encoder.hops(),
            Self::Second(encoder) => encoder.hops(),
        }
    }

    fn is_trainable(&self) -> bool {
        match self {
            Self::First(encoder) => encoder.is_trainable(),
            Self::Second(encoder) => encoder.is_trainable(),
        }
    }
}
