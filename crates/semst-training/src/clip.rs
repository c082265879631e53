//! Clipping the norm of the whole gradient.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales all gradients by `min(1, max_norm / (norm + 1e-6))`, with the norm over all parameters together, as PyTorch does.
pub(crate) fn clip_norm<M: Module>(
    model: &M,
    grads: GradientsParams,
    max_norm: f64,
) -> GradientsParams {
    let mut sum = SquaredNorm {
        grads: &grads,
        total: 0.0,
    };
    model.visit(&mut sum);
    let factor = (max_norm / (sum.total.sqrt() + 1e-6)).min(1.0);
    scaled(model, grads, factor)
}

/// All gradients multiplied by a factor; a factor of one leaves them unchanged.
pub(crate) fn scaled<M: Module>(model: &M, grads: GradientsParams, factor: f64) -> GradientsParams {
    if factor == 1.0 {
        return grads;
    }
    let mut scale = Scale { grads, factor };
    model.visit(&mut scale);
    scale.grads
}

struct SquaredNorm<'a> {
    grads: &'a GradientsParams,
    total: f64,
}

impl ModuleVisitor for SquaredNorm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.get::<D>(param.id) {
            // In order and in f64, because burn's sum depends on the number of threads above four million values.
            self.total += grad.into_data().iter::<f64>().map(|g| g * g).sum::<f64>();
        }
    }
}

struct Scale {
    grads: GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.remove::<D>(param.id) {
            self.grads
                .register::<D>(param.id, grad.mul_scalar(self.factor));
        }
    }
}
