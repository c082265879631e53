//! The training loop.

use crate::adam::Adam;
use crate::clip::clip_norm;
use crate::step_gradients::StepGradients;
use crate::{Ending, EpochEnd, Flow, History, Modulated, Observer, TrainConfig, TrainError};
use burn::tensor::Tensor;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::Encoder;
use semst_seed::{Seed, Stream};
use std::time::Instant;

/// Trains a model full-batch with Adam, and returns it after the last epoch.
///
/// The model is on an autodiff device; the prepared input and the semantics [n, s] may be on the plain one.
/// No labels are used: training ends after the last epoch, or at a plateau of the loss if that is configured.
///
/// # Errors
/// When a setting is out of range, spots do not match, a loss is not finite, or the observer stops.
pub fn train<E: Encoder, M: Modulator>(
    model: Modulated<E, M>,
    input: &E::Input,
    semantics: &Tensor<2>,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<(Modulated<E, M>, History), TrainError> {
    config.check()?;
    let (expected, got) = (model.encoder().n_spots(input), semantics.dims()[0]);
    if expected != got {
        let part = "semantics";
        return Err(TrainError::Spots {
            part,
            expected,
            got,
        });
    }
    run(model, config, 1, observer, |_, _| {
        Ok(Step {
            input: Held::Whole(input),
            semantics: semantics.clone(),
        })
    })
}

/// The input of one gradient.
pub(crate) struct Step<'a, I> {
    pub(crate) input: Held<'a, I>,
    pub(crate) semantics: Tensor<2>,
}

/// A whole slide that is used in all steps, or a part that was made for this step.
pub(crate) enum Held<'a, I> {
    Whole(&'a I),
    Part(I),
}

impl<I> Held<'_, I> {
    fn get(&self) -> &I {
        match self {
            Self::Whole(input) => input,
            Self::Part(input) => input,
        }
    }
}

/// Runs `config.epochs` steps of Adam, each on `parts` parts; `next` returns the part of a number, counted over all steps.
pub(crate) fn run<'a, E: Encoder, M: Modulator>(
    mut model: Modulated<E, M>,
    config: &TrainConfig,
    parts: usize,
    observer: &mut dyn Observer,
    mut next: impl FnMut(&E, usize) -> Result<Step<'a, E::Input>, TrainError>,
) -> Result<(Modulated<E, M>, History), TrainError>
where
    E::Input: 'a,
{
    let mut history = History::default();
    let started = Instant::now();
    let mut adam = Adam::new(config.learning_rate, config.weight_decay);
    for epoch in 0..config.epochs {
        let mut step_gradients = StepGradients::new();
        for part in epoch * parts..(epoch + 1) * parts {
            let step = next(model.encoder(), part)?;
            let draw = Seed(config.seed).stream(Stream::Step(part as u64)).into();
            let input = step.input.get();
            let spots = model.encoder().n_spots(input);
            let losses = model.losses(input, step.semantics, draw);
            let Some(total) = losses.total().filter(Tensor::is_tracked) else {
                return Ok((model, history));
            };
            step_gradients.add(&model, &losses, total, spots, epoch)?;
        }
        let value = step_gradients.record(&mut history);
        let grads = step_gradients.grads(&model);
        let grads = match config.clip_norm {
            Some(norm) => clip_norm(&model, grads, norm),
            None => grads,
        };
        let before = model.clone();
        model = adam.step(model, grads).after_step(&before);
        history.duration = started.elapsed();
        if observer.epoch_end(EpochEnd {
            epoch,
            epochs: config.epochs,
            loss: value,
        }) == Flow::Stop
        {
            return Err(TrainError::Interrupted { epoch: epoch + 1 });
        }
        history.ended = Ending::LastEpoch;
        if history.is_flat(config.patience, config.min_improvement) {
            history.ended = Ending::Plateau;
            break;
        }
    }
    Ok((model, history))
}
