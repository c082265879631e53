//! The progress reports of an ablation.

use semst::Stage;
use semst::training::{EpochEnd, Flow};

use crate::{CellRecord, Method};

/// An event of a run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A data set is being read.
    Reading {
        /// Its name.
        dataset: &'a str,
    },
    /// A file of known domains has been joined to the spots of a data set.
    Joined {
        /// Its name.
        dataset: &'a str,
        /// How the lines were found.
        join: &'a semst::record::Join,
    },
    /// The work to be done is known.
    Planned {
        /// Cells to be computed now.
        cells: usize,
        /// Cells that are on disk already.
        finished: usize,
        /// Estimated seconds.
        seconds: f64,
    },
    /// A training (or reading, for external rows) begins.
    Begin {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// The data set.
        dataset: &'a str,
        /// The method.
        method: &'a Method,
        /// The seed.
        seed: u64,
        /// Estimated seconds until all is done.
        left: f64,
    },
    /// A stage of a training begins; reported only if trainings run one at a time.
    Stage(Stage),
    /// An epoch ended; reported only if trainings run one at a time.
    Epoch(EpochEnd),
    /// A cell is on disk.
    Cell(&'a CellRecord),
    /// Sent before each head, and several times a second while a command runs, so that a listener can stop
    /// the run.
    Pulse,
}

/// Gets the events of an ablation, and may stop it: finished cells are kept, and the next run continues from there.
pub trait Listener: Send {
    /// Called in the order of events; `Flow::Stop` ends all trainings at their next epoch.
    fn event(&mut self, event: Event<'_>) -> Flow;
}

/// A listener that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Listener for Quiet {
    fn event(&mut self, _: Event<'_>) -> Flow {
        Flow::Continue
    }
}
