//! The conformance kit: what every modulator must hold, for ours and for yours.

use crate::Modulator;
use burn::module::{ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// Checks a modulator that `init` starts from (d_latent, d_semantics, device), on `device`.
///
/// - the output has the latent's shape and is finite;
/// - rows are independent: a row alone gives the same as a row among others, to 1e-5;
/// - the same inputs give the same bits;
/// - gradients reach the latent and every parameter.
///
/// # Errors
/// Names the first requirement that fails.
pub fn check_modulator<M: Modulator>(
    device: &Device,
    init: impl Fn(usize, usize, &Device) -> M,
) -> Result<(), String> {
    let (n, d, s) = (7, 6, 10);
    let device = device.clone().autodiff();
    let z = wave(n, d, 0.3, &device);
    let e = wave(n, s, 1.1, &device);
    let module = init(d, s, &device);
    let out = module.forward(z.clone(), e.clone());
    if out.dims() != [n, d] {
        return Err(format!(
            "output has shape {:?}, the latent {:?}",
            out.dims(),
            [n, d]
        ));
    }
    let all = values(out.clone());
    if all.iter().any(|v| !v.is_finite()) {
        return Err("output is not finite".into());
    }
    if values(module.forward(z.clone(), e.clone())) != all {
        return Err("the same inputs gave other bits".into());
    }
    for i in 0..n {
        let alone = values(module.forward(
            z.clone().slice([i..i + 1, 0..d]),
            e.clone().slice([i..i + 1, 0..s]),
        ));
        if alone
            .iter()
            .zip(&all[i * d..])
            .any(|(a, b)| (a - b).abs() > 1e-5)
        {
            return Err(format!("row {i} depends on other rows"));
        }
    }
    let z = z.require_grad();
    let probe = wave(n, d, 2.3, &device);
    let grads = (module.forward(z.clone(), e) * probe).sum().backward();
    let reached = |g: Option<Vec<f32>>| g.is_some_and(|g| g.iter().any(|v| *v != 0.0));
    if !reached(z.grad(&grads).map(values)) {
        return Err("no gradient reaches the latent".into());
    }
    let mut visitor = Unreached {
        grads: &grads,
        names: Vec::new(),
        path: Vec::new(),
    };
    module.visit(&mut visitor);
    if !visitor.names.is_empty() {
        return Err(format!("no gradient reaches {}", visitor.names.join(", ")));
    }
    Ok(())
}

/// Parameters without a gradient.
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
        if param.val().grad(self.grads).is_none() {
            self.names.push(self.path.join("."));
        }
    }
}

/// A smooth matrix without symmetry, the same everywhere.
fn wave(n: usize, d: usize, phase: f32, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..n * d)
        .map(|i| (i as f32 * 0.7 + phase).sin() + 0.1 * phase)
        .collect();
    Tensor::from_data(TensorData::new(values, [n, d]), device)
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}
