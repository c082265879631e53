//! Ends the program after a panic that no guard handles.

use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::guarded::{is_handled, one_line, remember};

/// A panic that no guard handles.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panic {
    /// What it says, on one line.
    pub words: String,
    /// Where it is: `file:line`.
    pub place: String,
}

/// Calls `end` with the first panic that no guard handles, on whatever thread it is; `end` should end the program.
///
/// Handled panics print nothing. With `RUST_BACKTRACE` in the environment every panic is printed as Rust prints it, first.
pub fn end_on_panic(end: impl Fn(&Panic) + Send + Sync + 'static) {
    static ENDING: AtomicBool = AtomicBool::new(false);
    let usual = std::env::var_os("RUST_BACKTRACE").map(|_| take_hook());
    set_hook(Box::new(move |info| {
        if let Some(usual) = &usual {
            usual(info);
        }
        if is_handled() {
            remember(&Panic::of(info).words);
            return;
        }
        if ENDING.swap(true, Ordering::SeqCst) {
            // Another thread ends the program; its line is the only one.
            loop {
                std::thread::park();
            }
        }
        end(&Panic::of(info));
    }));
}

impl Panic {
    fn of(info: &PanicHookInfo<'_>) -> Self {
        let place = info
            .location()
            .map(|at| format!("{}:{}", at.file(), at.line()));
        Self {
            words: one_line(info.payload_as_str().unwrap_or("it does not say why")),
            place: place.unwrap_or_default(),
        }
    }
}
