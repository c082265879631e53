//! The name of a step that may take a while, on a terminal.

use crate::shown;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A spinner with the name of a step and its seconds; it disappears when it is dropped.
pub(crate) struct Step(Option<ProgressBar>);

const TICK: Duration = Duration::from_millis(120);

impl Step {
    /// Shows a step if standard error is a terminal.
    pub(crate) fn begin(words: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let style = ProgressStyle::with_template("  {spinner} {msg}, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let bar = bar.with_style(style).with_message(shown::line(words));
        bar.enable_steady_tick(TICK);
        Self(Some(bar))
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
