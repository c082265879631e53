//! The binary as people use it: what it writes, says and refuses.

mod bad_input;
mod binary;
mod data;
mod determinism;
mod embed;
mod faults;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod interrupt;
mod local_model;
// One server for the tests of the library and of the binary; each uses its own part of it.
#[allow(dead_code)]
#[path = "../../semst-text-models/src/served/tests/loopback.rs"]
mod loopback;
mod made;
mod options;
mod real_data;
mod redraw;
mod their_files;
mod walk;
