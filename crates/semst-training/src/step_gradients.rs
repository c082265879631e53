//! The sum of the gradients of all parts in a step.

use crate::clip::scaled;
use crate::{History, LossCurve, TrainError};
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Tensor;
use semst_gnn_encoders::Losses;

/// Losses and gradients of a step, with each part weighted by its number of spots.
///
/// If a loss is a mean over spots, parts without links between them give the gradient of the whole, up to rounding.
pub(crate) struct StepGradients<M> {
    grads: GradientsAccumulator<M>,
    terms: Vec<LossCurve>,
    /// Number of spots of the first part, and of all parts.
    spots: (f64, f64),
}

impl<M: Module> StepGradients<M> {
    pub(crate) fn new() -> Self {
        Self {
            grads: GradientsAccumulator::new(),
            terms: Vec::new(),
            spots: (0.0, 0.0),
        }
    }

    /// Adds a part of `spots` spots; `total` is the weighted sum of its losses.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] when a loss is not finite.
    pub(crate) fn add(
        &mut self,
        model: &M,
        losses: &Losses,
        total: Tensor<1>,
        spots: usize,
        epoch: usize,
    ) -> Result<(), TrainError> {
        let spots = spots as f64;
        let first = self.spots.1 == 0.0;
        if first {
            self.spots.0 = spots;
        }
        self.spots.1 += spots;
        for (i, term) in losses.terms().iter().enumerate() {
            let value = f64::from(term.value.clone().into_scalar::<f32>());
            if !value.is_finite() {
                return Err(TrainError::Diverged {
                    term: term.name,
                    value,
                    epoch,
                });
            }
            if self.terms.len() <= i {
                self.terms.push(LossCurve {
                    name: term.name.into(),
                    weight: term.weight,
                    values: vec![0.0],
                });
            }
            self.terms[i].values[0] += spots * value;
        }
        // Weights are relative to the first part, so that a step with only one part is not changed.
        let total = match first {
            true => total,
            false => total.mul_scalar(spots / self.spots.0),
        };
        let grads = GradientsParams::from_grads(total.backward(), model);
        self.grads.accumulate(model, grads);
        Ok(())
    }

    /// Appends the mean losses to a history; returns their weighted sum.
    pub(crate) fn record(&self, history: &mut History) -> f64 {
        let mut total = 0.0;
        for (i, term) in self.terms.iter().enumerate() {
            let value = term.values[0] / self.spots.1;
            total += term.weight * value;
            if history.terms.len() <= i {
                history.terms.push(LossCurve {
                    values: Vec::new(),
                    ..term.clone()
                });
            }
            history.terms[i].values.push(value);
        }
        history.total.push(total);
        total
    }

    /// The mean gradients.
    pub(crate) fn grads(mut self, model: &M) -> GradientsParams {
        scaled(model, self.grads.grads(), self.spots.0 / self.spots.1)
    }
}
