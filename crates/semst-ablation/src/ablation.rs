//! Runs a plan.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use semst::training::Flow;

use crate::estimate::{Clock, mebibytes};
use crate::grid::{Cell, Job};
use crate::memory::Budget;
use crate::shared::Shared;
use crate::slide::Slide;
use crate::store::CellStore;
use crate::worker::{Bench, EpochWatch, work};
use crate::{
    AblationError, CellRecord, Estimate, EstimateRow, Event, Listener, Origin, Plan, grid,
    location, machine, summary,
};

/// A plan with its data sets read: ready to run, to be estimated, to be written up.
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
pub struct Ablation {
    pub(crate) plan: Plan,
    /// The plan as it was given, for the line that repeats a cell.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) output: PathBuf,
    pub(crate) slides: Vec<Slide>,
    pub(crate) jobs: Vec<Job>,
    store: CellStore,
    commit: Option<String>,
}

/// Which cells a run takes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Beginnings of hashes: these cells are run, finished or not. Empty: all that are not finished.
    pub only: Vec<String>,
    /// Whether cells that failed are run again.
    pub retry: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Cells that were computed, failed ones among them.
    pub computed: usize,
    /// Of these, cells that failed.
    pub failed: usize,
    /// Whether somebody asked to stop before all was done.
    pub stopped: bool,
}

impl Ablation {
    /// Reads a plan and its data sets.
    ///
    /// # Errors
    /// When the plan is not one, a data set cannot be read, or a truth is not there: all before any work is done.
    pub fn open(path: &Path, listener: &mut dyn Listener) -> Result<Self, AblationError> {
        let text = std::fs::read_to_string(path).map_err(|source| AblationError::Read {
            path: path.into(),
            source,
        })?;
        let plan = Plan::from_toml(&text)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let mut slides = Vec::new();
        for entry in &plan.datasets {
            listener.event(Event::Reading {
                dataset: &entry.name(),
            });
            slides.push(Slide::open(&folder, entry)?);
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
            slides,
            jobs,
        };
        Ok(study)
    }

    /// Puts the results into another folder than the plan's.
    pub fn with_output(mut self, folder: impl Into<PathBuf>) -> Self {
        self.output = folder.into();
        self.store = CellStore::new(&self.output);
        self
    }

    /// Trains this many at a time.
    pub fn with_jobs(mut self, jobs: usize) -> Self {
        self.plan.jobs = jobs.max(1);
        self
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where the results are.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// The finished cells of the plan, in its order.
    pub fn records(&self) -> Vec<CellRecord> {
        let cells = self.jobs.iter().flat_map(|job| &job.cells);
        cells
            .filter_map(|cell| self.store.get(&cell.hash))
            .collect()
    }

    /// How many cells there are, and how long those that a run would take on will take.
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
            let heads: Vec<&str> = cells.iter().map(|c| c.head.as_str()).collect();
            let (seconds, measured) = clock.seconds(job, slide, &heads);
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

    /// Runs the cells that are not on disk yet. A cell that fails is a record with its error.
    ///
    /// # Errors
    /// When a record cannot be written, or `only` names no cell.
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
        let estimate = self.estimate(selection);
        let cells: usize = todo.iter().map(|(_, cells)| cells.len()).sum();
        let stopped = AtomicBool::new(false);
        let planned = Event::Planned {
            cells,
            finished: estimate.cells - cells,
            seconds: estimate.seconds,
        };
        if listener.event(planned) == Flow::Stop {
            stopped.store(true, Ordering::Relaxed);
        }
        let of = todo.len();
        let crew = Crew {
            study: self,
            stopped,
            budget: Budget::new(self.plan.memory as f64),
            of,
            state: Mutex::new(State {
                listener,
                clock: self.clock(),
                outcome: Outcome {
                    computed: 0,
                    failed: 0,
                    stopped: false,
                },
                left: todo.clone().into(),
                begun: 0,
                error: None,
            }),
        };
        // Slide by slide: what its cells share is dropped with the last of them.
        let mut rest = todo.as_slice();
        while let Some((first, _)) = rest.first() {
            let slide = self.jobs[*first].slide;
            let n = rest
                .iter()
                .take_while(|(at, _)| self.jobs[*at].slide == slide)
                .count();
            let (now, later) = rest.split_at(n);
            crew.slide(&self.slides[slide], now);
            rest = later;
        }
        let stopped = crew.stopped.load(Ordering::Relaxed);
        let state = crew
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match state.error {
            Some(error) => Err(error),
            None => Ok(Outcome {
                stopped,
                ..state.outcome
            }),
        }
    }

