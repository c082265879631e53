//! What a training reports while it runs.

/// One finished epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochEnd {
    /// The epoch, from 0.
    pub epoch: usize,
    /// Epochs planned.
    pub epochs: usize,
    /// The weighted total loss.
    pub loss: f64,
}

/// Whether a training goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Next epoch.
    Continue,
    /// Stop with [`crate::TrainError::Interrupted`].
    Stop,
}

/// Sees every epoch end and may stop the training.
pub trait Observer {
    /// Called after each epoch.
    fn epoch_end(&mut self, event: EpochEnd) -> Flow;
}

/// Looks at nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn epoch_end(&mut self, _: EpochEnd) -> Flow {
        Flow::Continue
    }
}

impl<F: FnMut(EpochEnd) -> Flow> Observer for F {
    fn epoch_end(&mut self, event: EpochEnd) -> Flow {
        self(event)
    }
}
