//! Runs a plan.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use semst::record::Outside;
use semst::recorded_join;
use semst::training::Flow;
use semst::{Plugins, Shipped};

use crate::clock::Clock;
use crate::estimate::{seconds, see};
use crate::grid::{Cell, Job};
use crate::slide::Slide;
use crate::store::CellStore;
use crate::worker_pool::WorkerPool;
use crate::{
    AblationError, CellRecord, Estimate, EstimateRow, Event, Listener, Origin, Plan, grid,
    location, machine, summary,
};

/// A plan with its data sets, which can be run, estimated, or written as tables.
///
/// # Examples
/// ```no_run
/// use semst_ablation::{Ablation, Quiet, Selection};
///
/// let study = Ablation::open("docs/results/plans/first-walk.toml".as_ref(), &mut Quiet)?;
/// println!("about {:.0} s", study.estimate(&Selection::default()).seconds);
/// study.run(&Selection::default(), &mut Quiet)?;
/// study.write_tables()?;
/// # Ok::<(), semst_ablation::AblationError>(())
/// ```
#[derive(Debug)]
pub struct Ablation<P: Plugins = Shipped> {
    pub(crate) plan: Plan<P>,
    /// The path of the plan as given, for the command that repeats a cell.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) output: PathBuf,
    /// Whether the results are written to another folder than that of the plan.
    pub(crate) elsewhere: bool,
    pub(crate) slides: Vec<Slide>,
    pub(crate) jobs: Vec<Job<P>>,
    pub(crate) store: CellStore,
    commit: Option<String>,
}

/// The cells that a run computes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Beginnings of hashes: these cells are run, finished or not. If empty, all that are not finished.
    pub only: Vec<String>,
    /// Whether cells that failed are run again.
    pub retry: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Cells that were computed, including failed ones.
    pub computed: usize,
    /// The number of these that failed.
    pub failed: usize,
    /// Whether the listener stopped the run before its end.
    pub stopped: bool,
}

impl Ablation {
    /// Reads a plan and its data sets ([`Ablation::read`] for plug-ins of a third party).
    ///
    /// # Errors
    /// When the plan is malformed, a data set cannot be read, or a truth is missing. All of this is checked before any work.
    pub fn open(path: &Path, listener: &mut dyn Listener) -> Result<Self, AblationError> {
        Self::read(path, listener)
    }
}

impl<P: Plugins> Ablation<P> {
    /// Reads a plan and its data sets.
    ///
    /// # Errors
    /// When the plan is malformed, a data set cannot be read, or a truth is missing. All of this is checked before any work.
    pub fn read(path: &Path, listener: &mut dyn Listener) -> Result<Self, AblationError> {
        let text = std::fs::read_to_string(path).map_err(|source| AblationError::Read {
            path: path.into(),
            source,
        })?;
        let plan = Plan::parse(&text).map_err(|error| AblationError::File {
            path: path.into(),
            source: Box::new(error),
        })?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let mut slides = Vec::new();
        for entry in &plan.datasets {
            listener.event(Event::Reading {
                dataset: &entry.name(),
            });
            let slide = Slide::open(&folder, entry, &plan.reading(entry))?;
            if let Some(join) = &slide.join {
                let join = &recorded_join(Outside::KnownDomains, join);
                listener.event(Event::Joined {
                    dataset: &slide.name,
                    join,
                });
            }
            slides.push(slide);
        }
        let jobs = grid::jobs(&plan, &folder, &slides)?;
        let named = plan
            .output
            .clone()
            .unwrap_or_else(|| plan.name.clone().into());
        let output = location::resolve(&folder, &named);
        let study = Self {
            store: CellStore::new(&output),
            commit: machine::commit(&folder),
            path: path.into(),
            plan,
            text,
            output,
            elsewhere: false,
            slides,
            jobs,
        };
        Ok(study)
    }

    /// Sets another folder for the results than that of the plan.
    pub fn with_output(mut self, folder: impl Into<PathBuf>) -> Self {
        self.output = folder.into();
        self.elsewhere = true;
        self.store = CellStore::new(&self.output);
        self
    }

    /// Sets the number of trainings at the same time.
    pub fn with_jobs(mut self, jobs: usize) -> Self {
        self.plan.jobs = jobs.max(1);
        self
    }

