//! Estimates the time of a plan from finished cells of the same kind, or from a rough model.

use semst::clustering::HeadConfig;
use semst::encoders::EncoderConfig;
use semst::io::{CountMatrix, SpatialDataset};
use semst::modulation::ModulatorConfig;
use semst::{Plugins, RunConfig};

use crate::CellRecord;
use crate::clock::{Clock, Task};
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

/// Assumed seconds of a command on a slide of [`COMMAND_SPOTS`] spots until one has ended.
const COMMAND: f64 = 60.0;

/// A slide of usual size.
const COMMAND_SPOTS: f64 = 3_000.0;

/// Adds the times of a finished cell; failed cells are ignored.
pub(crate) fn see<P: Plugins>(
    clock: &mut Clock,
    record: &CellRecord,
    job: &Job<P>,
    cell: &Cell<P>,
    slide: &Slide,
) {
    if record.error.is_none() {
        let costs = &record.costs;
        clock.see_training(&task(job, slide), costs.seconds_embed);
        let modelled = head_model::<P::Head>(cell.config.as_ref(), slide);
        clock.see_head(&slide.name, &cell.head, modelled, costs.seconds_head);
    }
}

/// Seconds of a job for some of its heads, and whether its training was measured.
pub(crate) fn seconds<P: Plugins>(
    clock: &Clock,
    job: &Job<P>,
    slide: &Slide,
    cells: &[Cell<P>],
) -> (f64, bool) {
    let (training, measured) = clock.training(&task(job, slide));
    let head = |cell: &Cell<P>| {
        let modelled = head_model::<P::Head>(cell.config.as_ref(), slide);
        clock.head(&slide.name, &cell.head, modelled)
    };
    (training + cells.iter().map(head).sum::<f64>(), measured)
}

fn task<P: Plugins>(job: &Job<P>, slide: &Slide) -> Task {
    Task {
        dataset: slide.name.clone(),
        encoder: job.method.encoder.clone(),
        modulator: job.method.modulator.clone(),
        modelled: embed_model(&job.work, slide),
        trains: matches!(&job.work, Work::Run(config) if !is_idle(config)),
    }
}

/// Whether nothing is trained.
fn is_idle<P: Plugins>(config: &RunConfig<P>) -> bool {
    config.encoder.is_floor() && !config.modulator.uses_semantics()
}

/// Seconds of a training on two cores, correct within a factor of about three.
fn embed_model<P: Plugins>(work: &Work<P>, slide: &Slide) -> f64 {
    let config = match work {
        Work::Run(config) => config,
        Work::Command(_) => return COMMAND * slide.data.n_spots() as f64 / COMMAND_SPOTS,
        _ => return 0.2,
    };
    if is_idle(config) {
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

/// MiB that a slide holds as long as the plan runs.
pub(crate) fn slide_mebibytes(data: &SpatialDataset) -> f64 {
    // A name is a text on the heap and its place.
    let names = |names: &[String]| names.iter().map(|name| 24 + name.len()).sum::<usize>();
    // A value and its column; then the rows.
    let matrix = |m: &CountMatrix| 8 * m.nnz() + 8 * m.rows();
    let arrays = data.obsm.values().chain(data.varm.values());
    let annotation = data.n_spots() * data.obs.keys().count() * 16;
    let bytes = matrix(&data.counts)
        + data.obsp.values().map(matrix).sum::<usize>()
        + arrays.map(|array| 4 * array.len()).sum::<usize>()
        + 8 * data.spatial.len()
        + names(&data.barcodes)
        + names(&data.genes.symbols)
        + annotation;
    bytes as f64 / (1 << 20) as f64
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

#[cfg(test)]
mod tests {
    use super::slide_mebibytes;
    use semst::simulate::LayeredTissue;

    #[test]
    fn a_slide_counts_with_its_matrices() -> Result<(), Box<dyn std::error::Error>> {
        let tissue = LayeredTissue::new(1).with_spots(200).with_genes(400);
        let mut slide = tissue.generate()?.into_dataset()?;
        let before = slide_mebibytes(&slide);
        assert!(before * (1 << 20) as f64 > 8.0 * slide.counts.nnz() as f64);
        slide
            .obsm
            .insert("X".into(), ndarray::Array2::zeros((200, 2_621_440 / 200)));
        let more = slide_mebibytes(&slide) - before;
        assert!((more - 10.0).abs() < 0.01, "{more} MiB for 10 MiB");
        Ok(())
    }
}
