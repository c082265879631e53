//! Adam, fused on the CPU.

use crate::kernels::adam;
use burn::tensor::{DType, Tensor};
use burn_flex::{Flex, FlexTensor, Layout};

/// Settings of one step of Adam with an L2 penalty in the gradient.
///
/// `g = ∇ + decay · w; m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w -= rate · m̂ / (√v̂ + ε)`, with m̂ and v̂ corrected for
/// their start at zero, β = (0.9, 0.999) and ε = 1e-8, as in PyTorch.
///
/// # References
/// Kingma & Ba, ICLR 2015.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Step size.
    pub learning_rate: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// Number of this step, from 1.
    pub time: i32,
}

impl AdamStep {
    /// Decay of the first moment.
    pub const BETA_1: f32 = 0.9;
    /// Decay of the second moment.
    pub const BETA_2: f32 = 0.999;
    /// Keeps the division finite.
    pub const EPSILON: f32 = 1e-8;

    /// The term added to the root of the stored second moment, and the factor of the first moment.
    pub(crate) fn corrections(&self) -> (f32, f32) {
        let second = (1.0 - Self::BETA_2.powi(self.time)).sqrt();
        let first = 1.0 - Self::BETA_1.powi(self.time);
        (Self::EPSILON * second, second / first)
    }

    /// A weight after the step, and its moments; before the first step there are no moments.
    ///
    /// On the CPU this is one pass over the four arrays, in place if they are not shared; on other devices it uses burn's
    /// operations.
    ///
    /// # Panics
    /// When the shapes differ.
    pub fn apply<const D: usize>(
        &self,
        weight: Tensor<D>,
        grad: Tensor<D>,
        moments: Option<[Tensor<D>; 2]>,
    ) -> (Tensor<D>, [Tensor<D>; 2]) {
        assert_eq!(weight.dims(), grad.dims(), "a weight and its gradient");
        if weight.dtype() == DType::F32 && weight.clone().try_into_primitive::<Flex>().is_ok() {
            let moments = moments.map(|both| both.map(primitive));
            let (weight, moments) = self.fused(primitive(weight), primitive(grad), moments);
            let tensor = |t| Tensor::from_primitive::<Flex>(t);
            return (tensor(weight), moments.map(tensor));
        }
        let [m, v] = moments.unwrap_or_else(|| [weight.zeros_like(), weight.zeros_like()]);
        let grad = weight.clone().mul_scalar(self.weight_decay) + grad;
        let m = m.mul_scalar(Self::BETA_1) + grad.clone().mul_scalar(1.0 - Self::BETA_1);
        let v = v.mul_scalar(Self::BETA_2) + grad.square().mul_scalar(1.0 - Self::BETA_2);
        let (epsilon, correction) = self.corrections();
        let way = m.clone().mul_scalar(correction) / (v.clone().sqrt() + epsilon);
        (weight - way.mul_scalar(self.learning_rate), [m, v])
    }

    fn fused(
        &self,
        weight: FlexTensor,
        grad: FlexTensor,
        moments: Option<[FlexTensor; 2]>,
    ) -> (FlexTensor, [FlexTensor; 2]) {
        let mut weight = match is_packed(&weight) {
            true => weight,
            false => packed(weight),
        };
        // Numbers in the same order, even a transposed one, are not moved.
        let layout = weight.layout().clone();
        let grad = in_order_of(&layout, grad);
        let [mut m, mut v] = match moments {
            Some(both) => both.map(|t| in_order_of(&layout, t)),
            None => [(); 2].map(|()| {
                FlexTensor::zeros(layout.shape().clone(), DType::F32).with_layout(layout.clone())
            }),
        };
        adam::step(
            self,
            weight.storage_mut(),
            grad.storage(),
            m.storage_mut(),
            v.storage_mut(),
        );
        (weight, [m, v])
    }
}

fn primitive<const D: usize>(t: Tensor<D>) -> FlexTensor {
    let t = t.try_into_primitive::<Flex>();
    t.expect("weights, gradients and moments are on the same device")
}

