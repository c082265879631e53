//! The progress reports of a training.

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

/// Whether a training continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Continue with the next epoch.
    Continue,
    /// Stop with [`crate::TrainError::Interrupted`].
    Stop,
}

/// Is called after every epoch and may stop the training.
pub trait Observer {
    /// Called after each epoch.
    fn epoch_end(&mut self, event: EpochEnd) -> Flow;
}

/// An observer that does nothing.
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
