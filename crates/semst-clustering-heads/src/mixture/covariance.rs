//! Which parts of the covariance the components share.

use serde::{Deserialize, Serialize};

/// Covariance model of a mixture, by mclust's letters: volume, shape, orientation; **E**qual, **V**arying, **I**dentity.
///
/// # References
/// Banfield & Raftery 1993; Celeux & Govaert 1995, "Gaussian parsimonious clustering models".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CovarianceModel {
    /// One variance for all: `σ² I`.
    Eii,
    /// One variance per component: `σ_k² I`.
    Vii,
    /// One diagonal for all.
    Eei,
    /// One diagonal per component.
    Vvi,
    /// One full covariance for all (scikit-learn's "tied"); the field's default (docs/methods.md 1.2 to 1.5).
    #[default]
    Eee,
    /// One full covariance per component.
    Vvv,
}

impl CovarianceModel {
    /// All models, simplest first.
    pub const ALL: [Self; 6] = [
        Self::Eii,
        Self::Vii,
        Self::Eei,
        Self::Vvi,
        Self::Eee,
        Self::Vvv,
    ];

    /// The three letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eii => "EII",
            Self::Vii => "VII",
            Self::Eei => "EEI",
            Self::Vvi => "VVI",
            Self::Eee => "EEE",
            Self::Vvv => "VVV",
        }
    }

    /// Free parameters of a mixture of `k` components in `d` dimensions: proportions, means, covariance.
    ///
    /// ```
    /// use semst_clustering_heads::CovarianceModel;
    /// // Two components in three dimensions: 1 proportion, 6 means, 6 covariance entries.
    /// assert_eq!(CovarianceModel::Eee.parameters(2, 3), 13);
    /// ```
    pub fn parameters(self, k: usize, d: usize) -> usize {
        let covariance = match self {
            Self::Eii => 1,
            Self::Vii => k,
            Self::Eei => d,
            Self::Vvi => k * d,
            Self::Eee => d * (d + 1) / 2,
            Self::Vvv => k * d * (d + 1) / 2,
        };
        k - 1 + k * d + covariance
    }

    /// Whether the likelihood is unchanged by any invertible linear map of the data.
    pub(crate) fn affine_invariant(self) -> bool {
        matches!(self, Self::Eee | Self::Vvv)
    }

    /// Whether each component has its own covariance, which makes the likelihood unbounded.
    pub(crate) fn unpooled(self) -> bool {
        matches!(self, Self::Vii | Self::Vvi | Self::Vvv)
    }
}
