//! The training loop.

use crate::clip::clip_norm;
use crate::{
    Ending, EpochEnd, Flow, History, LossCurve, Modulated, Observer, TrainConfig, TrainError,
};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::Tensor;
use semst_fsm_modulation::Modulator;
use semst_gnn_encoders::{Batch, Host, Losses};
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
    run(model, config, observer, |_, _| {
        Ok(Step {
            batch: batch.clone(),
            semantics: semantics.clone(),
        })
    })
}

/// What one step of the optimiser sees.
pub(crate) struct Step {
    pub(crate) batch: Batch,
    pub(crate) semantics: Tensor<2>,
}

/// `config.epochs` steps of Adam, each on what `next` gives for its number.
pub(crate) fn run<H: Host, M: Modulator>(
    mut model: Modulated<H, M>,
    config: &TrainConfig,
    observer: &mut dyn Observer,
    mut next: impl FnMut(&H, usize) -> Result<Step, TrainError>,
) -> Result<(Modulated<H, M>, History), TrainError> {
    let mut history = History::default();
    let started = Instant::now();
    // epsilon 1e-8 is PyTorch's; burn's default is 1e-5.
    let mut adam = AdamConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(
            (config.weight_decay > 0.0).then(|| WeightDecayConfig::new(config.weight_decay as f32)),
        )
        .init();
    for epoch in 0..config.epochs {
        let mut step = next(model.host(), epoch)?;
        step.batch.draw = config
            .seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(epoch as u64);
        let losses = model.losses(&step.batch, step.semantics);
        let Some(total) = losses.total().filter(Tensor::is_tracked) else {
            return Ok((model, history));
        };
        let value = record(&mut history, &losses, epoch)?;
        let grads = GradientsParams::from_grads(total.backward(), &model);
        let grads = match config.clip_norm {
            Some(norm) => clip_norm(&model, grads, norm),
            None => grads,
        };
        let before = model.clone();
        model = adam
            .step(config.learning_rate, model, grads)
            .after_step(&before);
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

/// Appends the values of this epoch; returns their weighted sum.
fn record(history: &mut History, losses: &Losses, epoch: usize) -> Result<f64, TrainError> {
    let mut total = 0.0;
    for (i, term) in losses.terms().iter().enumerate() {
        let value = f64::from(term.value.clone().into_scalar::<f32>());
        if !value.is_finite() {
            return Err(TrainError::Diverged {
                term: term.name,
                value,
                epoch,
            });
        }
        total += term.weight * value;
        if history.terms.len() <= i {
            history.terms.push(LossCurve {
                name: term.name.into(),
                weight: term.weight,
                values: Vec::new(),
            });
        }
        history.terms[i].values.push(value);
    }
    history.total.push(total);
    Ok(total)
}
