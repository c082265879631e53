//! The exponential linear unit.

use burn::tensor::{Tensor, activation::relu};

/// `x` above zero, `eˣ - 1` below. burn's own takes `eˣ` of all numbers, whose gradient is NaN above 88.
pub(crate) fn elu(x: Tensor<2>) -> Tensor<2> {
    relu(x.clone()) + x.clamp_max(0.0).exp() - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn values_and_slopes() {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_floats([[-1.0, 0.0, 2.0, 200.0]], &device).require_grad();
        let y = elu(x.clone());
        let grads = y.clone().sum().backward();
        let list = |t: Tensor<2>| t.into_data().iter::<f32>().collect::<Vec<_>>();
        let e = (-1f32).exp();
        assert_eq!(list(y), [e - 1.0, 0.0, 2.0, 200.0]);
        assert_eq!(
            list(x.grad(&grads).expect("x is tracked")),
            [e, 1.0, 1.0, 1.0]
        );
    }
}
