//! Turns an embedding into domains.
//!
//! The input is an array, the output is one label per spot. Heads: [`GaussianMixture`] (the default) and [`KMeans`].
//! [`consensus`] joins several answers into one. [`Views`] are other transforms of a slide that vote ([`assign_by_vote`])
//! and choose the number of domains ([`count_domains`]).
//!
//! ```
//! use semst_clustering_heads::{HeadConfig, ShippedHead};
//!
//! let z = ndarray::array![[0.0f32, 0.0], [0.1, 0.0], [4.0, 4.0], [4.1, 4.0]];
//! let head = ShippedHead::from_name("kmeans")?.init(2)?;
//! let domains = head.assign(z.view(), 0)?;
//! assert_eq!(domains.labels, [0, 0, 1, 1]);
//! # Ok::<(), semst_clustering_heads::ClusterError>(())
//! ```
//!
//! A third party implements [`ClusterHead`] and [`HeadConfig`], and adds its heads to the shipped ones by [`Either`].
//!
//! Training is in `semst-training`, scores of labels are in `semst-evaluation`; this crate uses neither genes nor tensors.

mod consensus;
mod domain_count;
mod either;
mod error;
mod head;
mod head_config;
mod kmeans;
mod mixture;
pub mod name_or_table;
mod neighbours;
mod points;
mod reduction;
mod shipped_head;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod views;
mod vote;

pub use consensus::{Consensus, consensus};
pub use domain_count::{DomainAgreement, DomainCount, count_domains};
pub use either::Either;
pub use error::ClusterError;
pub use head::{Assignment, ClusterHead};
pub use head_config::HeadConfig;
pub use kmeans::{KMeans, KMeansConfig};
pub use mixture::{GaussianMixture, GaussianMixtureConfig};
pub use neighbours::Neighbours;
pub use shipped_head::ShippedHead;
pub use views::Views;
pub use vote::assign_by_vote;
