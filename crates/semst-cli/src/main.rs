//! The `semst` binary.

fn main() {}
