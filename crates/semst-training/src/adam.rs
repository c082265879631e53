//! Adam over the parameters of a model.

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;
use semst_sparse::AdamStep;

/// Adam with an L2 penalty in the gradient, and its state for each parameter.
pub(crate) struct Adam {
    learning_rate: f64,
    weight_decay: f64,
    /// Number of steps and moments of each parameter; only steps with a gradient for it count.
    moments: TensorContainer<ParamId>,
}

impl Adam {
    pub(crate) fn new(learning_rate: f64, weight_decay: f64) -> Self {
        Self {
            learning_rate,
            weight_decay,
            moments: TensorContainer::new(),
        }
    }

    /// A model after a step along its gradients; parameters without a gradient stay unchanged.
    pub(crate) fn step<M: Module>(&mut self, model: M, grads: GradientsParams) -> M {
        model.map(&mut Step { adam: self, grads })
    }
}

type Moments<const D: usize> = (i32, [Tensor<D>; 2]);

struct Step<'a> {
    adam: &'a mut Adam,
    grads: GradientsParams,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let Some(grad) = self.grads.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let (time, moments) = match self.adam.moments.remove::<Moments<D>>(&id) {
            Some((time, moments)) => (time + 1, Some(moments)),
            None => (1, None),
        };
        let step = AdamStep {
            learning_rate: self.adam.learning_rate,
            weight_decay: self.adam.weight_decay,
            time,
        };
        let tracked = tensor.is_require_grad();
        let strategy = tensor.gradient_checkpointing_strategy();
        let (tensor, moments) = step.apply(tensor.inner(), grad, moments);
        self.adam
            .moments
            .register::<Moments<D>>(id, (time, moments));
        let mut tensor = Tensor::from_inner(tensor);
        if let Some(strategy) = strategy {
            tensor = tensor.with_gradient_checkpointing_strategy(strategy);
        }
        Param::from_mapped_value(id, tensor.set_require_grad(tracked), mapper)
    }
}
