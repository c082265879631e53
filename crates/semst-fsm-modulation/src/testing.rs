//! The conformance kit: the requirements for every modulator, shipped or of a third party.

use crate::Modulator;
use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// Checks a modulator that `init` initialises from (d_latent, d_semantics, device), on `device`.
///
/// - the output has the latent's shape and is finite;
/// - rows are independent: a row alone gives the same as a row among others, to 1e-5;
/// - the same inputs give the same bits, and so does a second modulator from the same `init`;
/// - a record can be written, read, and loaded into a modulator with other parameters, which then gives the same bits;
/// - gradients reach the latent and every parameter, and those of some parameter are not zero (this is not required of all,
///   because with a last layer of zeros the layers before it do not change in the first step).
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
    if values(init(d, s, &device).forward(z.clone(), e.clone())) != all {
        return Err("a second one from the same start gave other bits".into());
    }
    let error = |e: burn::store::RecordError| format!("the record: {e}");
    let bytes = module.clone().into_record().into_bytes().map_err(error)?;
    let record = ModuleRecord::from_bytes(bytes).map_err(error)?;
    let other = zeroed(init(d, s, &device));
    let loaded = other.try_load_record(record).map_err(error)?;
    if values(loaded.forward(z.clone(), e.clone())) != all {
        return Err("a loaded record modulates otherwise than what it was taken from".into());
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
        parameters: 0,
        moved: 0,
    };
    module.visit(&mut visitor);
    if !visitor.names.is_empty() {
        return Err(format!("no gradient reaches {}", visitor.names.join(", ")));
    }
    if visitor.parameters > 0 && visitor.moved == 0 {
        return Err("the gradients of all parameters are zero".into());
    }
    Ok(())
}

/// Checks that a modulator whose parameters are all zero leaves the latent unchanged, bit for bit. Affine modulators such as
/// z' = (1+α(s))⊙z + β(s) and residual ones must pass; gates and concatenations do not.
///
/// # Errors
/// When the latent changes.
pub fn check_identity_at_zero<M: Modulator>(
    device: &Device,
    init: impl Fn(usize, usize, &Device) -> M,
) -> Result<(), String> {
    let (n, d, s) = (5, 6, 10);
    let latent = wave(n, d, 0.3, device);
    let module = zeroed(init(d, s, device));
    let out = values(module.forward(latent.clone(), wave(n, s, 1.1, device)));
    match out == values(latent) {
        true => Ok(()),
        false => Err("with all parameters zero it still changes the latent".into()),
    }
}

/// The module with all parameters set to zero.
fn zeroed<M: Modulator>(module: M) -> M {
    module.map(&mut Zero)
}

struct Zero;

impl ModuleMapper for Zero {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor.zeros_like(), mapper)
    }
}

/// The parameters without a gradient, and the number of those whose gradient is not zero.
struct Unreached<'a> {
    grads: &'a Gradients,
    names: Vec<String>,
    path: Vec<String>,
    parameters: usize,
    moved: usize,
}

impl ModuleVisitor for Unreached<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.parameters += 1;
        match param.val().grad(self.grads) {
            None => self.names.push(self.path.join(".")),
            Some(grad) => {
                let moves = grad.into_data().iter::<f32>().any(|g| g != 0.0);
                self.moved += usize::from(moves);
            }
        }
    }
}

/// A smooth matrix without symmetry, the same on every device.
fn wave(n: usize, d: usize, phase: f32, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..n * d)
        .map(|i| (i as f32 * 0.7 + phase).sin() + 0.1 * phase)
        .collect();
    Tensor::from_data(TensorData::new(values, [n, d]), device)
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}
