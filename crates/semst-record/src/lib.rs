//! The record of a run: one plain struct for all results of a run, except the arrays of spots.
//!
//! ```
//! use semst_record::{Dropped, RunRecord};
//!
//! let mut record = RunRecord { seed: u64::MAX, ..RunRecord::default() };
//! record.drop_counted(Dropped::ZeroSpots, 2);
//! let text = serde_json::to_string(&record)?;
//! assert_eq!(serde_json::from_str::<RunRecord>(&text)?, record);
//! assert_eq!(Dropped::ZeroSpots.sentence(2), "2 spots without any count dropped");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Equal runs make equal records: times, memory and the output folder are not part of it.
//!
//! This crate does not compute, read or draw. It contains data and their descriptions.
//!
//! Related crates: `semst` fills the record and stores it in `uns["semst"]` of the `.h5ad`; `semst-report` draws it;
//! `semst-training` and `semst-interpretation` use its types for their own results.

mod clustered;
mod difference;
mod domain_semantics;
mod dropped;
mod gene_lookup;
mod join;
mod losses;
mod not_a_number;
mod parameters;
mod run_record;
mod semantics_record;

pub use clustered::Clustered;
pub use difference::Difference;
pub use domain_semantics::{DomainSemantics, Function, GeneScore, Occlusion};
pub use dropped::Dropped;
pub use gene_lookup::GeneLookup;
pub use join::{Join, Outside};
pub use losses::{LossCurve, Losses};
pub use parameters::Parameters;
pub use run_record::{
    ArrayKeys, DomainAgreements, MethodNames, Reading, RunRecord, SlideFacts, TruthSource,
};
pub use semantics_record::SemanticsRecord;
