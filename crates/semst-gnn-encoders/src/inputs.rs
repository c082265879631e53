//! The inputs of the shipped encoders, one type for each kind of network.

mod fixed;
mod graph;
mod two_graphs;

pub use fixed::FixedInput;
pub use graph::GraphInput;
pub use two_graphs::TwoGraphInput;
