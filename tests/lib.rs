//! What crosses crates: end-to-end runs, golden values, bad input.

pub mod golden;

/// `docs/extending.md`, so that its examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/extending.md")]
pub struct Extending;

/// `README.md`, likewise.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
