//! Derives every stream of random numbers from one seed.
//!
//! A run has one [`Seed`]. Each part of the run takes its own seed from it by a [`Stream`], so that two parts never draw the same
//! numbers by accident. A seed is an argument or a field of a config; there is no global state.
//!
//! ```
//! use semst_seed::{Seed, Stream};
//!
//! let run = Seed(7);
//! let first = run.stream(Stream::Modulator { depth: 0 });
//! assert_ne!(first, run.stream(Stream::Modulator { depth: 1 }));
//! assert_eq!(first, Seed(7).stream(Stream::Modulator { depth: 0 }));
//! ```
//!
//! # The streams
//!
//! All sums and products wrap at 2⁶⁴. φ is `0x9e37_79b9_7f4a_7c15`, and m is the finaliser of SplitMix64.
//!
//! | stream | seed | drawn from it |
//! |---|---|---|
//! | the seed itself | s | weights of the encoder, the controls of the semantics, the order of parts, the first search of a head |
//! | [`Stream::Modulator`] | (s ⊕ `0x5e57`) + 2³² · depth | weights of the modulator at a depth |
//! | [`Stream::Step`] | s · φ + step | what an encoder draws in a step: permutations, masks, noise, samples |
//! | [`Stream::Phase`] | s ⊕ 2⁴⁰ · phase | a phase of training |
//! | [`Stream::NegativeLinks`] | s ⊕ `0x6e65_6761_7469_7665` | pairs of spots that are not linked |
//! | [`Stream::Restart`] | s ⊕ restart · φ | one of several equal tries: restarts of a head, permutations of a test |
//! | [`Stream::Vote`] | s + run · `0xd1b5_4a32_d192_ed03` | one run of a vote over views |
//! | [`Stream::TraceProbes`] | s ⊕ `0x74_7261_6365` | random vectors that estimate a trace |
//! | [`Stream::Tissue`] | m(m(m(s) ⊕ part) ⊕ index) | a part of a simulated tissue |
//!
//! # What it is not for
//!
//! It draws no numbers: [`Seed::rng`] starts a `rand_pcg::Pcg64`, whose stream is the same in every release.
//! `semst-fsm-modulation` takes a plain `u64` and does not depend on this crate.

mod seed;
mod stream;

pub use seed::Seed;
pub use stream::{Stream, TissuePart};