/// Whether the numbers are in row-major or column-major order and fill the whole buffer.
fn is_packed(t: &FlexTensor) -> bool {
    let layout = t.layout();
    layout.start_offset() == 0
        && t.storage::<f32>().len() == layout.num_elements()
        && (layout.is_contiguous() || reversed(layout).is_contiguous())
}

/// The axes from the last to the first.
fn reversed(layout: &Layout) -> Layout {
    layout.permute(&(0..layout.num_dims()).rev().collect::<Vec<_>>())
}

/// The numbers in the order of a packed layout.
fn in_order_of(layout: &Layout, t: FlexTensor) -> FlexTensor {
    if is_packed(&t) && t.layout().strides() == layout.strides() {
        return t;
    }
    if layout.is_contiguous() {
        return packed(t);
    }
    let turned = reversed(t.layout());
    packed(t.with_layout(turned)).with_layout(layout.clone())
}

/// Row-major, filling the whole buffer.
fn packed(t: FlexTensor) -> FlexTensor {
    FlexTensor::from_data(t.into_data())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn wave(phase: f32, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..35).map(|i| (i as f32 * 0.7 + phase).sin()).collect();
        Tensor::from_data(TensorData::new(values, [5, 7]), device)
    }

    fn bits(t: Tensor<2>) -> Vec<u32> {
        t.into_data().iter::<f32>().map(f32::to_bits).collect()
    }

    /// The same formula, number by number, in 64 bits.
    #[test]
    fn follows_the_formula() {
        let device = Device::flex();
        let start: Vec<f32> = wave(0.0, &device).into_data().iter().collect();
        let (mut weight, mut moments) = (wave(0.0, &device), None);
        let mut want: Vec<[f64; 3]> = start.iter().map(|w| [f64::from(*w), 0.0, 0.0]).collect();
        for time in 1..=5 {
            let step = AdamStep {
                learning_rate: 1e-2,
                weight_decay: 0.1,
                time,
            };
            let grad = wave(time as f32, &device);
            let slopes: Vec<f32> = grad.clone().into_data().iter().collect();
            for ([w, m, v], slope) in want.iter_mut().zip(slopes) {
                let g = f64::from(slope) + 0.1 * *w;
                (*m, *v) = (0.9 * *m + 0.1 * g, 0.999 * *v + 0.001 * g * g);
                let (first, second) = (1.0 - 0.9f64.powi(time), 1.0 - 0.999f64.powi(time));
                *w -= 1e-2 * (*m / first) / ((*v / second).sqrt() + 1e-8);
            }
            let (moved, after) = step.apply(weight, grad, moments);
            (weight, moments) = (moved, Some(after));
        }
        for (got, [want, ..]) in weight.into_data().iter::<f32>().zip(want) {
            assert!((f64::from(got) - want).abs() < 1e-5, "{got} {want}");
        }
    }

    /// Shared tensors are not changed, and transposed tensors give the same result as others.
    #[test]
    fn leaves_others_alone_and_minds_the_order() {
        let device = Device::flex();
        let step = AdamStep {
            learning_rate: 1e-2,
            weight_decay: 0.1,
            time: 1,
        };
        let (weight, grad) = (wave(0.0, &device), wave(1.0, &device));
        let (plain, _) = step.apply(weight.clone(), grad.clone(), None);
        assert_eq!(bits(weight.clone()), bits(wave(0.0, &device)));
        let turned = |t: &Tensor<2>| t.clone().transpose();
        let (both, _) = step.apply(turned(&weight), turned(&grad), None);
        assert_eq!(bits(both.transpose()), bits(plain.clone()));
        let packed = Tensor::from_data(turned(&grad).into_data(), &device);
        let (one, moments) = step.apply(turned(&weight), packed, None);
        assert_eq!(bits(one.transpose()), bits(plain.clone()));
        let again = AdamStep { time: 2, ..step };
        let (_, first) = step.apply(weight, grad.clone(), None);
        let (want, _) = again.apply(plain.clone(), grad.clone(), Some(first));
        let (got, _) = again.apply(plain, grad, Some(moments.map(Tensor::transpose)));
        assert_eq!(bits(got), bits(want));
    }
}
