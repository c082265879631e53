//! Named terms of an objective and their weighted sum.

mod consistency;
mod dec;
mod decorrelation;
pub(crate) mod reconstruction;

pub use consistency::consistency_loss;
pub use dec::Dec;
pub use decorrelation::decorrelation_loss;
pub use reconstruction::reconstruction_loss;

use burn::tensor::Tensor;

/// One term of an objective.
#[derive(Debug, Clone)]
pub struct LossTerm {
    /// Name in histories and plots.
    pub name: &'static str,
    /// Weight in the total.
    pub weight: f64,
    /// Value before weighting, `[1]`.
    pub value: Tensor<1>,
}

/// The terms of an objective, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct Losses {
    terms: Vec<LossTerm>,
}

impl Losses {
    /// No terms.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a term with its weight.
    pub fn with(mut self, name: &'static str, weight: f64, value: Tensor<1>) -> Self {
        self.terms.push(LossTerm {
            name,
            weight,
            value,
        });
        self
    }

    /// All terms.
    pub fn terms(&self) -> &[LossTerm] {
        &self.terms
    }

    /// Weighted sum `[1]`; `None` without terms.
    pub fn total(&self) -> Option<Tensor<1>> {
        self.terms
            .iter()
            .map(|t| t.value.clone().mul_scalar(t.weight))
            .reduce(|a, b| a + b)
    }
}