    /// Writes `cells.csv`, `table.md`, `table.html` and `plots/` from the cells that are on disk; returns their paths.
    ///
    /// The bytes depend on the cells alone: written again, they are the same.
    ///
    /// # Errors
    /// When a file cannot be written or a picture not be made.
    pub fn write_tables(&self) -> Result<Vec<PathBuf>, AblationError> {
        self.store.create()?;
        summary::write(self)
    }

    /// Jobs with the cells that a run takes on.
    fn todo(&self, selection: &Selection) -> Vec<(usize, Vec<Cell>)> {
        let wanted = |cell: &&Cell| {
            if !selection.only.is_empty() {
                return selection.only.iter().any(|h| cell.hash.starts_with(h));
            }
            self.store
                .get(&cell.hash)
                .is_none_or(|r| selection.retry && r.error.is_some())
        };
        let jobs = self.jobs.iter().enumerate();
        jobs.map(|(at, job)| (at, job.cells.iter().filter(wanted).cloned().collect()))
            .filter(|(_, cells): &(usize, Vec<Cell>)| !cells.is_empty())
            .collect()
    }

    fn clock(&self) -> Clock {
        let mut clock = Clock::default();
        for job in &self.jobs {
            for cell in &job.cells {
                if let Some(record) = self.store.get(&cell.hash) {
                    clock.see(&record, job, &self.slides[job.slide]);
                }
            }
        }
        clock
    }

    fn origin(&self) -> Origin {
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

/// The threads of a run.
struct Crew<'a> {
    study: &'a Ablation,
    stopped: AtomicBool,
    budget: Budget,
    of: usize,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    listener: &'a mut dyn Listener,
    clock: Clock,
    outcome: Outcome,
    /// Jobs that have not begun.
    left: VecDeque<(usize, Vec<Cell>)>,
    begun: usize,
    error: Option<AblationError>,
}

impl<'a> Crew<'a> {
    /// Does the jobs of a slide.
    fn slide(&self, slide: &Slide, jobs: &[(usize, Vec<Cell>)]) {
        let bench = Bench {
            slide,
            shared: Shared::new(slide),
            origin: self.study.origin(),
        };
        let queue: Mutex<VecDeque<_>> = Mutex::new(jobs.iter().collect());
        let next = || {
            queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
        };
        let labour = || {
            while let Some((at, cells)) = next() {
                if self.is_stopped() {
                    return;
                }
                self.job(&self.study.jobs[*at], cells, &bench);
            }
        };
        if self.study.plan.jobs == 1 {
            labour();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..self.study.plan.jobs.min(jobs.len()) {
                    scope.spawn(labour);
                }
            });
        }
    }

    fn job(&self, job: &Job, cells: &[Cell], bench: &Bench<'_>) {
        let slide = bench.slide;
        let share = self.budget.take(mebibytes(&job.work, slide));
        {
            let mut state = self.state();
            let left = self.seconds_left(&state);
            state.left.pop_front();
            state.begun += 1;
            let begin = Event::Begin {
                number: state.begun,
                of: self.of,
                dataset: &slide.name,
                method: &job.method,
                seed: job.seed,
                left,
            };
            let flow = state.listener.event(begin);
            self.obey(flow);
        }
        let alone = self.study.plan.jobs == 1;
        let mut watch = EpochWatch(|epoch| {
            if alone {
                let flow = self.state().listener.event(Event::Epoch(epoch));
                self.obey(flow);
            }
            if self.is_stopped() {
                Flow::Stop
            } else {
                Flow::Continue
            }
        });
        let stopped = || self.is_stopped();
        let done = |record: CellRecord| -> Result<(), AblationError> {
            self.study.store.put(&record)?;
            let mut state = self.state();
            state.clock.see(&record, job, slide);
            state.outcome.computed += 1;
            state.outcome.failed += usize::from(record.error.is_some());
            let flow = state.listener.event(Event::Cell(&record));
            self.obey(flow);
            Ok(())
        };
        let ended = work(job, cells, bench, &mut watch, &stopped, done);
        if let Err(error) = ended {
            self.state().error.get_or_insert(error);
            self.stopped.store(true, Ordering::Relaxed);
        }
        drop(share);
    }

    fn seconds_left(&self, state: &State<'_>) -> f64 {
        let one = |(at, cells): &(usize, Vec<Cell>)| {
            let job = &self.study.jobs[*at];
            let heads: Vec<&str> = cells.iter().map(|c| c.head.as_str()).collect();
            state
                .clock
                .seconds(job, &self.study.slides[job.slide], &heads)
                .0
        };
        state.left.iter().map(one).sum::<f64>() / self.study.plan.jobs as f64
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn obey(&self, flow: Flow) {
        if flow == Flow::Stop {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
