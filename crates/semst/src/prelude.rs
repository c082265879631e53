//! The names that most programs need.

pub use crate::{Error, Pipeline, Run, RunConfig, Silent};
pub use semst_evaluation::evaluate;
pub use semst_io::{ReadConfig, SpatialDataset, read, write_h5ad};
