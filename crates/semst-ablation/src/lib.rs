//! Ablation studies from one file: datasets × encoders × modulators × semantics × seeds × heads.
//!
//! A [`Plan`] lists what to cross. An [`Ablation`] runs its cells and stores each on disk as soon as it is finished. It continues
//! after an interruption, and writes tidy CSV and Parquet, tables with paired tests (docs/protocol.md, rules 5 to 10) and box
//! plots.
//!
//! ```
//! use semst_ablation::Plan;
//!
//! let plan = Plan::from_toml(r#"
//!     name = "does-meaning-help"
//!     encoders = ["semst"]
//!     modulators = ["none", "fsm"]
//!     semantics = ["builtin", "shuffled"]
//!     seeds = 3
//!     floors = ["pca", "diffusion"]
//!     baseline = { modulator = "none" }
//!
//!     [[datasets]]
//!     path = "$SEMST_DATA/starmap_mvc.h5ad"
//!     truth = "domain"
//! "#)?;
//! assert_eq!(plan.seeds.list(), [0, 1, 2]);
//! # Ok::<(), semst_ablation::AblationError>(())
//! ```
//!
//! Use `semst::Pipeline` to run one slide. Do not use this crate to choose settings by the truth: the truth is only read after a
//! cell has ended, for its scores.
//!
//! Related crates: this crate uses all others through the façade `semst`; the command is `semst ablate`.

mod ablation;
mod box_plots;
mod cell;
mod clock;
mod column;
mod error;
mod error_line;
mod estimate;
mod external;
mod fingerprint;
mod grid;
mod listener;
mod location;
mod machine;
mod memory;
mod paired;
#[cfg(feature = "parquet")]
mod parquet_file;
mod plan;
mod scored;
mod slide;
mod slide_work;
mod store;
mod summary;
mod tidy;
mod time_left;
mod worker;
mod worker_pool;

pub use ablation::{Ablation, Outcome, Selection};
pub use cell::{CellRecord, Costs, Method, Origin, Role};
pub use error::AblationError;
pub use estimate::{Estimate, EstimateRow};
pub use external::child::end_commands;
pub use listener::{Event, Listener, Quiet};
pub use plan::command::{CommandEntry, CommandLine, OutputFormat};
pub use plan::dataset::{DatasetEntry, Domains};
pub use plan::encoder::EncoderEntry;
pub use plan::external::{ExternalEntry, ExternalSource, Places};
pub use plan::head::HeadEntry;
pub use plan::modulator::ModulatorEntry;
pub use plan::semantics::SemanticsEntry;
pub use plan::{Baseline, Plan, Seeds};
pub use semst::evaluation::peak_mib;
