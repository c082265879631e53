//! Turns an embedding into domains.
//!
//! Arrays go in, one label per spot comes out: Gaussian mixtures ([`GaussianMixture`], the default head), [`KMeans`],
//! number of domains by BIC ([`select_k`]), smoothing of labels over neighbours ([`refine_majority`], [`refine_outvoted`]), and
//! [`consensus`] of several answers.
//!
//! ```
//! use semst_clustering_heads::{ClusterHead, HeadConfig, KMeansConfig};
//!
//! let z = ndarray::array![[0.0f32, 0.0], [0.1, 0.0], [4.0, 4.0], [4.1, 4.0]];
//! let head = HeadConfig::Kmeans(KMeansConfig::new(2)).init()?;
//! let domains = head.assign(z.view(), 0)?;
//! assert_eq!(domains.labels, [0, 0, 1, 1]);
//! # Ok::<(), semst_clustering_heads::ClusterError>(())
//! ```
//!
//! Not for training (`semst-training`), nor for scoring labels (`semst-evaluation`); it knows neither genes nor tensors.

mod config;
mod consensus;
mod error;
mod head;
mod kmeans;
mod mixture;
mod points;
mod reduction;
mod refine;
mod select;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use config::{HEADS, HeadConfig, HeadInfo};
pub use consensus::{Consensus, assign_by_vote, consensus};
pub use error::ClusterError;
pub use head::{Assignment, ClusterHead};
pub use kmeans::{KMeans, KMeansConfig};
pub use mixture::{CovarianceModel, GaussianMixture, GaussianMixtureConfig};
pub use refine::{refine_majority, refine_outvoted};
pub use select::{Criterion, KSelection, select_k};
