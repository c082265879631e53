//! The heads of this crate as one configuration type.

use serde::{Deserialize, Serialize};

use crate::{ClusterError, ClusterHead, GaussianMixtureConfig, HeadConfig, KMeansConfig};

/// Configuration of any head of this crate, tagged by `name`.
///
/// A new head is a variant here; the compiler then requires its name, its check and its construction.
///
/// # Examples
/// ```
/// use semst_clustering_heads::{HeadConfig, ShippedHead};
///
/// let head: ShippedHead = serde_json::from_str(r#"{"name": "gmm"}"#)?;
/// assert_eq!(head, ShippedHead::from_name("gmm")?);
/// assert!(ShippedHead::from_name("mclust").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum ShippedHead {
    /// A Gaussian mixture with one covariance for all components.
    Gmm(GaussianMixtureConfig),
    /// k-means.
    Kmeans(KMeansConfig),
}

impl ShippedHead {
    /// Each head with its defaults, the default head first.
    fn all() -> [Self; 2] {
        [
            Self::Gmm(GaussianMixtureConfig::new()),
            Self::Kmeans(KMeansConfig::new()),
        ]
    }
}

impl HeadConfig for ShippedHead {
    fn names() -> Vec<&'static str> {
        Self::all().iter().map(Self::name).collect()
    }

    fn from_name(name: &str) -> Result<Self, ClusterError> {
        let found = Self::all().into_iter().find(|head| head.name() == name);
        found.ok_or_else(|| ClusterError::unknown_head(name, &Self::names()))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Gmm(_) => "gmm",
            Self::Kmeans(_) => "kmeans",
        }
    }

    fn check(&self) -> Result<(), ClusterError> {
        match self {
            Self::Gmm(config) => config.check(),
            Self::Kmeans(config) => config.check(),
        }
    }

    fn init(&self, n_clusters: usize) -> Result<Box<dyn ClusterHead>, ClusterError> {
        Ok(match self.clone() {
            Self::Gmm(config) => Box::new(config.init(n_clusters)?),
            Self::Kmeans(config) => Box::new(config.init(n_clusters)?),
        })
    }

    fn short_search(&self) -> Self {
        match self.clone() {
            Self::Gmm(config) => Self::Gmm(config.short_search()),
            kmeans => kmeans,
        }
    }

    fn cost(&self) -> f64 {
        match self {
            Self::Gmm(config) => config.starts.max(1) as f64,
            Self::Kmeans(_) => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GaussianMixtureConfig, HeadConfig, ShippedHead};
    use crate::testing::check_head_config;

    #[test]
    fn every_head_keeps_the_contract() -> Result<(), String> {
        check_head_config::<ShippedHead>()
    }

    #[test]
    fn a_short_search_is_the_same_model() {
        let full = GaussianMixtureConfig::new().with_dimensions(5);
        let short = ShippedHead::Gmm(full.clone()).short_search();
        let ShippedHead::Gmm(short) = short else {
            panic!("another head")
        };
        assert!(short.starts < full.starts && short.rounds == 0);
        assert_eq!(short.dimensions, full.dimensions);
        let kmeans = ShippedHead::from_name("kmeans").unwrap();
        assert_eq!(kmeans.short_search(), kmeans);
    }

    #[test]
    fn settings_that_do_not_exist_are_refused() {
        for text in [r#"{"name":"gmm","strats":3}"#, r#"{"name":"kmeans","k":3}"#] {
            let error = serde_json::from_str::<ShippedHead>(text).unwrap_err();
            assert!(error.to_string().contains("unknown field"), "{error}");
        }
    }
}
