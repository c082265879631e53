//! Simulates layered tissues with known domains.
//!
//! A [`LayeredTissue`] is a section of cortex as on a Visium array: spots on a hexagonal
//! lattice, six layers and white matter with curved, gradual borders, cell types mixed by layer,
//! over-dispersed counts with dropout, and real human gene symbols, so that gene semantics can
//! be used. Everything is derived from one seed, and is the same for any number of threads.
//!
//! ```
//! use semst_simulate::LayeredTissue;
//!
//! let tissue = LayeredTissue::new(7).with_spots(1_500).generate()?;
//! assert_eq!(tissue.counts.rows(), 1_500);
//! assert_eq!(tissue.counts.cols(), tissue.symbols.len());
//! assert!(tissue.symbols.iter().any(|s| s == "MOBP"));
//! assert_eq!(tissue.layer_names()[6], "WM");
//! # Ok::<(), semst_simulate::SimulateError>(())
//! ```
//!
//! Not for benchmarks of biology: the symbols and where they are high are from the literature (`genes/SOURCES.md`), but levels,
//! noise and geometry are invented. A good result here shows that a method runs, not that it is right.
//!
//! Related crates: `semst-io` writes the result to a file ([`SimulatedTissue::into_dataset`]), `semst-evaluation` compares
//! domains with [`SimulatedTissue::layers`].

mod cell_type;
mod counts;
mod error;
mod expression;
mod field;
mod gene;
mod lattice;
mod layer;
mod layered;
mod tissue;

pub use error::SimulateError;
pub use gene::{Gene, GenePanel};
pub use layered::LayeredTissue;
pub use tissue::SimulatedTissue;
