//! The binary as people use it: what it writes, says and refuses.

mod bad_input;
mod binary;
mod data;
mod determinism;
#[cfg(unix)]
mod interrupt;
mod made;
mod options;
mod real_data;
mod walk;
