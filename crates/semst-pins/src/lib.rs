//! Pins the features of shared dependencies, so that every cargo command builds burn once.
//!
//! There is no code here: see the comment in `Cargo.toml` and `docs/decisions/0001`.
