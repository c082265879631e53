//! The shipped modulators behind one type, and their configuration by name.

use crate::error::positive;
use crate::{
    Add, Concat, CrossAttention, Fsm, FsmConfig, FsmStart, Gate, Init, ModulationError, Modulator,
    NoModulation,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Chooses a modulator; its widths are known only when a host and semantics meet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModulationConfig {
    /// FSM with the reference's random start.
    Fsm {
        /// Hidden width as a share of the semantic code's.
        ratio: f64,
    },
    /// FSM that starts as the identity.
    FsmZero {
        /// Hidden width as a share of the semantic code's.
        ratio: f64,
    },
    /// FSM whose last layer has a low rank.
    FsmLowRank {
        /// Rank of the last layer.
        rank: usize,
    },
    /// FSM with one α and β for each group of features.
    FsmGrouped {
        /// Number of groups; a divisor of the latent's width.
        groups: usize,
    },
    /// The latent as it is.
    None,
    /// Addition.
    Add,
    /// Concatenation and a linear layer.
    Concat,
    /// A gate between latent and semantics.
    Gate,
    /// Attention of the latent over pieces of the semantics.
    CrossAttention,
}

impl ModulationConfig {
    /// Every name that [`ModulationConfig::from_name`] knows.
    pub const NAMES: [&str; 9] = [
        "fsm",
        "fsm-zero",
        "fsm-low-rank",
        "fsm-grouped",
        "none",
        "add",
        "concat",
        "gate",
        "cross-attention",
    ];

    /// The configuration of a name with its default settings.
    ///
    /// # Errors
    /// When the name is unknown.
    pub fn from_name(name: &str) -> Result<Self, ModulationError> {
        Ok(match name {
            "fsm" => Self::Fsm { ratio: 0.5 },
            "fsm-zero" => Self::FsmZero { ratio: 0.5 },
            "fsm-low-rank" => Self::FsmLowRank { rank: 8 },
            "fsm-grouped" => Self::FsmGrouped { groups: 2 },
            "none" => Self::None,
            "add" => Self::Add,
            "concat" => Self::Concat,
            "gate" => Self::Gate,
            "cross-attention" => Self::CrossAttention,
            _ => {
                return Err(ModulationError::UnknownName {
                    name: name.into(),
                    known: Self::NAMES.join(", "),
                });
            }
        })
    }

    /// The name of the modulator.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fsm { .. } => "fsm",
            Self::FsmZero { .. } => "fsm-zero",
            Self::FsmLowRank { .. } => "fsm-low-rank",
            Self::FsmGrouped { .. } => "fsm-grouped",
            Self::None => "none",
            Self::Add => "add",
            Self::Concat => "concat",
            Self::Gate => "gate",
            Self::CrossAttention => "cross-attention",
        }
    }

    /// Whether the modulator looks at the semantics.
    pub fn uses_semantics(&self) -> bool {
        *self != Self::None
    }

    /// Starts the modulator between a latent of width `d_latent` and semantics of width `d_semantics`.
    ///
    /// # Errors
    /// When a width is zero or a setting does not fit it.
    pub fn init(
        &self,
        d_latent: usize,
        d_semantics: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Modulation, ModulationError> {
        if self.uses_semantics() {
            positive("d_latent", d_latent)?;
            positive("d_semantics", d_semantics)?;
        }
        let fsm = FsmConfig::new(d_latent, d_semantics);
        let mut init = Init::new(seed, device);
        Ok(match *self {
            Self::Fsm { ratio } => Modulation::Fsm(fsm.with_ratio(ratio).init(seed, device)?),
            Self::FsmZero { ratio } => Modulation::Fsm(
                fsm.with_ratio(ratio)
                    .with_start(FsmStart::Zero)
                    .init(seed, device)?,
            ),
            Self::FsmLowRank { rank } => Modulation::Fsm(fsm.with_rank(rank).init(seed, device)?),
            Self::FsmGrouped { groups } => {
                Modulation::Fsm(fsm.with_groups(groups).init(seed, device)?)
            }
            Self::None => Modulation::None(NoModulation {}),
            Self::Add => Modulation::Add(Add::new(d_latent, d_semantics, &mut init)),
            Self::Concat => Modulation::Concat(Concat::new(d_latent, d_semantics, &mut init)),
            Self::Gate => Modulation::Gate(Gate::new(d_latent, d_semantics, &mut init)),
            Self::CrossAttention => {
                Modulation::CrossAttention(CrossAttention::new(d_latent, d_semantics, &mut init))
            }
        })
    }
}

/// Any shipped modulator.
#[derive(Module, Debug)]
#[non_exhaustive]
pub enum Modulation {
    /// See [`Fsm`].
    Fsm(Fsm),
    /// See [`NoModulation`].
    None(NoModulation),
    /// See [`Add`].
    Add(Add),
    /// See [`Concat`].
    Concat(Concat),
    /// See [`Gate`].
    Gate(Gate),
    /// See [`CrossAttention`].
    CrossAttention(CrossAttention),
}

impl Modulator for Modulation {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Fsm(m) => m.forward(latent, semantics),
            Self::None(m) => m.forward(latent, semantics),
            Self::Add(m) => m.forward(latent, semantics),
            Self::Concat(m) => m.forward(latent, semantics),
            Self::Gate(m) => m.forward(latent, semantics),
            Self::CrossAttention(m) => m.forward(latent, semantics),
        }
    }

    fn response(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Fsm(m) => m.response(latent, semantics),
            Self::None(m) => m.response(latent, semantics),
            Self::Add(m) => m.response(latent, semantics),
            Self::Concat(m) => m.response(latent, semantics),
            Self::Gate(m) => m.response(latent, semantics),
            Self::CrossAttention(m) => m.response(latent, semantics),
        }
    }
}
