//! Filters, normalises and reduces gene counts.
//!
//! The input is a reference to a sparse matrix of counts, spots by genes. The output is [`Features`], sparse unless a step needs
//! dense values.
//! [`Preprocess`] is the whole recipe as plain data, with the recipes of the published methods as constructors; its parts can be used alone:
//! [`GeneFilter`], [`SeuratV3`], [`Normalize`], [`Scale`], [`Pca`].
//!
//! ```
//! use semst_preprocess::{CountMatrix, Preprocess};
//!
//! // Three spots, four genes; the last gene is silent.
//! let counts = CountMatrix::new((3, 4), vec![0, 2, 4, 6], vec![0, 1, 0, 2, 1, 2], vec![2.0, 2.0, 1.0, 3.0, 5.0, 5.0]);
//! let (features, report) = Preprocess::stagate().with_min_cells(1).run(&counts)?;
//!
//! assert_eq!(features.genes, [0, 1, 2]);
//! assert_eq!(report.genes_dropped, 1);
//! # Ok::<(), semst_preprocess::PreprocessError>(())
//! ```
//!
//! # What it is not for
//!
//! It uses no coordinates and no tensors, reads no files, and never drops a spot: the rows of the features are the rows of the
//! counts. Related crates: `semst-io` reads counts, `semst-spatial-graph` links spots by place or by these features.

mod counts;
mod error;

mod filter;
mod highly_variable;
mod loess;
mod normalize;
mod scale;
mod transform;

mod features;
mod pca;
mod pipeline;
mod recipe;

pub use counts::{CountMatrix, check_counts, select_genes, select_spots};
pub use error::PreprocessError;
pub use features::{Columns, FeatureMatrix, FeatureView, Features};
pub use filter::{Filtered, GeneFilter};
pub use highly_variable::{HighlyVariable, SeuratV3};
pub use loess::Loess;
pub use normalize::{GeneScope, Normalize};
pub use pca::{Pca, PcaFit};
pub use pipeline::PreprocessReport;
pub use recipe::Preprocess;
pub use scale::Scale;
pub use transform::Transform;
