//! Estimates the time of a plan from finished cells of the same kind, or from a rough model.

use std::collections::HashMap;

use semst::Plugins;
use semst::clustering::HeadConfig;
use semst::encoders::EncoderConfig;
use semst::modulation::ModulatorConfig;

use crate::CellRecord;
use crate::grid::{Cell, Job, Work};
use crate::slide::Slide;

/// The size of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Cells of the plan.
    pub cells: usize,
    /// Cells on disk, including failed ones.
    pub finished: usize,
    /// Cells on disk that failed.
    pub failed: usize,
    /// Remaining trainings; the heads of a training share it.
    pub trainings: usize,
    /// Remaining seconds, with all jobs at the same time.
    pub seconds: f64,
    /// Remaining trainings whose time is known from finished cells of the same kind.
    pub measured: usize,
    /// By data set and encoder, in the order of the plan; only those with remaining cells.
    pub rows: Vec<EstimateRow>,
}

/// A part of an [`Estimate`].
#[derive(Debug, Clone, PartialEq)]
pub struct EstimateRow {
    /// The data set.
    pub dataset: String,
    /// Label of the encoder.
    pub encoder: String,
    /// Remaining cells.
    pub cells: usize,
    /// Remaining seconds, with one training at a time.
    pub seconds: f64,
}

/// Assumed seconds of a command until one has ended.
const COMMAND: f64 = 60.0;

/// Measured seconds by kind.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Training, by data set, encoder, modulator and epochs.
    embed: HashMap<(String, String, String), Mean>,
    /// Head, by data set and head.
    head: HashMap<(String, String), Mean>,
    /// Ratio of measured to modelled seconds.
    scale: Mean,
}

#[derive(Debug, Default, Clone, Copy)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value;
        self.weight += weight;
    }

    fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl Clock {
    /// Adds the times of a finished cell; failed cells are ignored.
    pub(crate) fn see<P: Plugins>(&mut self, record: &CellRecord, job: &Job<P>, slide: &Slide) {
        if record.error.is_some() {
            return;
        }
        let costs = &record.costs;
        let embed = costs.seconds_embed;
        self.embed.entry(kind(record)).or_default().add(embed, 1.0);
        let head = (record.dataset.clone(), record.head.clone());
        self.head
            .entry(head)
            .or_default()
            .add(costs.seconds_head, 1.0);
        // The time of another program is not related to the model of a training.
        if !matches!(job.work, Work::Command(_)) {
            self.scale.add(embed, embed_model(&job.work, slide));
        }
    }

    /// Seconds of a job for some of its heads, and whether its training was measured.
    pub(crate) fn seconds<P: Plugins>(
        &self,
        job: &Job<P>,
        slide: &Slide,
        cells: &[Cell<P>],
    ) -> (f64, bool) {
        let method = &job.method;
        let kind = (
            slide.name.clone(),
            method.encoder.clone(),
            method.modulator.clone(),
        );
        let measured = self.embed.get(&kind).and_then(|m| m.value());
        let scale = self.scale.value().unwrap_or(1.0);
        let embed = measured.unwrap_or_else(|| scale * embed_model(&job.work, slide));
        let head = |cell: &Cell<P>| {
            let key = (slide.name.clone(), cell.head.clone());
            let known = self.head.get(&key).and_then(|m| m.value());
            known.unwrap_or_else(|| head_model::<P::Head>(cell.config.as_ref(), slide))
        };
        (
            embed + cells.iter().map(head).sum::<f64>(),
            measured.is_some(),
        )
    }
}

fn kind(record: &CellRecord) -> (String, String, String) {
    (
        record.dataset.clone(),
        record.method.encoder.clone(),
        record.method.modulator.clone(),
    )
}

/// Seconds of a training on two cores, correct within a factor of about three.
fn embed_model<P: Plugins>(work: &Work<P>, slide: &Slide) -> f64 {
    let config = match work {
        Work::Run(config) => config,
        Work::Command(_) => return COMMAND,
        _ => return 0.2,
    };
    let idle = config.encoder.is_floor() && !config.modulator.uses_semantics();
    if idle {
        return 0.1;
    }
    // Per epoch: overhead, the optimiser's pass over weights as wide as the features, and the spots.
    let (n, wide) = (slide.data.n_spots() as f64, features(work, slide));
    0.2 + config.train.epochs as f64 * (0.02 + 3e-5 * wide + n * (1e-5 + 2.4e-8 * wide))
}

/// Seconds of a head; only those of the scores if the labels exist already.
fn head_model<H: HeadConfig>(head: Option<&H>, slide: &Slide) -> f64 {
    let work = slide.data.n_spots() as f64 * slide.domains as f64;
    1e-5 * head.map_or(1.0, HeadConfig::cost) * work
}

/// MiB that a job needs in addition to the slides; an upper estimate.
pub(crate) fn mebibytes<P: Plugins>(work: &Work<P>, slide: &Slide) -> f64 {
    let n = slide.data.n_spots() as f64;
    // Features, reconstruction, its gradients and the moments of Adam; then latents of a few hundred columns.
    let values = n * (8.0 * features(work, slide) + 20.0 * 256.0);
    100.0 + values * 4.0 / (1 << 20) as f64
}

/// Columns of the features.
fn features<P: Plugins>(work: &Work<P>, slide: &Slide) -> f64 {
    let genes = slide.data.n_genes();
    let config = match work {
        Work::Run(config) => config,
        Work::Command(command) => &command.config,
        _ => return 0.0,
    };
    let kept = config.preprocess.n_top_genes.unwrap_or(genes).min(genes);
    config.preprocess.n_components.unwrap_or(kept).min(kept) as f64
}
