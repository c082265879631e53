//! One step of Adam in one pass over its four arrays.

use crate::AdamStep;
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

/// Numbers of a task: four arrays of this size fit in the second-level cache.
const CHUNK: usize = 16 * 1024;

/// Updates `weight` and both moments by the gradient. Each number depends only on its own four inputs, for any number of threads.
pub(crate) fn step(at: &AdamStep, weight: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32]) {
    let factors = Factors::new(at);
    let arch = Arch::new();
    weight
        .par_chunks_mut(CHUNK)
        .zip(grad.par_chunks(CHUNK))
        .zip(m.par_chunks_mut(CHUNK))
        .zip(v.par_chunks_mut(CHUNK))
        .for_each(|(((weight, grad), m), v)| {
            arch.dispatch(Chunk {
                factors,
                weight,
                grad,
                m,
                v,
            });
        });
}

/// The scalars of a step, rounded to 32 bits where burn's Adam rounds them.
#[derive(Clone, Copy)]
struct Factors {
    beta: (f32, f32),
    rest: (f32, f32),
    decay: f32,
    correction: f32,
    epsilon: f32,
    rate: f32,
}

impl Factors {
    fn new(at: &AdamStep) -> Self {
        let (epsilon, correction) = at.corrections();
        Self {
            beta: (AdamStep::BETA_1, AdamStep::BETA_2),
            rest: (1.0 - AdamStep::BETA_1, 1.0 - AdamStep::BETA_2),
            decay: at.weight_decay as f32,
            correction,
            epsilon,
            rate: at.learning_rate as f32,
        }
    }
}

/// A type of its own, because a closure is not inlined into the vectorised call.
struct Chunk<'a> {
    factors: Factors,
    weight: &'a mut [f32],
    grad: &'a [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
}

impl NullaryFnOnce for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let f = self.factors;
        let numbers = self.weight.iter_mut().zip(self.grad);
        for (((w, g), m), v) in numbers.zip(self.m).zip(self.v) {
            let g = *w * f.decay + g;
            *m = *m * f.beta.0 + g * f.rest.0;
            *v = *v * f.beta.1 + (g * g) * f.rest.1;
            *w -= *m * f.correction / (v.sqrt() + f.epsilon) * f.rate;
        }
    }
}
