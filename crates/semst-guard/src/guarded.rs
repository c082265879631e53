//! Runs code of others whose panics become errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Guards at work on all threads.
static GUARDS: AtomicUsize = AtomicUsize::new(0);
/// Probes at work on all threads.
static PROBES: AtomicUsize = AtomicUsize::new(0);

/// What panicked while a probe was at work.
static PROBE_PANIC: Mutex<Option<Panicked>> = Mutex::new(None);

thread_local! {
    /// Guards at work on this thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// What a panic said, on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Panicked {
    /// Its words.
    pub words: String,
}

/// Runs code that may panic on this thread, or in rayon's jobs for it.
///
/// # Errors
/// [`Panicked`] when it panics. Values that the closure changed and that outlive it should then be dropped.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let _guard = Guard::new();
    caught(work)
}

/// Runs code that may panic on threads of its own, such as a driver. Until it returns, no panic of any thread ends the program.
///
/// # Errors
/// [`Panicked`] when it panics on this thread. After a panic of another thread ([`probe_panic`]) the code must give up by itself.
pub fn probed<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    *PROBE_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let _probe = Counted::new(&PROBES);
    caught(work)
}

/// The last panic of any thread since the probe began, if [`end_on_panic`](crate::end_on_panic) was called.
pub fn probe_panic() -> Option<Panicked> {
    let seen = PROBE_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
    seen.clone()
}

/// Remembers a panic for the probes at work.
pub(crate) fn remember(words: &str) {
    if PROBES.load(Ordering::SeqCst) > 0 {
        let mut seen = PROBE_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(Panicked {
            words: words.into(),
        });
    }
}

/// Whether a panic of this thread is handled: by a guard, or by a probe.
pub(crate) fn is_handled() -> bool {
    let here = DEPTH.try_with(Cell::get).unwrap_or(0) > 0;
    // Rayon hands the panic of a job to the thread that waits for the job.
    let in_job = || GUARDS.load(Ordering::SeqCst) > 0 && rayon::current_thread_index().is_some();
    here || PROBES.load(Ordering::SeqCst) > 0 || in_job()
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "for an unknown reason".into());
        Panicked {
            words: one_line(&text),
        }
    })
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One in a count, until it is dropped.
struct Counted(&'static AtomicUsize);

impl Counted {
    fn new(count: &'static AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Guard {
    _everywhere: Counted,
}

impl Guard {
    fn new() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self {
            _everywhere: Counted::new(&GUARDS),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}
