//! An encoder with the simplest modulator, to find which parameters gradients reach.

use crate::{Encoder, Losses};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Gradients, Tensor};

/// Scales the latent and every inner layer by learnt numbers that start at one.
#[derive(Module, Debug)]
pub(super) struct Probe<E: Encoder> {
    encoder: E,
    latent_scale: Param<Tensor<1>>,
    inner_scales: Vec<Param<Tensor<1>>>,
}

impl<E: Encoder> Probe<E> {
    pub(super) fn new(encoder: E) -> Self {
        let devices = encoder.devices();
        // An encoder without parameters is on no device, so the default device is used.
        let device = devices.first().cloned().unwrap_or_default();
        let ones = |width| Param::from_tensor(Tensor::ones([width], &device));
        Self {
            latent_scale: ones(encoder.d_latent()),
            inner_scales: encoder.inner_widths().into_iter().map(ones).collect(),
            encoder,
        }
    }

    pub(super) fn encoder(&self) -> &E {
        &self.encoder
    }

    pub(super) fn losses(&self, input: &E::Input, draw: u64) -> Losses {
        let (latent, trace) = self.encoder.encode_with(input, draw, &mut |i, hidden| {
            hidden * self.inner_scales[i].val().unsqueeze()
        });
        let latent = latent * self.latent_scale.val().unsqueeze();
        self.encoder.loss(latent, trace, input, draw)
    }

    /// Three steps of Adam, each with another draw.
    pub(super) fn three_steps(mut self, input: &E::Input) -> Result<Self, String> {
        let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
        for step in 0..3 {
            let losses = self.losses(input, step);
            for term in losses.terms() {
                let value = term.value.clone().into_scalar::<f32>();
                if !value.is_finite() {
                    return Err(format!("the {} loss is {value} at step {step}", term.name));
                }
            }
            let total = losses.total().ok_or("the encoder has no losses")?;
            let grads = GradientsParams::from_grads(total.backward(), &self);
            let before = self.encoder.clone();
            self = adam.step(1e-3, self, grads);
            self.encoder = self.encoder.after_step(&before);
        }
        Ok(self)
    }
}

/// Paths of the parameters that require a gradient and got none.
pub(super) fn unreached<M: Module>(module: &M, grads: &Gradients) -> Vec<String> {
    let mut visitor = Unreached {
        grads,
        names: Vec::new(),
        path: Vec::new(),
    };
    module.visit(&mut visitor);
    visitor.names
}

struct Unreached<'a> {
    grads: &'a Gradients,
    names: Vec<String>,
    path: Vec<String>,
}

impl ModuleVisitor for Unreached<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        // Running statistics are visited too, but require no gradient.
        if value.is_require_grad() && value.grad(self.grads).is_none() {
            self.names.push(self.path.join("."));
        }
    }
}
