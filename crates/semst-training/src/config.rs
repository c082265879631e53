//! How a model is trained.

use crate::{BatchSize, TrainError};
use serde::{Deserialize, Serialize};

/// The largest rate or penalty: they are used in single precision.
const MOST: f64 = 1e6;

/// The most epochs.
const MOST_EPOCHS: usize = 10_000_000;

/// Configures [`crate::train`]. Defaults are those of the released `config/DLPFC.ini`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Steps (100): full-batch steps, or at least the number of parts if the slide is trained on in parts.
    pub epochs: usize,
    /// Step size of Adam (1e-3).
    pub learning_rate: f64,
    /// L2 penalty added to the gradient, as in PyTorch's Adam (5e-4).
    pub weight_decay: f64,
    /// Largest norm of the gradient over all parameters; `None` does not clip (STAGATE: 5).
    pub clip_norm: Option<f64>,
    /// Stops before the last epoch if the loss has not decreased by this fraction within `patience` epochs; 0 never stops early.
    pub min_improvement: f64,
    /// See `min_improvement`.
    pub patience: usize,
    /// Seed of all random draws of encoders during training.
    pub seed: u64,
    /// Number of spots per step, if the slide is given in parts ([`crate::train_in_parts`]).
    #[serde(default, skip_serializing_if = "BatchSize::is_auto")]
    pub batch: BatchSize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            learning_rate: 1e-3,
            weight_decay: 5e-4,
            clip_norm: None,
            min_improvement: 0.0,
            patience: 50,
            seed: 0,
            batch: BatchSize::Auto,
        }
    }
}

impl TrainConfig {
    /// The released defaults, for a number of epochs.
    pub fn new(epochs: usize) -> Self {
        Self {
            epochs,
            ..Self::default()
        }
    }

    /// Sets the step size.
    pub fn with_learning_rate(mut self, learning_rate: f64) -> Self {
        self.learning_rate = learning_rate;
        self
    }

    /// Sets the L2 penalty.
    pub fn with_weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }

    /// Clips the norm of the whole gradient.
    pub fn with_clip_norm(mut self, clip_norm: f64) -> Self {
        self.clip_norm = Some(clip_norm);
        self
    }

    /// Stops on a plateau of the loss; no label is used (docs/protocol.md, rule 2).
    pub fn with_plateau(mut self, min_improvement: f64, patience: usize) -> Self {
        (self.min_improvement, self.patience) = (min_improvement, patience);
        self
    }

    /// Sets the seed.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how much of a slide is used in a step.
    pub fn with_batch(mut self, batch: BatchSize) -> Self {
        self.batch = batch;
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let inside = |field, value: f64, holds: bool, bound| match holds {
            true => Ok(()),
            false => Err(TrainError::OutOfRange {
                field,
                value,
                bound,
            }),
        };
        let positive = |field, value: f64| {
            let holds = value > 0.0 && value <= MOST;
            inside(field, value, holds, "above 0 and at most 1e6")
        };
        // The losses of all epochs are kept.
        let epochs = self.epochs;
        inside(
            "epochs",
            epochs as f64,
            epochs <= MOST_EPOCHS,
            "at most 10000000",
        )?;
        positive("learning_rate", self.learning_rate)?;
        if let Some(norm) = self.clip_norm {
            positive("clip_norm", norm)?;
        }
        for (field, value) in [
            ("weight_decay", self.weight_decay),
            ("min_improvement", self.min_improvement),
        ] {
            inside(field, value, (0.0..=MOST).contains(&value), "from 0 to 1e6")?;
        }
        Ok(())
    }
}
