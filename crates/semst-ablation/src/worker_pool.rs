//! The threads that do the jobs of a run.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use semst::training::{EpochEnd, Flow};
use semst::{Plugins, Stage, Watch};

use crate::clock::Clock;
use crate::estimate::{mebibytes, seconds, see, slide_mebibytes};
use crate::grid::{Cell, Job};
use crate::memory::Budget;
use crate::slide::Slide;
use crate::slide_work::SlideWork;
use crate::time_left::TimeLeft;
use crate::worker::{Bench, work};
use crate::{Ablation, AblationError, CellRecord, Event, Listener, Outcome};

/// The threads of a run.
pub(crate) struct WorkerPool<'a, P: Plugins> {
    study: &'a Ablation<P>,
    stopped: AtomicBool,
    budget: Budget,
    of: usize,
    started: Instant,
    state: Mutex<State<'a, P>>,
}

struct State<'a, P: Plugins> {
    listener: &'a mut dyn Listener,
    clock: Clock,
    time_left: TimeLeft,
    /// Jobs that have begun, and when they should end, in seconds from the beginning.
    running: Vec<(usize, f64)>,
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
            // All slides of the plan stay in memory.
            budget: Budget::new(
                study.plan.memory as f64,
                study.slides.iter().map(|s| slide_mebibytes(&s.data)).sum(),
            ),
            of: left.len(),
            started: Instant::now(),
            state: Mutex::new(State {
                listener,
                clock: study.clock(),
                time_left: TimeLeft::default(),
                running: Vec::new(),
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
                self.job(*at, cells, &bench);
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

    fn job(&self, at: usize, cells: &[Cell<P>], bench: &Bench<'_>) {
        let job: &Job<P> = &self.study.jobs[at];
        let slide = bench.slide;
        let share = self.budget.take(mebibytes(&job.work, slide));
        {
            let mut state = self.state();
            let left = self.seconds_left(&mut state);
            state.left.pop_front();
            let own = seconds(&state.clock, job, slide, cells).0;
            let ends = self.started.elapsed().as_secs_f64() + own;
            state.running.push((at, ends));
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
        let stopped = || {
            let flow = self.state().listener.event(Event::Pulse);
            self.obey(flow);
            self.is_stopped()
        };
        let done = |cell: &Cell<P>, record: CellRecord| -> Result<(), AblationError> {
            self.study.store.put(&record)?;
            let mut state = self.state();
            see(&mut state.clock, &record, job, cell, slide);
            state.outcome.computed += 1;
            state.outcome.failed += usize::from(record.error.is_some());
            let flow = state.listener.event(Event::Cell(&record));
            self.obey(flow);
            Ok(())
        };
        let ended = work(job, cells, bench, &mut JobWatch(self), &stopped, done);
        self.state().running.retain(|(running, _)| *running != at);
        if let Err(error) = ended {
            self.state().error.get_or_insert(error);
            self.stopped.store(true, Ordering::Relaxed);
        }
        drop(share);
    }

    /// The seconds left, as they are shown before a job begins.
    fn seconds_left(&self, state: &mut State<'_, P>) -> f64 {
        let now = self.started.elapsed().as_secs_f64();
        let one = |(at, cells): &(usize, Vec<Cell<P>>)| {
            let job = &self.study.jobs[*at];
            seconds(&state.clock, job, &self.study.slides[job.slide], cells).0
        };
        let running = state.running.iter().map(|(_, ends)| (ends - now).max(0.0));
        let work = state.left.iter().map(one).sum::<f64>() + running.sum::<f64>();
        let done = state.begun as f64 / self.of as f64;
        let left = work / self.study.plan.jobs as f64;
        state.time_left.update(now, left, done)
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

/// Passes the events of one job to the listener, and its stop to the job. Trainings at the same time would mix their events.
struct JobWatch<'p, 'a, P: Plugins>(&'p WorkerPool<'a, P>);

impl<P: Plugins> JobWatch<'_, '_, P> {
    fn pass(&self, event: Event<'_>) {
        if self.0.study.plan.jobs == 1 {
            let flow = self.0.state().listener.event(event);
            self.0.obey(flow);
        }
    }
}

impl<P: Plugins> Watch for JobWatch<'_, '_, P> {
    fn stage(&mut self, stage: Stage) {
        self.pass(Event::Stage(stage));
    }

    fn epoch_end(&mut self, event: EpochEnd) -> Flow {
        self.pass(Event::Epoch(event));
        match self.0.is_stopped() {
            true => Flow::Stop,
            false => Flow::Continue,
        }
    }
}
