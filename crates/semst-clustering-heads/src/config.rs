//! The shipped heads: a tagged configuration and the table that feeds command line and documents.

use serde::{Deserialize, Serialize};

use crate::{ClusterError, ClusterHead, GaussianMixtureConfig, KMeansConfig};

/// Configuration of any shipped head, tagged by `head`.
///
/// ```
/// use semst_clustering_heads::HeadConfig;
///
/// let head: HeadConfig = serde_json::from_str(r#"{"head": "gmm", "clusters": 7}"#)?;
/// assert_eq!(head, HeadConfig::named("gmm", 7).expect("a shipped head"));
/// assert_eq!(head.init()?.name(), "gmm");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "head", rename_all = "lowercase")]
#[non_exhaustive]
pub enum HeadConfig {
    /// A Gaussian mixture.
    Gmm(GaussianMixtureConfig),
    /// k-means.
    Kmeans(KMeansConfig),
}

/// One line of the table of heads.
#[derive(Debug, Clone, Copy)]
pub struct HeadInfo {
    /// Name, as in `--head`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    default: fn(usize) -> HeadConfig,
}

/// The shipped heads, the default first.
pub const HEADS: &[HeadInfo] = &[
    HeadInfo {
        name: "gmm",
        summary: "Gaussian mixture, one full covariance for all components (EEE), best likelihood over many starts",
        default: |k| HeadConfig::Gmm(GaussianMixtureConfig::new(k)),
    },
    HeadInfo {
        name: "kmeans",
        summary: "k-means with k-means++ seeds and ten restarts",
        default: |k| HeadConfig::Kmeans(KMeansConfig::new(k)),
    },
];

impl HeadInfo {
    /// The head's defaults for `clusters` domains.
    pub fn config(&self, clusters: usize) -> HeadConfig {
        (self.default)(clusters)
    }
}

impl HeadConfig {
    /// Defaults of the head called `name`; `None` where [`HEADS`] has none of that name.
    pub fn named(name: &str, clusters: usize) -> Option<Self> {
        HEADS
            .iter()
            .find(|h| h.name == name)
            .map(|h| h.config(clusters))
    }

    /// Domains the head was asked for.
    pub fn clusters(&self) -> usize {
        match self {
            Self::Gmm(c) => c.clusters,
            Self::Kmeans(c) => c.clusters,
        }
    }

    /// The head for another number of domains.
    pub fn with_clusters(self, clusters: usize) -> Self {
        match self {
            Self::Gmm(c) => Self::Gmm(GaussianMixtureConfig { clusters, ..c }),
            Self::Kmeans(c) => Self::Kmeans(KMeansConfig { clusters, ..c }),
        }
    }

    /// The head by a shorter search, where it has one ([`GaussianMixtureConfig::short_search`]).
    pub fn short_search(self) -> Self {
        match self {
            Self::Gmm(c) => Self::Gmm(c.short_search()),
            Self::Kmeans(_) => self,
        }
    }

    /// Builds the head.
    ///
    /// # Errors
    /// [`ClusterError::Config`] where a value is out of bounds.
    pub fn init(self) -> Result<Box<dyn ClusterHead>, ClusterError> {
        Ok(match self {
            Self::Gmm(c) => Box::new(c.init()?),
            Self::Kmeans(c) => Box::new(c.init()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{GaussianMixtureConfig, HEADS, HeadConfig};
    use crate::testing::check_head;

    #[test]
    fn every_head_keeps_the_contract() -> Result<(), String> {
        for head in HEADS {
            check_head(|k| head.config(k).init().map_err(|e| e.to_string()))
                .map_err(|e| format!("{}: {e}", head.name))?;
        }
        Ok(())
    }

    #[test]
    fn names_are_those_of_the_built_heads() {
        for head in HEADS {
            assert_eq!(
                HeadConfig::named(head.name, 2)
                    .unwrap()
                    .init()
                    .unwrap()
                    .name(),
                head.name
            );
            assert_eq!(HeadConfig::named(head.name, 2).unwrap().clusters(), 2);
        }
        assert_eq!(HeadConfig::named("mclust", 2), None);
    }

    #[test]
    fn another_number_of_domains_changes_nothing_else() {
        for head in HEADS {
            assert_eq!(head.config(3).with_clusters(8), head.config(8));
            let short = head.config(3).short_search();
            assert_eq!(short.with_clusters(8), head.config(8).short_search());
        }
    }

    #[test]
    fn a_short_search_is_the_same_model() {
        let full = GaussianMixtureConfig::new(7).with_dimensions(5);
        let short = HeadConfig::Gmm(full.clone()).short_search();
        let HeadConfig::Gmm(short) = short else {
            panic!("another head")
        };
        assert!(short.starts < full.starts && short.rounds == 0);
        let model = |c: &GaussianMixtureConfig| (c.clusters, c.covariance, c.dimensions);
        assert_eq!(model(&short), model(&full));
        let kmeans = HeadConfig::named("kmeans", 7).unwrap();
        assert_eq!(kmeans.clone().short_search(), kmeans);
    }

    #[test]
    fn configurations_round_trip() {
        for head in HEADS {
            let text = serde_json::to_string(&head.config(5)).unwrap();
            assert!(
                text.starts_with(&format!("{{\"head\":\"{}\"", head.name)),
                "{text}"
            );
            assert_eq!(
                serde_json::from_str::<HeadConfig>(&text).unwrap(),
                head.config(5)
            );
        }
    }
}
