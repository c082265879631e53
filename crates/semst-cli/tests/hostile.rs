//! Attacks the binary with damaged and lying inputs, and counts how it ends.
//!
//! Every try has a number and every campaign a seed, so that each failure can be repeated:
//!
//! - `SEMST_ATTACK_SEED=N` draws other tries (1 if it is not set).
//! - `SEMST_ATTACK_SECONDS=N` continues every campaign for that time; `cargo xtask attack` sets both.
//! - `SEMST_ATTACK_ONLY="CAMPAIGN:NUMBER"` repeats one try, and keeps its files.
//!
//! docs/reliability.md says what is promised and has the counts.

mod attempt;
mod bases;
mod bombs;
mod cache;
mod campaign;
mod dice;
mod folders;
mod h5ad;
mod kills;
mod misbehaviour;
mod models;
mod mutate;
mod server;
mod servers;
mod settings;
mod tables;
mod toml;
