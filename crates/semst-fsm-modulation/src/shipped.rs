//! The shipped modulators in one type, and their configuration by name.

use crate::error::{positive, width};
use crate::{
    Add, Concat, CrossAttention, Fsm, FsmConfig, FsmStart, Gate, Init, Modulator, ModulatorConfig,
    ModulatorError, NoModulation,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// A choice of modulator; its widths are known only when it is initialised for an encoder and semantics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", from = "Table")]
#[non_exhaustive]
pub enum ShippedModulator {
    /// FSM with the random initialisation of the reference.
    Fsm {
        /// Hidden width as a fraction of the width of the semantic code.
        ratio: f64,
    },
    /// FSM that is initially the identity.
    FsmZero {
        /// Hidden width as a fraction of the width of the semantic code.
        ratio: f64,
    },
    /// FSM whose last layer has a low rank.
    FsmLowRank {
        /// Rank of the last layer.
        rank: usize,
    },
    /// FSM with one α and β for each group of features.
    FsmGrouped {
        /// Number of groups; must divide the width of the latent.
        groups: usize,
    },
    /// No modulation.
    None,
    /// Addition.
    Add,
    /// Concatenation and a linear layer.
    Concat,
    /// A gate between latent and semantics.
    Gate,
    /// Attention of the latent over parts of the semantics.
    CrossAttention,
}

/// A [`ShippedModulator`] in a file. A unit variant would accept any key, so those without settings are empty tables.
#[derive(Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
enum Table {
    Fsm { ratio: f64 },
    FsmZero { ratio: f64 },
    FsmLowRank { rank: usize },
    FsmGrouped { groups: usize },
    None {},
    Add {},
    Concat {},
    Gate {},
    CrossAttention {},
}

impl From<Table> for ShippedModulator {
    fn from(table: Table) -> Self {
        match table {
            Table::Fsm { ratio } => Self::Fsm { ratio },
            Table::FsmZero { ratio } => Self::FsmZero { ratio },
            Table::FsmLowRank { rank } => Self::FsmLowRank { rank },
            Table::FsmGrouped { groups } => Self::FsmGrouped { groups },
            Table::None {} => Self::None,
            Table::Add {} => Self::Add,
            Table::Concat {} => Self::Concat,
            Table::Gate {} => Self::Gate,
            Table::CrossAttention {} => Self::CrossAttention,
        }
    }
}

impl ShippedModulator {
    /// FSM between two widths, with the settings of its form.
    fn fsm(&self, d_latent: usize, d_semantics: usize) -> FsmConfig {
        let fsm = FsmConfig::new(d_latent, d_semantics);
        match *self {
            Self::Fsm { ratio } => fsm.with_ratio(ratio),
            Self::FsmZero { ratio } => fsm.with_ratio(ratio).with_start(FsmStart::Zero),
            Self::FsmLowRank { rank } => fsm.with_rank(rank),
            Self::FsmGrouped { groups } => fsm.with_groups(groups),
            _ => fsm,
        }
    }
}

impl Default for ShippedModulator {
    /// FSM with the released defaults.
    fn default() -> Self {
        Self::Fsm { ratio: 0.5 }
    }
}

impl ModulatorConfig for ShippedModulator {
    type Modulator = ShippedModulatorModule;

    const NAME: &'static str = "any shipped modulator";

    fn names() -> Vec<&'static str> {
        vec![
            "fsm",
            "fsm-zero",
            "fsm-low-rank",
            "fsm-grouped",
            "none",
            "add",
            "concat",
            "gate",
            "cross-attention",
        ]
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "fsm" => Self::Fsm { ratio: 0.5 },
            "fsm-zero" => Self::FsmZero { ratio: 0.5 },
            "fsm-low-rank" => Self::FsmLowRank { rank: 8 },
            "fsm-grouped" => Self::FsmGrouped { groups: 2 },
            "none" => Self::None,
            "add" => Self::Add,
            "concat" => Self::Concat,
            "gate" => Self::Gate,
            "cross-attention" => Self::CrossAttention,
            _ => return None,
        })
    }

    fn name(&self) -> &'static str {
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

    /// The widths are not known yet, so `init` checks what depends on them.
    fn check(&self) -> Result<(), ModulatorError> {
        match *self {
            Self::Fsm { ratio } | Self::FsmZero { ratio } if !(ratio > 0.0 && ratio <= 64.0) => {
                Err(ModulatorError::OutOfRange {
                    field: "ratio",
                    value: ratio,
                    bound: "above 0 and at most 64".into(),
                })
            }
            Self::FsmLowRank { rank } => width("rank", rank),
            Self::FsmGrouped { groups } => width("groups", groups),
            _ => Ok(()),
        }
    }

    fn uses_semantics(&self) -> bool {
        *self != Self::None
    }

    fn fill_from(self, preset: &Self) -> Self {
        match (self, *preset) {
            (Self::Fsm { .. }, Self::Fsm { ratio } | Self::FsmZero { ratio }) => {
                Self::Fsm { ratio }
            }
            (Self::FsmZero { .. }, Self::Fsm { ratio } | Self::FsmZero { ratio }) => {
                Self::FsmZero { ratio }
            }
            (config, _) => config,
        }
    }

    fn init(
        &self,
        d_latent: usize,
        d_semantics: usize,
        seed: u64,
        device: &Device,
    ) -> Result<ShippedModulatorModule, ModulatorError> {
        type Module = ShippedModulatorModule;
        if self.uses_semantics() {
            positive("d_latent", d_latent)?;
            positive("d_semantics", d_semantics)?;
        }
        let mut init = Init::new(seed, device);
        Ok(match self {
            Self::Fsm { .. }
            | Self::FsmZero { .. }
            | Self::FsmLowRank { .. }
            | Self::FsmGrouped { .. } => {
                Module::Fsm(self.fsm(d_latent, d_semantics).init(seed, device)?)
            }
            Self::None => Module::None(NoModulation {}),
            Self::Add => Module::Add(Add::new(d_latent, d_semantics, &mut init)),
            Self::Concat => Module::Concat(Concat::new(d_latent, d_semantics, &mut init)),
            Self::Gate => Module::Gate(Gate::new(d_latent, d_semantics, &mut init)),
            Self::CrossAttention => {
                Module::CrossAttention(CrossAttention::new(d_latent, d_semantics, &mut init))
            }
        })
    }
}

/// Any shipped modulator.
#[derive(Module, Debug)]
#[non_exhaustive]
pub enum ShippedModulatorModule {
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

impl Modulator for ShippedModulatorModule {
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
