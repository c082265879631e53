//! The shipped encoders, all registered here.

use crate::{
    Banksy, BanksyConfig, Cellcharter, CellcharterConfig, Cosmim, CosmimConfig, Diffusion,
    DiffusionConfig, Encoder, EncoderConfig, EncoderError, Graphst, GraphstConfig, Losses, Mafn,
    MafnConfig, Needs, NichePca, NichePcaConfig, Pca, PcaConfig, Phase, Rasp, RaspConfig, Recipe,
    Sedr, SedrConfig, Semst, SemstConfig, SlideData, SpatialMgcn, SpatialMgcnConfig, Stagate,
    StagateConfig,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Writes the enums of configurations, modules, inputs and traces, and the delegation.
macro_rules! shipped_encoders {
    ($($variant:ident($config:ident) = $name:literal),+ $(,)?) => {
        /// A choice of shipped encoder; its number of features is known only with a slide.
        ///
        /// # Examples
        /// ```
        /// use semst_gnn_encoders::{EncoderConfig, ShippedEncoder};
        /// let config: ShippedEncoder = serde_json::from_str(r#"{"name": "stagate", "d_latent": 16}"#)?;
        /// assert_eq!(config.name(), "stagate");
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name")]
        #[non_exhaustive]
        pub enum ShippedEncoder {
            $(
                #[doc = concat!("See [`", stringify!($variant), "`].")]
                #[serde(rename = $name)]
                $variant($config),
            )+
        }

        impl Default for ShippedEncoder {
            /// SemST's encoder with the released defaults.
            fn default() -> Self {
                Self::Semst(SemstConfig::new())
            }
        }

        impl EncoderConfig for ShippedEncoder {
            type Encoder = ShippedEncoderModule;

            const NAME: &'static str = "any shipped encoder";

            fn names() -> Vec<&'static str> {
                vec![$($name),+]
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant($config::new())),)+
                    _ => None,
                }
            }

            fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                }
            }

            fn check(&self) -> Result<(), EncoderError> {
                match self {
                    $(Self::$variant(config) => EncoderConfig::check(config),)+
                }
            }

            fn needs(&self) -> Needs {
                match self {
                    $(Self::$variant(config) => config.needs(),)+
                }
            }

            fn recipe(&self) -> Recipe {
                match self {
                    $(Self::$variant(config) => config.recipe(),)+
                }
            }

            fn is_floor(&self) -> bool {
                match self {
                    $(Self::$variant(config) => config.is_floor(),)+
                }
            }

            fn init(
                &self,
                n_features: usize,
                seed: u64,
                device: &Device,
            ) -> Result<ShippedEncoderModule, EncoderError> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        ShippedEncoderModule::$variant(config.init(n_features, seed, device)?)
                    })+
                })
            }
        }

        /// Any shipped encoder; [`ShippedEncoder`] initialises it.
        #[derive(Module, Debug)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "a program holds one encoder, not an array of them")]
        pub enum ShippedEncoderModule {
            $(#[doc = concat!("See [`", stringify!($variant), "`].")] $variant($variant),)+
        }

        /// The input of a shipped encoder.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "handles of tensors: a slide has one")]
        pub enum ShippedEncoderInput {
            $(#[doc = concat!("Of [`", stringify!($variant), "`].")] $variant(<$variant as Encoder>::Input),)+
        }

        /// What a shipped encoder keeps for its loss.
        #[derive(Debug)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "handles of tensors: a step has one")]
        pub enum ShippedEncoderTrace {
            $(#[doc = concat!("Of [`", stringify!($variant), "`].")] $variant(<$variant as Encoder>::Trace),)+
        }

        impl Encoder for ShippedEncoderModule {
            type Input = ShippedEncoderInput;
            type Trace = ShippedEncoderTrace;

            fn d_latent(&self) -> usize {
                match self {
                    $(Self::$variant(encoder) => encoder.d_latent(),)+
                }
            }

            fn n_spots(&self, input: &Self::Input) -> usize {
                match (self, input) {
                    $((Self::$variant(encoder), ShippedEncoderInput::$variant(input)) => encoder.n_spots(input),)+
                    _ => other_encoder(),
                }
            }

            fn prepare(&self, slide: &SlideData, device: &Device) -> Result<Self::Input, EncoderError> {
                Ok(match self {
                    $(Self::$variant(encoder) => ShippedEncoderInput::$variant(encoder.prepare(slide, device)?),)+
                })
            }

            fn encode(&self, input: &Self::Input, draw: u64) -> (Tensor<2>, Self::Trace) {
                match (self, input) {
                    $((Self::$variant(encoder), ShippedEncoderInput::$variant(input)) => {
                        let (latent, trace) = encoder.encode(input, draw);
                        (latent, ShippedEncoderTrace::$variant(trace))
                    })+
                    _ => other_encoder(),
                }
            }

            fn inner_widths(&self) -> Vec<usize> {
                match self {
                    $(Self::$variant(encoder) => encoder.inner_widths(),)+
                }
            }

            fn encode_with(
                &self,
                input: &Self::Input,
                draw: u64,
                inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
            ) -> (Tensor<2>, Self::Trace) {
                match (self, input) {
                    $((Self::$variant(encoder), ShippedEncoderInput::$variant(input)) => {
                        let (latent, trace) = encoder.encode_with(input, draw, inner);
                        (latent, ShippedEncoderTrace::$variant(trace))
                    })+
                    _ => other_encoder(),
                }
            }

            fn readout(&self, latent: Tensor<2>, input: &Self::Input) -> Tensor<2> {
                match (self, input) {
                    $((Self::$variant(encoder), ShippedEncoderInput::$variant(input)) => encoder.readout(latent, input),)+
                    _ => other_encoder(),
                }
            }

            fn loss(&self, latent: Tensor<2>, trace: Self::Trace, input: &Self::Input, draw: u64) -> Losses {
                match (self, trace, input) {
                    $((Self::$variant(encoder), ShippedEncoderTrace::$variant(trace), ShippedEncoderInput::$variant(input)) => {
                        encoder.loss(latent, trace, input, draw)
                    })+
                    _ => other_encoder(),
                }
            }

            fn after_step(self, before: &Self) -> Self {
                match (self, before) {
                    $((Self::$variant(encoder), Self::$variant(before)) => {
                        Self::$variant(encoder.after_step(before))
                    })+
                    _ => other_encoder(),
                }
            }

            fn next_phase(&self) -> Option<Phase> {
                match self {
                    $(Self::$variant(encoder) => encoder.next_phase(),)+
                }
            }

            fn enter_phase(self, centres: Tensor<2>) -> Result<Self, EncoderError> {
                Ok(match self {
                    $(Self::$variant(encoder) => Self::$variant(encoder.enter_phase(centres)?),)+
                })
            }

            fn hops(&self) -> Option<usize> {
                match self {
                    $(Self::$variant(encoder) => encoder.hops(),)+
                }
            }

            fn is_trainable(&self) -> bool {
                match self {
                    $(Self::$variant(encoder) => encoder.is_trainable(),)+
                }
            }
        }
    };
}

/// Inputs or traces of one encoder were passed to another: an error of the program, not of its user.
pub(crate) fn other_encoder() -> ! {
    panic!("input, trace and encoder must belong together")
}

shipped_encoders!(
    Semst(SemstConfig) = "semst",
    Graphst(GraphstConfig) = "graphst",
    Stagate(StagateConfig) = "stagate",
    SpatialMgcn(SpatialMgcnConfig) = "spatial-mgcn",
    Mafn(MafnConfig) = "mafn",
    Sedr(SedrConfig) = "sedr",
    Diffusion(DiffusionConfig) = "diffusion",
    Pca(PcaConfig) = "pca",
    NichePca(NichePcaConfig) = "niche-pca",
    Rasp(RaspConfig) = "rasp",
    Banksy(BanksyConfig) = "banksy",
    Cellcharter(CellcharterConfig) = "cellcharter",
    Cosmim(CosmimConfig) = "cosmim",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_both_ways() -> Result<(), EncoderError> {
        for name in ShippedEncoder::names() {
            let config = ShippedEncoder::from_name(name)?;
            assert_eq!(config.name(), name);
            assert!(config.recipe().epochs > 0);
            let json = serde_json::to_string(&config).expect("plain data");
            assert!(json.starts_with(&format!(r#"{{"name":"{name}""#)), "{json}");
            let back: ShippedEncoder = serde_json::from_str(&json).expect("what was written");
            assert_eq!(back, config);
            let short: ShippedEncoder = serde_json::from_str(&format!(r#"{{"name":"{name}"}}"#))
                .expect("all else defaults");
            assert_eq!(short, config);
        }
        let error = ShippedEncoder::from_name("gat").unwrap_err().to_string();
        assert!(error.starts_with("no encoder is called `gat`: choose one of semst, graphst"));
        Ok(())
    }

    #[test]
    fn zero_features_are_refused() -> Result<(), EncoderError> {
        for name in ShippedEncoder::names() {
            let error = ShippedEncoder::from_name(name)?.init(0, 0, &Device::flex());
            let error = error.expect_err("nothing to encode").to_string();
            assert_eq!(error, "n_features is 0, but must be at least 1");
        }
        Ok(())
    }
}
