//! A budget of memory that trainings share.

use std::sync::{Condvar, Mutex, PoisonError};

/// Shares a budget of MiB among threads. A thread waits if its share does not fit, except if no other thread has a share.
pub(crate) struct Budget {
    free: f64,
    taken: Mutex<f64>,
    freed: Condvar,
}

impl Budget {
    /// A budget of which some is held all the time, by the slides.
    pub(crate) fn new(total: f64, held: f64) -> Self {
        Self {
            free: total - held,
            taken: Mutex::new(0.0),
            freed: Condvar::new(),
        }
    }

    /// Waits until the share fits; dropping the share frees it.
    pub(crate) fn take(&self, mib: f64) -> Share<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0.0 && *taken + mib > self.free {
            taken = self
                .freed
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *taken += mib;
        Share { budget: self, mib }
    }
}

/// A part of a [`Budget`].
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    mib: f64,
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut taken = self
            .budget
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Without this, a rounding error could keep a large job waiting for ever.
        *taken = if *taken - self.mib < 1e-6 {
            0.0
        } else {
            *taken - self.mib
        };
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn a_large_job_runs_alone() {
        let budget = Budget::new(100.0, 0.0);
        drop(budget.take(1_000.0));
        let (a, b) = (budget.take(60.0), budget.take(40.0));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| drop(budget.take(50.0)));
            drop(b);
            drop(a);
            assert!(waiting.join().is_ok());
        });
    }

    #[test]
    fn what_is_held_is_not_shared_out() {
        use std::sync::atomic::{AtomicBool, Ordering};
        // Both shares fit into 100, but not next to the 30 that are held.
        let budget = Budget::new(100.0, 30.0);
        let (first, begun) = (budget.take(40.0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _second = budget.take(40.0);
                begun.store(true, Ordering::SeqCst);
            });
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(
                !begun.load(Ordering::SeqCst),
                "more than the budget is in use"
            );
            drop(first);
        });
        assert!(begun.load(Ordering::SeqCst));
        // Slides that fill the budget alone leave one training at a time.
        drop(Budget::new(100.0, 300.0).take(40.0));
    }
}
