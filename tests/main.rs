//! All tests across crates in one binary, because each further binary would link burn again.

mod conformance;
mod devices;
mod extending;
mod golden_graphst;
mod golden_layers;
mod golden_mafn;
mod golden_sedr;
mod golden_semst;
mod golden_spatial_mgcn;
mod golden_stagate;
mod interpretation;
mod scale;
mod sparse_operations;
