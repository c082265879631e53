//! Criterion benches of every hot operation.
