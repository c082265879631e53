//! Operations without a graph for which burn needs many passes.

use crate::backend::SparseOps;
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// The exponential linear unit, `x` above zero and `eˣ - 1` below, in one pass. Its slope is computed from its output.
///
/// burn's version computes `eˣ` of all numbers, whose gradient is NaN above 88.
pub fn elu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::elu(x.into_dispatch()))
}

/// A value `[1]`, not tracked, that passes known gradients on: `to_a` to `a` and `to_b` to `b`, with the same shapes.
///
/// For losses whose gradients are cheaper to write by hand than to derive.
///
/// # Panics
/// When the shapes differ.
pub fn with_gradients(
    value: Tensor<1>,
    [a, b]: [Tensor<2>; 2],
    [to_a, to_b]: [Tensor<2>; 2],
) -> Tensor<1> {
    assert_eq!(a.dims(), to_a.dims(), "the gradient of the first");
    assert_eq!(b.dims(), to_b.dims(), "the gradient of the second");
    Tensor::from_dispatch(Dispatch::with_gradients(
        value.into_dispatch(),
        a.into_dispatch(),
        b.into_dispatch(),
        to_a.into_dispatch(),
        to_b.into_dispatch(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn list<const D: usize>(t: Tensor<D>) -> Vec<f32> {
        t.into_data().iter::<f32>().collect()
    }

    #[test]
    fn elu_has_its_values_and_slopes() {
        let device = Device::flex().autodiff();
        let numbers = [[-90.0, -1.0, 0.0, 2.0, 200.0]];
        let x = Tensor::<2>::from_floats(numbers, &device).require_grad();
        let y = elu(x.clone());
        let grads = (y.clone() * 3.0).sum().backward();
        let e = (-1f32).exp();
        let near = |got: Vec<f32>, want: [f32; 5]| {
            for (got, want) in got.into_iter().zip(want) {
                assert!(
                    (got - want).abs() <= 2e-7 * want.abs().max(1.0),
                    "{got} {want}"
                );
            }
        };
        near(list(y), [-1.0, e - 1.0, 0.0, 2.0, 200.0]);
        let slopes = x.grad(&grads).expect("x is tracked");
        near(list(slopes), [0.0, 3.0 * e, 3.0, 3.0, 3.0]);
        assert_eq!(list(x.inner()), numbers[0], "an input keeps its numbers");
    }

    #[test]
    fn known_gradients_are_passed_on() {
        let device = Device::flex().autodiff();
        let table = |v: f32| Tensor::<2>::from_floats([[v, 2.0 * v]], &device);
        let (a, b) = (table(1.0).require_grad(), table(3.0).require_grad());
        let value = Tensor::<1>::from_floats([5.0], &device);
        let loss = with_gradients(value, [a.clone(), b.clone()], [table(7.0), table(9.0)]);
        assert_eq!(list(loss.clone()), [5.0]);
        let grads = (loss * 2.0).backward();
        assert_eq!(list(a.grad(&grads).expect("tracked")), [14.0, 28.0]);
        assert_eq!(list(b.grad(&grads).expect("tracked")), [18.0, 36.0]);
    }
}
