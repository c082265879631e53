//! Fine-grained Semantic Modulation.

use crate::error::positive;
use crate::{Init, Modulator, ModulatorError, SemanticHead};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation::relu};
use serde::{Deserialize, Serialize};

/// How α and β are initialised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FsmStart {
    /// PyTorch's default, as in the released SemST: random α and β.
    #[default]
    Reference,
    /// The last layer is zero: in the first step z' = z.
    Zero,
}

/// Configures [`Fsm`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FsmConfig {
    /// Width of the latent, d.
    pub d_latent: usize,
    /// Width of the semantics, s.
    pub d_semantics: usize,
    /// Width of the semantic code between head and modulation (SemST: `nhid2` = d / 2).
    pub d_hidden: usize,
    /// Hidden width of the modulation as a fraction of `d_hidden` (SemST `config/DLPFC.ini`: 1.2, others 0.5).
    pub ratio: f64,
    /// How α and β are initialised.
    pub start: FsmStart,
    /// Factorises the last layer with this rank; `None` is SemST's full layer.
    pub rank: Option<usize>,
    /// Shares α and β among groups of consecutive features; `None` is one α and β per feature.
    pub groups: Option<usize>,
}

impl FsmConfig {
    /// FSM of the paper for a latent [n, d] and semantics [n, s].
    pub fn new(d_latent: usize, d_semantics: usize) -> Self {
        Self {
            d_latent,
            d_semantics,
            d_hidden: (d_latent / 2).max(1),
            ratio: 0.5,
            start: FsmStart::Reference,
            rank: None,
            groups: None,
        }
    }

    /// Sets the hidden width of the modulation as a fraction of the width of the semantic code.
    pub fn with_ratio(mut self, ratio: f64) -> Self {
        self.ratio = ratio;
        self
    }

    /// Sets the width of the semantic code.
    pub fn with_d_hidden(mut self, d_hidden: usize) -> Self {
        self.d_hidden = d_hidden;
        self
    }

    /// Sets how α and β are initialised.
    pub fn with_start(mut self, start: FsmStart) -> Self {
        self.start = start;
        self
    }

    /// Factorises the last layer with this rank.
    pub fn with_rank(mut self, rank: usize) -> Self {
        self.rank = Some(rank);
        self
    }

    /// Shares α and β among this many groups of features.
    pub fn with_groups(mut self, groups: usize) -> Self {
        self.groups = Some(groups);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When a size is zero, the ratio leaves no hidden unit, or the groups do not divide the latent.
    pub fn check(&self) -> Result<(), ModulatorError> {
        positive("d_latent", self.d_latent)?;
        positive("d_semantics", self.d_semantics)?;
        positive("d_hidden", self.d_hidden)?;
        if !self.ratio.is_finite() || self.d_modulation() == 0 {
            let bound = format!("finite and at least 1/{}", self.d_hidden);
            return Err(ModulatorError::OutOfRange {
                field: "ratio",
                value: self.ratio,
                bound,
            });
        }
        if let Some(rank) = self.rank {
            positive("rank", rank)?;
        }
        if let Some(groups) = self.groups {
            positive("groups", groups)?;
            if !self.d_latent.is_multiple_of(groups) {
                let bound = format!("a divisor of the latent's {} features", self.d_latent);
                return Err(ModulatorError::OutOfRange {
                    field: "groups",
                    value: groups as f64,
                    bound,
                });
            }
        }
        Ok(())
    }

    /// Initialises the module on a device.
    ///
    /// # Errors
    /// As [`FsmConfig::check`].
    pub fn init(&self, seed: u64, device: &Device) -> Result<Fsm, ModulatorError> {
        self.check()?;
        let mut init = Init::new(seed, device);
        let head = SemanticHead::new(self.d_semantics, self.d_hidden, &mut init);
        let groups = self.groups.unwrap_or(self.d_latent);
        let hidden = init.linear(self.d_hidden, self.d_modulation());
        let factor = self.rank.map(|rank| init.linear(self.d_modulation(), rank));
        let d_input = self.rank.unwrap_or(self.d_modulation());
        let output = match self.start {
            FsmStart::Reference => init.linear(d_input, 2 * groups),
            FsmStart::Zero => init.zero_linear(d_input, 2 * groups),
        };
        Ok(Fsm {
            head,
            modulation: Modulation {
                hidden,
                factor,
                output,
            },
            d_latent: self.d_latent,
            groups,
        })
    }

    fn d_modulation(&self) -> usize {
        (self.d_hidden as f64 * self.ratio).floor() as usize
    }
}

/// Fine-grained Semantic Modulation: `z' = (1 + α(s)) ⊙ z + β(s)`.
///
/// The semantics pass through a head (s → s/2 → e) and an MLP (e → ⌊e·ratio⌋ → 2d) whose output is split into α, then β.
///
/// # Shapes
/// - latent [n, d], semantics [n, s] -> [n, d]
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use semst_fsm_modulation::{FsmConfig, FsmStart, Modulator};
///
/// let device = Device::flex();
/// let fsm = FsmConfig::new(4, 6).with_start(FsmStart::Zero).init(0, &device)?;
/// let z = Tensor::<2>::from_floats([[1.0, -2.0, 3.0, 0.5]], &device);
/// let s = Tensor::<2>::ones([1, 6], &device);
/// assert_eq!(fsm.forward(z.clone(), s).into_data(), z.into_data()); // the identity at first
/// assert!(FsmConfig::new(4, 0).init(0, &device).is_err());
/// # Ok::<(), semst_fsm_modulation::ModulatorError>(())
/// ```
///
/// # References
/// SemST, AAAI 2026 (arXiv 2511.11380), FSM; after FiLM, Perez et al., AAAI 2018.
#[derive(Module, Debug)]
pub struct Fsm {
    head: SemanticHead,
    modulation: Modulation,
    d_latent: usize,
    groups: usize,
}

/// The MLP from the semantic code to α and β.
#[derive(Module, Debug)]
struct Modulation {
    hidden: Linear,
    factor: Option<Linear>,
    output: Linear,
}

impl Fsm {
    /// Scale α and shift β of each spot, both [n, d], from semantics [n, s].
    pub fn coefficients(&self, semantics: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let code = self.head.forward(semantics);
        let hidden = relu(self.modulation.hidden.forward(code));
        let hidden = match &self.modulation.factor {
            Some(factor) => factor.forward(hidden),
            None => hidden,
        };
        let out = self.modulation.output.forward(hidden);
        let [n, _] = out.dims();
        let half = |from: usize| {
            let part = out.clone().slice([0..n, from..from + self.groups]);
            if self.groups == self.d_latent {
                part
            } else {
                spread(part, self.d_latent / self.groups)
            }
        };
        (half(0), half(self.groups))
    }
}

impl Modulator for Fsm {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        let (alpha, beta) = self.coefficients(semantics);
        (alpha + 1.0) * latent + beta
    }

    /// [α ⊙ z | β], [n, 2d]: both halves are in the unit of the latent, so that neither dominates.
    fn response(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        let (alpha, beta) = self.coefficients(semantics);
        Tensor::cat(vec![alpha * latent, beta], 1)
    }
}

/// Repeats each column `times` times: [n, g] -> [n, g · times].
fn spread(x: Tensor<2>, times: usize) -> Tensor<2> {
    let [n, g] = x.dims();
    x.reshape([n, g, 1])
        .repeat_dim(2, times)
        .reshape([n, g * times])
}
