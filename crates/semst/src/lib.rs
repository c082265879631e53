//! Spatial domains guided by what genes mean: the façade of the semst crates.
