//! The time left of a run, as it is shown.

/// Follows the estimates of the time left without their jumps.
#[derive(Debug, Default)]
pub(crate) struct TimeLeft {
    /// The shown end, in seconds from the beginning of the run.
    end: Option<f64>,
}

/// The weight of a new estimate at the beginning. At the end only the newest counts.
const TRUST: f64 = 0.3;

/// If an estimate differs from what was shown by more than this factor, it is followed at once up to this factor.
const MOST: f64 = 8.0;

impl TimeLeft {
    /// The seconds to show `now` seconds after the beginning, by an estimate of what is left; `done` is the share of the work that is
    /// done.
    pub(crate) fn update(&mut self, now: f64, estimate: f64, done: f64) -> f64 {
        let left = match self.end {
            Some(end) if estimate > 0.0 => {
                let shown = (end - now).clamp(estimate / MOST, estimate * MOST);
                let trust = TRUST + (1.0 - TRUST) * done.clamp(0.0, 1.0);
                // A mean of factors: too long and too short weigh the same.
                shown * (estimate / shown).powf(trust)
            }
            _ => estimate,
        };
        self.end = Some(now + left);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::TimeLeft;

    #[test]
    fn jumps_are_damped_and_the_end_is_exact() {
        let mut left = TimeLeft::default();
        assert_eq!(left.update(0.0, 300.0, 0.0), 300.0);
        let shown = left.update(10.0, 1_800.0, 0.1);
        assert!(shown > 290.0 && shown < 600.0, "{shown}");
        let shown = left.update(20.0, 360.0, 0.2);
        assert!(shown > 360.0 && shown < 600.0, "{shown}");
        let last = left.update(400.0, 7.0, 1.0);
        assert!((last - 7.0).abs() < 1e-9, "{last}");
        assert_eq!(left.update(400.0, 0.0, 1.0), 0.0);
    }
}
