//! Scores domains against truth and against space.
//!
//! Agreement with a truth ([`Contingency`] and the scores on it, as defined by scikit-learn), coherence in space ([`chaos`],
//! [`pas`], [`spatial_silhouette`], as defined by SDMBench; [`morans_i`], [`gearys_c`], as in squidpy), comparison of methods
//! over datasets and seeds ([`Comparison`], docs/protocol.md rule 7), and the memory of a run ([`peak_mib`]).
//!
//! ```
//! use semst_evaluation::{Comparison, evaluate};
//!
//! let truth = [Some(0), Some(0), Some(1), None];
//! let coords = ndarray::array![[0.0, 0.0], [1.0, 0.0], [5.0, 0.0], [6.0, 0.0]];
//! let scores = evaluate(Some(&truth), &[1, 1, 0, 0], Some(coords.view()))?;
//! println!("{scores}");
//!
//! println!("{}", Comparison::of(&[0.61, 0.58, 0.64], &[0.55, 0.57, 0.60], 0)?);
//! # Ok::<(), semst_evaluation::EvaluationError>(())
//! ```
//!
//! It makes no labels (`semst-clustering-heads` does) and draws no plots (`semst-report` does).

mod agreement;
mod autocorrelation;
mod chaos;
mod comparison;
mod contingency;
mod coordinates;
mod error;
mod matching;
mod memory;
mod pas;
mod scores;
mod silhouette;
mod wilcoxon;

#[cfg(test)]
mod spatial_tests;

pub use agreement::{
    adjusted_mutual_information, adjusted_rand_index, completeness, fowlkes_mallows, homogeneity,
    mutual_information, normalized_mutual_information, purity, v_measure,
};
pub use autocorrelation::{
    Neighbours, Permuted, gearys_c, gearys_c_permuted, morans_i, morans_i_permuted,
};
pub use chaos::chaos;
pub use comparison::{
    Comparison, SIGNIFICANCE, SMALLEST_GAIN, Summary, Verdict, bootstrap_interval, holm,
};
pub use contingency::Contingency;
pub use error::EvaluationError;
pub use matching::{accuracy, macro_f1, matching};
pub use memory::{peak_mib, peak_mib_of_tree, reset_peak};
pub use pas::pas;
pub use scores::{AgreementScores, Scores, SpatialScores, evaluate};
pub use silhouette::{SILHOUETTE_EXACT, spatial_silhouette};
pub use wilcoxon::{Wilcoxon, wilcoxon};
