//! Does one job: trains or reads, clusters by the heads, scores.

use std::iter::once;
use std::time::Instant;

use ndarray::{Array2, ArrayView2, Axis};
use semst::clustering::assign_by_vote;
use semst::training::History;
use semst::{Pipeline, Plugins, RunConfig, Stage, Watch};
use serde_json::json;

use crate::error_line::one_line;
use crate::grid::{Cell, Job, Work};
use crate::slide::Slide;
use crate::slide_work::{SlideWork, guarded};
use crate::{CellRecord, Costs, Origin, external};

/// The input of the heads.
struct Latent {
    /// Spots that have a row; `None` means all.
    rows: Option<Vec<usize>>,
    z: Array2<f32>,
    /// Views that vote together with it.
    views: Vec<Array2<f32>>,
    /// Labels that exist already.
    own: Option<Vec<u32>>,
    costs: Costs,
}

impl Latent {
    /// The embedding of another tool.
    fn of(found: external::PartialEmbedding, costs: Costs) -> Self {
        Self {
            rows: Some(found.rows),
            z: found.z,
            views: Vec::new(),
            own: None,
            costs,
        }
    }
}

/// Labels of a head, and their cost.
struct Answer {
    labels: Vec<u32>,
    costs: Costs,
}

/// A slide, the shared work of its cells, and the common parts of their records.
pub(crate) struct Bench<'a> {
    pub(crate) slide: &'a Slide,
    pub(crate) shared: SlideWork<'a>,
    pub(crate) origin: Origin,
}

/// Does a job for some of its cells; `done` gets each record as soon as it is available.
///
/// `stopped` is called between the steps: a stopped job leaves no record.
pub(crate) fn work<P: Plugins, E>(
    job: &Job<P>,
    cells: &[Cell<P>],
    bench: &Bench<'_>,
    watch: &mut dyn Watch,
    stopped: &dyn Fn() -> bool,
    mut done: impl FnMut(&Cell<P>, CellRecord) -> Result<(), E>,
) -> Result<(), E> {
    let Bench {
        slide,
        shared,
        origin,
    } = bench;
    if origin.jobs == 1 {
        semst::evaluation::reset_peak();
    }
    let latent = guarded(|| latent(job, slide, shared, watch, stopped));
    let blank = Record {
        job,
        slide,
        origin: Origin {
            config: config(&job.work),
            ..origin.clone()
        },
    };
    for cell in cells {
        if stopped() {
            return Ok(());
        }
        let record = match &latent {
            Ok(latent) => {
                if cell.config.is_some() {
                    watch.stage(Stage::Cluster);
                }
                let answer = guarded(|| answer(job, cell, latent, slide.domains));
                match answer {
                    Ok(answer) => blank.scored(cell, latent, answer),
                    Err(error) => blank.failed(cell, error),
                }
            }
            Err(error) => blank.failed(cell, error.clone()),
        };
        done(cell, record)?;
    }
    Ok(())
}

fn latent<P: Plugins>(
    job: &Job<P>,
    slide: &Slide,
    shared: &SlideWork<'_>,
    watch: &mut dyn Watch,
    stopped: &dyn Fn() -> bool,
) -> Result<Latent, String> {
    match &job.work {
        Work::Run(config) => trained(config, shared, watch),
        Work::Embedding(place) => {
            let started = Instant::now();
            let found = external::embedding(place, slide)?;
            let costs = Costs {
                seconds_embed: started.elapsed().as_secs_f64(),
                ..Costs::default()
            };
            Ok(Latent::of(found, costs))
        }
        Work::Command(command) => {
            let (found, costs) = command.run(slide, shared, stopped)?;
            Ok(Latent::of(found, costs))
        }
        Work::Labels(place) => {
            let found = external::labels(place, slide)?;
            Ok(Latent {
                rows: Some(found.rows),
                z: Array2::zeros((0, 0)),
                views: Vec::new(),
                own: Some(found.labels),
                costs: Costs::default(),
            })
        }
    }
}

fn trained<P: Plugins>(
    config: &RunConfig<P>,
    shared: &SlideWork<'_>,
    watch: &mut dyn Watch,
) -> Result<Latent, String> {
    let pipeline = Pipeline::new(config.clone()).map_err(|e| one_line(&e))?;
    let (prepared, preparing) = shared.prepared(&pipeline, watch)?;
    let (semantics, reading) = shared.semantics(&pipeline, watch)?;
    let started = Instant::now();
    let (z, history): (_, History) = pipeline
        .embed(&prepared, &semantics, watch)
        .map_err(|e| one_line(&e))?;
    let costs = Costs {
        seconds_shared: preparing + reading,
        seconds_embed: started.elapsed().as_secs_f64(),
        epochs: history.epochs(),
        final_loss: history.total.last().copied().filter(|l| l.is_finite()),
        ..Costs::default()
    };
    Ok(Latent {
        rows: None,
        z,
        views: match config.embedding_votes {
            true => pipeline.views(&prepared).map_err(|e| one_line(&e))?,
            // An encoder is compared by its own embedding.
            false => Vec::new(),
        },
        own: None,
        costs,
    })
}

