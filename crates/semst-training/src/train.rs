//! The training loop.

use crate::adam::Adam;
use crate::clip::clip_norm;
use crate::gathered::Gathered;
use crate::{Ending, EpochEnd, Flow, History, Modulated, Observer, TrainConfig, TrainError};
use burn::tensor::Tensor;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{Batch, Host};
use std::time::Instant;

/// Trains a model full-batch with Adam, and returns it as it is after the last epoch.
///
/// The model lives on an autodiff device; the batch and semantics [n, s] may stay on the plain one.
/// No label is seen: the end is the last epoch, or a plateau of the loss where the configuration asks for one.
///
/// # Errors
/// When a setting is out of range, spots do not match, a loss is not finite, or the observer stops.
pub fn train<H: Host, M: Modulator>(
    model: Modulated<H, M>,
    batch: &Batch,
    semantics: &Tensor<2>,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<(Modulated<H, M>, History), TrainError> {
    config.check()?;
    let (expected, got) = (batch.n_spots(), semantics.dims()[0]);
    if expected != got {
        return Err(TrainError::Spots { expected, got });
    }
    run(model, config, 1, observer, |_, _| {
        Ok(Step {
            batch: batch.clone(),
            semantics: semantics.clone(),
        })
    })
}

/// What the gradient is taken of at once.
pub(crate) struct Step {
    pub(crate) batch: Batch,
    pub(crate) semantics: Tensor<2>,
}

/// `config.epochs` steps of Adam, each on so many parts; `next` gives the part of a number, counted over all steps.
pub(crate) fn run<H: Host, M: Modulator>(
    mut model: Modulated<H, M>,
    config: &TrainConfig,
    parts: usize,
    observer: &mut dyn Observer,
    mut next: impl FnMut(&H, usize) -> Result<Step, TrainError>,
) -> Result<(Modulated<H, M>, History), TrainError> {
    let mut history = History::default();
    let started = Instant::now();
    let mut adam = Adam::new(config.learning_rate, config.weight_decay);
    for epoch in 0..config.epochs {
        let mut gathered = Gathered::new();
        for part in epoch * parts..(epoch + 1) * parts {
            let mut step = next(model.host(), part)?;
            step.batch.draw = config
                .seed
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(part as u64);
            let spots = step.batch.n_spots();
            let losses = model.losses(&step.batch, step.semantics);
            let Some(total) = losses.total().filter(Tensor::is_tracked) else {
                return Ok((model, history));
            };
            gathered.add(&model, &losses, total, spots, epoch)?;
        }
        let value = gathered.record(&mut history);
        let grads = gathered.grads(&model);
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
