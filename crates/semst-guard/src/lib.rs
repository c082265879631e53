//! Panics: those of libraries that read damaged files become errors, every other one ends the program.
//!
//! ```
//! let read = semst_guard::guarded(|| "1,2".parse::<u32>().unwrap_or(0));
//! assert_eq!(read, Ok(0));
//! let panicked = semst_guard::guarded(|| panic!("page 7 is not a leaf"));
//! assert_eq!(panicked, Err::<(), _>(semst_guard::Panicked { words: "page 7 is not a leaf".into() }));
//! ```
//!
//! A library calls [`guarded`] around code of others that may panic on bad input, or [`probed`] around drivers.
//! A program calls [`end_on_panic`] once. A panic on a thread that is not joined then ends the program too; otherwise the
//! program would wait forever for an answer of that thread.
//!
//! This crate is not for our own errors: these are `Result`s.

mod guarded;
mod hook;

pub use guarded::{Panicked, guarded, probe_panic, probed};
pub use hook::{Panic, end_on_panic};