fn answer<P: Plugins>(
    job: &Job<P>,
    cell: &Cell<P>,
    latent: &Latent,
    domains: usize,
) -> Result<Answer, String> {
    let started = Instant::now();
    let mut costs = latent.costs.clone();
    let labels = match (&latent.own, &cell.config) {
        (Some(labels), None) => labels.clone(),
        (_, None) => return Err("there is neither a head nor labels".into()),
        (_, Some(head)) => {
            let views = once(&latent.z).chain(&latent.views);
            let views: Vec<_> = views.map(|view| view.view()).collect();
            let found = assign_by_vote(head, domains, &views, job.seed);
            let found = found.map_err(|e| one_line(&e))?;
            costs.log_likelihood = found.log_likelihood.filter(|l| l.is_finite());
            found.labels
        }
    };
    costs.seconds_head = started.elapsed().as_secs_f64();
    // The memory of a command was measured separately.
    if !matches!(job.work, Work::Command(_)) {
        costs.peak_mib = semst::evaluation::peak_mib();
    }
    Ok(Answer { labels, costs })
}

/// The common parts of all records of a job.
struct Record<'a, P: Plugins> {
    job: &'a Job<P>,
    slide: &'a Slide,
    origin: Origin,
}

impl<P: Plugins> Record<'_, P> {
    fn scored(&self, cell: &Cell<P>, latent: &Latent, answer: Answer) -> CellRecord {
        let mut record = self.failed(cell, String::new());
        record.error = None;
        record.scored = Some(answer.labels.len());
        record.costs = answer.costs;
        match guarded(|| scores(self.slide, latent.rows.as_deref(), &answer.labels)) {
            Ok(scores) => {
                record.found = scores.domains;
                let labelled = scores.agreement.map(|a| a.spots as usize);
                record.scored = labelled.or(record.scored);
                let finite = scores.rows().into_iter().filter(|(_, v)| v.is_finite());
                record.scores = finite.map(|(name, v)| (name.to_string(), v)).collect();
            }
            Err(error) => record.error = Some(error),
        }
        record
    }

    fn failed(&self, cell: &Cell<P>, error: String) -> CellRecord {
        let mut origin = self.origin.clone();
        origin.finished = crate::machine::now();
        // The configuration has the head of the preset; it is replaced by the head of the cell.
        if let (Some(run), Some(head)) = (origin.config.as_object_mut(), &cell.config) {
            run.insert("head".into(), json!(head));
        }
        CellRecord {
            hash: cell.hash.clone(),
            dataset: self.slide.name.clone(),
            method: self.job.method.clone(),
            seed: self.job.seed,
            head: cell.head.clone(),
            error: Some(error),
            spots: self.slide.data.n_spots(),
            scored: None,
            domains: self.slide.domains,
            found: 0,
            scores: Default::default(),
            costs: Costs::default(),
            origin,
        }
    }
}

/// Computes the scores. This is the only place that uses the truth.
fn scores(
    slide: &Slide,
    rows: Option<&[usize]>,
    labels: &[u32],
) -> Result<semst::evaluation::Scores, String> {
    let coords = &slide.data.spatial;
    let of = |truth: Option<&[Option<u32>]>, coords: ArrayView2<'_, f64>| {
        semst::evaluation::evaluate(truth, labels, Some(coords)).map_err(|e| one_line(&e))
    };
    match rows {
        None => of(slide.truth.as_deref(), coords.view()),
        Some(rows) => {
            let truth: Option<Vec<_>> = slide
                .truth
                .as_ref()
                .map(|t| rows.iter().map(|&r| t[r]).collect());
            of(truth.as_deref(), coords.select(Axis(0), rows).view())
        }
    }
}

fn config<P: Plugins>(work: &Work<P>) -> serde_json::Value {
    match work {
        Work::Run(config) => serde_json::to_value(config).unwrap_or_default(),
        Work::Embedding(place) => json!({ "embedding": place.path, "key": place.key }),
        Work::Labels(place) => json!({ "labels": place.path, "key": place.key }),
        Work::Command(command) => command.record(),
    }
}
