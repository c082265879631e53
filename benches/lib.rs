//! The common parts of the benches: the allocator of the `semst` binary, and inputs of any size from fixed seeds.
//!
//! `cargo bench -p semst-benches --profile release` runs them all, `cargo xtask bench NAME` those whose name contains a word;
//! `docs/benchmarks.md` has the numbers.

mod slide;

pub use slide::{coords, counts, embedding, random_tensor, spatial_matrix};

/// As in the `semst` binary: with glibc's allocator every operation causes new page faults (docs/decisions/0009).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The numbers of spots that every bench uses.
pub const SPOTS: [usize; 2] = [1_000, 10_000];