    /// Why the tables have no tests of differences; `None` if they have some.
    pub fn no_tests(&self) -> Option<String> {
        let (datasets, seeds) = (self.slides.len(), self.plan.seeds.list().len());
        if self.plan.baseline.is_empty() {
            return Some("no tests of differences: name a method as `baseline` in the plan".into());
        }
        (datasets * seeds < 2).then(|| {
            "no tests of differences: they need at least two pairs of data set and seed, and the plan has one; set `seeds` to at least 2".into()
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan<P> {
        &self.plan
    }

    /// The folder of the results.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// The finished cells, in the order of the plan.
    pub fn records(&self) -> Vec<CellRecord> {
        let of = |job: &Job<P>| -> Vec<CellRecord> {
            let cells = job.cells.iter();
            cells.filter_map(|cell| self.record(job, cell)).collect()
        };
        self.jobs.iter().flat_map(of).collect()
    }

    /// The record of a cell, with the present names of the plan, because names are not part of what was computed.
    fn record(&self, job: &Job<P>, cell: &Cell<P>) -> Option<CellRecord> {
        let record = self.store.get(&cell.hash)?;
        Some(CellRecord {
            dataset: self.slides[job.slide].name.clone(),
            method: job.method.clone(),
            head: cell.head.clone(),
            ..record
        })
    }

    /// The number of cells, and the expected time of the cells that a run would compute.
    pub fn estimate(&self, selection: &Selection) -> Estimate {
        let todo = self.todo(selection);
        let clock = self.clock();
        let records = self.records();
        let mut estimate = Estimate {
            cells: self.jobs.iter().map(|j| j.cells.len()).sum(),
            finished: records.len(),
            failed: records.iter().filter(|r| r.error.is_some()).count(),
            trainings: todo.len(),
            seconds: 0.0,
            measured: 0,
            rows: Vec::new(),
        };
        for (at, cells) in todo {
            let job = &self.jobs[at];
            let slide = &self.slides[job.slide];
            let (seconds, measured) = seconds(&clock, job, slide, &cells);
            estimate.seconds += seconds / self.plan.jobs as f64;
            estimate.measured += usize::from(measured);
            let (dataset, encoder) = (&slide.name, &job.method.encoder);
            let same = |r: &&mut EstimateRow| r.dataset == *dataset && r.encoder == *encoder;
            match estimate.rows.iter_mut().find(same) {
                Some(row) => {
                    row.cells += cells.len();
                    row.seconds += seconds;
                }
                None => estimate.rows.push(EstimateRow {
                    dataset: dataset.clone(),
                    encoder: encoder.clone(),
                    cells: cells.len(),
                    seconds,
                }),
            }
        }
        estimate
    }

    /// Runs the cells that are not on disk yet. A cell that fails gets a record with its error.
    ///
    /// # Errors
    /// When a record cannot be written, or `only` matches no cell.
    pub fn run(
        &self,
        selection: &Selection,
        listener: &mut dyn Listener,
    ) -> Result<Outcome, AblationError> {
        for hash in &selection.only {
            let cells = self.jobs.iter().flat_map(|j| &j.cells);
            if !cells.into_iter().any(|c| c.hash.starts_with(hash)) {
                return Err(AblationError::UnknownCell { hash: hash.clone() });
            }
        }
        self.store.create()?;
        let text = &self.text;
        semst::io::write_atomically(&self.output.join("plan.toml"), |out| {
            out.write_all(text.as_bytes())
        })?;
        let todo = self.todo(selection);
        let cells: usize = todo.iter().map(|(_, cells)| cells.len()).sum();
        let estimate = self.estimate(selection);
        let chosen = |hash: &str| {
            todo.iter()
                .any(|(_, cells)| cells.iter().any(|c| c.hash == hash))
        };
        let finished = self.records().iter().filter(|r| !chosen(&r.hash)).count();
        let flow = listener.event(Event::Planned {
            cells,
            finished,
            seconds: estimate.seconds,
        });
        if flow == Flow::Stop {
            return Ok(Outcome {
                stopped: true,
                ..Outcome::default()
            });
        }
        WorkerPool::new(self, todo.clone().into(), listener).work(&todo)
    }

    /// Writes `cells.csv`, `table.md`, `table.html` and `plots/` from the cells that are on disk, and `cells.parquet` with the
    /// feature `parquet`; returns their paths.
    ///
    /// The bytes depend only on the cells: writing again gives the same bytes.
    ///
    /// # Errors
    /// When a file cannot be written or a picture cannot be made.
    pub fn write_tables(&self) -> Result<Vec<PathBuf>, AblationError> {
        self.store.create()?;
        summary::write(self)
    }

    /// Jobs with the cells that a run computes. Two rows with the same run are computed once.
    fn todo(&self, selection: &Selection) -> Vec<(usize, Vec<Cell<P>>)> {
        let wanted = |cell: &Cell<P>| {
            if !selection.only.is_empty() {
                return selection.only.iter().any(|h| cell.hash.starts_with(h));
            }
            self.store
                .get(&cell.hash)
                .is_none_or(|r| selection.retry && r.error.is_some())
        };
        let mut taken = HashSet::new();
        let mut todo = Vec::new();
        for (at, job) in self.jobs.iter().enumerate() {
            let cells = job.cells.iter();
            let cells = cells.filter(|c| wanted(c) && taken.insert(c.hash.as_str()));
            let cells: Vec<Cell<P>> = cells.cloned().collect();
            if !cells.is_empty() {
                todo.push((at, cells));
            }
        }
        todo
    }

    pub(crate) fn clock(&self) -> Clock {
        let mut clock = Clock::default();
        for job in &self.jobs {
            for cell in &job.cells {
                if let Some(record) = self.record(job, cell) {
                    see(&mut clock, &record, job, cell, &self.slides[job.slide]);
                }
            }
        }
        clock
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: self.commit.clone(),
            cpu: machine::cpu(),
            cores: machine::cores(),
            jobs: self.plan.jobs,
            finished: 0,
            config: serde_json::Value::Null,
        }
    }
}
