//! What crosses crates: end-to-end runs, golden values, bad input.

pub mod golden;
