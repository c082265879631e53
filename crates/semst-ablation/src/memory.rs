//! Memory: what the process took, and who may take more.

use std::sync::{Condvar, Mutex, PoisonError};

/// Peak memory of this process in MiB since its start, or since the last cell of an ablation began, where the system tells
/// (Linux).
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Lets the peak begin anew, where the system allows it (Linux, proc(5) `clear_refs`).
pub(crate) fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Hands out a budget of MiB to threads; who does not fit waits, but whoever is alone may always go.
pub(crate) struct Budget {
    total: f64,
    taken: Mutex<f64>,
    freed: Condvar,
}

impl Budget {
    pub(crate) fn new(total: f64) -> Self {
        Self {
            total,
            taken: Mutex::new(0.0),
            freed: Condvar::new(),
        }
    }

    /// Waits until there is room; the room is given back when the share is dropped.
    pub(crate) fn take(&self, mib: f64) -> Share<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0.0 && *taken + mib > self.total {
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
        // Rounding must not leave a trace that keeps a large job waiting for ever.
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
        let budget = Budget::new(100.0);
        drop(budget.take(1_000.0));
        let (a, b) = (budget.take(60.0), budget.take(40.0));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| drop(budget.take(50.0)));
            drop(b);
            drop(a);
            assert!(waiting.join().is_ok());
        });
    }
}
