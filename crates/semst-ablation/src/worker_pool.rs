//! The threads that do the jobs of a run.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use semst::Plugins;
use semst::training::Flow;

use crate::estimate::{Clock, mebibytes};
use crate::grid::{Cell, Job};
use crate::memory::Budget;
use crate::slide::Slide;
use crate::slide_work::SlideWork;
use crate::worker::{Bench, EpochWatch, work};
use crate::{Ablation, AblationError, CellRecord, Event, Listener, Outcome};

/// The threads of a run.
pub(crate) struct WorkerPool<'a, P: Plugins> {
    study: &'a Ablation<P>,
    stopped: AtomicBool,
    budget: Budget,
    of: usize,
    state: Mutex<State<'a, P>>,
}

struct State<'a, P: Plugins> {
    listener: &'a mut dyn Listener,
    clock: Clock,
    outcome: Outcome,
    /// Jobs that have not begun.
    left: VecDeque<(usize, Vec<Cell<P>>)>,
    begun: usize,
    error: Option<AblationError>,
}

impl<'a, P: Plugins> WorkerPool<'a, P> {
    pub(crate) fn new(
        study: &'a Ablation<P>,
        left: VecDeque<(usize, Vec<Cell<P>>)>,
        listener: &'a mut dyn Listener,
    ) -> Self {
        Self {
            study,
            stopped: AtomicBool::new(false),
            budget: Budget::new(study.plan.memory as f64),
            of: left.len(),
            state: Mutex::new(State {
                listener,
                clock: study.clock(),
                outcome: Outcome::default(),
                left,
                begun: 0,
                error: None,
            }),
        }
    }

    /// Does all jobs, slide by slide: the shared work of a slide is dropped after its last cell.
    pub(crate) fn work(self, mut jobs: &[(usize, Vec<Cell<P>>)]) -> Result<Outcome, AblationError> {
        while let Some((first, _)) = jobs.first() {
            let slide = self.study.jobs[*first].slide;
            let same = |(at, _): &&(usize, Vec<Cell<P>>)| self.study.jobs[*at].slide == slide;
            let (now, later) = jobs.split_at(jobs.iter().take_while(same).count());
            self.slide(&self.study.slides[slide], now);
            jobs = later;
        }
        let stopped = self.is_stopped();
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        match state.error {
            Some(error) => Err(error),
            None => Ok(Outcome {
                stopped,
                ..state.outcome
            }),
        }
    }

    /// Does the jobs of a slide.
    fn slide(&self, slide: &Slide, jobs: &[(usize, Vec<Cell<P>>)]) {
        let bench = Bench {
            slide,
            shared: SlideWork::new(slide),
            origin: self.study.origin(),
        };
        let queue: Mutex<VecDeque<_>> = Mutex::new(jobs.iter().collect());
        let next = || {
            queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
        };
        let work_off = || {
            while let Some((at, cells)) = next() {
                if self.is_stopped() {
                    return;
                }
                self.job(&self.study.jobs[*at], cells, &bench);
            }
        };
        let workers = self.study.plan.jobs.min(jobs.len());
        if workers == 1 {
            work_off();
            return;
        }
        // Each training has its own threads: small products hardly benefit from more, and trainings that share a pool wait for
        // each other. If no further pool can be made, the shared one does the same work.
        let threads = rayon::current_num_threads().div_ceil(workers);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                scope.spawn(|| match pool {
                    Ok(pool) => pool.install(work_off),
                    Err(_) => work_off(),
                });
            }
        });
    }

    fn job(&self, job: &Job<P>, cells: &[Cell<P>], bench: &Bench<'_>) {
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
        let stopped = || {
            let flow = self.state().listener.event(Event::Pulse);
            self.obey(flow);
            self.is_stopped()
        };
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

    fn seconds_left(&self, state: &State<'_, P>) -> f64 {
        let one = |(at, cells): &(usize, Vec<Cell<P>>)| {
            let job = &self.study.jobs[*at];
            state
                .clock
                .seconds(job, &self.study.slides[job.slide], cells)
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

    fn state(&self) -> MutexGuard<'_, State<'a, P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
