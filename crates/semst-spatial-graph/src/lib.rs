//! Builds validated neighbour graphs of spots.
//!
//! A [`SpatialGraph`] is a square CSR matrix whose rows are spots and whose entries are links. It is checked once, when it is made (sorted,
//! unique, in range, finite); later code does not check it again. It comes from
//!
//! - coordinates, through a [`GraphBuilder`]: [`KnnGraph`], [`SymmetricKnnGraph`], [`MutualKnnGraph`], [`RadiusGraph`], [`ThresholdGraph`],
//!   [`DelaunayGraph`], [`GridGraph`], [`HexGraph`];
//! - expression, through [`CosineKnn`] and [`CorrelationKnn`], and approximately for large slides, through [`CellKnn`];
//! - a file, through [`Precomputed`].
//!
//! [`GraphConfig`] is the trait through which a run uses a builder; [`ShippedGraph`] is the choice of the builders of this crate.
//! [`Postprocess`] steps ([`Symmetrize`], [`AddSelfLoops`], [`PruneLong`], [`Binary`], [`Gaussian`]) and the normalisations
//! ([`SpatialGraph::row_normalized`], [`SpatialGraph::sym_normalized`]) turn one graph into another.
//! [`diffuse`] spreads features over a graph, [`diffuse_pieces`] over one of several pieces; [`Strength`] says how far.
//!
//! ```
//! use ndarray::array;
//! use semst_spatial_graph::{AddSelfLoops, GraphBuilder, Postprocess, SymmetricKnnGraph};
//!
//! let coords = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [9.0, 0.0]];
//! let graph = SymmetricKnnGraph::new(1).build(coords.view())?;
//! assert_eq!(graph.row(1).0, &[0, 2]);
//!
//! let operator = AddSelfLoops::default().apply(graph)?.row_normalized();
//! assert_eq!(operator.row(3).1, &[0.5, 0.5]);
//! # Ok::<(), semst_spatial_graph::GraphError>(())
//! ```
//!
//! # Ties, duplicates, threads
//!
//! On a lattice the k-th neighbour is rarely unique. Neighbours are ordered by distance, distances within one part in 10⁹ count
//! as equal, and equal ones are ordered by index. So the graph does not depend on the search structure, the machine, or the
//! number of threads. Spots at the same place are neighbours at distance zero.
//!
//! # What it is not for
//!
//! It uses no genes and no tensors, and it never holds an N × N array. Every neighbour is exact except those of [`CellKnn`].
//! [`Partition`] cuts slides into parts that fit a step of training. Related crates: `semst-preprocess` makes the features for
//! expression graphs, `semst-gnn-encoders` passes messages along the links.

mod arrangement;
mod builder;
mod diffusion;
mod error;
mod expression;
mod graph;
mod graph_config;
mod lattice;
mod partition;
mod places;
mod points;
mod postprocess;
mod precomputed;
mod shipped_graph;

pub use arrangement::{Arrangement, arrangement};
pub use builder::GraphBuilder;
pub use builder::delaunay::DelaunayGraph;
pub use builder::knn::{KnnGraph, MutualKnnGraph, SymmetricKnnGraph};
pub use builder::radius::RadiusGraph;
pub use builder::rings::{GridGraph, HexGraph};
pub use builder::threshold::ThresholdGraph;
pub use diffusion::{Laplacian, Strength, strength_scores};
pub use diffusion::{diffuse, diffuse_pieces, least_strength};
pub use error::GraphError;
pub use expression::cells::CellKnn;
pub use expression::{CorrelationKnn, CosineKnn, Expression};
pub use graph::SpatialGraph;
pub use graph::link::Link;
pub use graph_config::{GraphConfig, GraphData};
pub use lattice::{
    Lattice, LatticeKind, lattice, median_kth_neighbor_distance, median_neighbor_distance,
    sampled_kth_neighbor_distance,
};
pub use partition::Partition;
pub use points::nearest_spots;
pub use postprocess::{AddSelfLoops, Binary, Gaussian, Postprocess, PruneLong, Symmetrize};
pub use precomputed::Precomputed;
pub use shipped_graph::ShippedGraph;
