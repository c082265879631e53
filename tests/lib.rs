//! Tests across crates: end-to-end runs, golden values, bad input.

pub mod golden;

/// `docs/extending.md`, so that its examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/extending.md")]
pub struct Extending;

/// `README.md`, for the same reason.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
