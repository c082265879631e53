//! The exponential linear unit, in place.

use super::single::exp;
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

/// Numbers of a task.
const CHUNK: usize = 16 * 1024;

/// `x` above zero, `eˣ - 1` below.
pub(crate) fn forward(x: &mut [f32]) {
    let arch = Arch::new();
    x.par_chunks_mut(CHUNK)
        .for_each(|x| arch.dispatch(Forward(x)));
}

/// Multiplies `grad` by the slope where the output was `y`: 1 above zero, `eˣ = y + 1` below.
pub(crate) fn backward(y: &[f32], grad: &mut [f32]) {
    let arch = Arch::new();
    grad.par_chunks_mut(CHUNK)
        .zip(y.par_chunks(CHUNK))
        .for_each(|(grad, y)| arch.dispatch(Backward { y, grad }));
}

/// A type of its own, because a closure is not inlined into the vectorised call.
struct Forward<'a>(&'a mut [f32]);

impl NullaryFnOnce for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for x in self.0 {
            let below = exp(x.min(0.0)) - 1.0;
            *x = if *x > 0.0 { *x } else { below };
        }
    }
}

/// As [`Forward`].
struct Backward<'a> {
    y: &'a [f32],
    grad: &'a mut [f32],
}

impl NullaryFnOnce for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (grad, y) in self.grad.iter_mut().zip(self.y) {
            *grad *= y.min(0.0) + 1.0;
        }
    }
}
