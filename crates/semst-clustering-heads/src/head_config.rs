//! The configuration of a head: plain data for a plan or a command line.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{ClusterError, ClusterHead};

/// A checked configuration that builds a [`ClusterHead`]. One type can have several heads, as [`ShippedHead`](crate::ShippedHead)
/// does.
///
/// | method | | purpose |
/// |---|---|---|
/// | [`names`](Self::names) | required | every name that `from_name` accepts |
/// | [`from_name`](Self::from_name) | required | the defaults of a head |
/// | [`name`](Self::name) | required | name of this head, as in `--head` |
/// | [`check`](Self::check) | required | checks the values before any work |
/// | [`init`](Self::init) | required | the head for a number of domains |
/// | [`short_search`](Self::short_search) | provided | the same model with a faster search, for votes |
/// | [`cost`](Self::cost) | provided | hint for estimates of time |
///
/// The serde form is a table with the key `name` (`#[serde(tag = "name")]`).
/// [`name_or_table`](crate::name_or_table) also accepts only a name.
/// The number of domains depends on the slide, so it is an argument of `init` and not stored.
///
/// `testing::check_head_config` (feature `testing`) checks all of this.
///
/// # Examples
/// ```
/// use semst_clustering_heads::{HeadConfig, ShippedHead};
///
/// let config = ShippedHead::from_name("gmm")?;
/// config.check()?;
/// assert_eq!(config.init(7)?.name(), "gmm");
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
pub trait HeadConfig:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Every name that [`from_name`](Self::from_name) accepts, the default first.
    fn names() -> Vec<&'static str>;

    /// The head called `name`, with its default settings.
    ///
    /// # Errors
    /// [`ClusterError::UnknownHead`] lists the known names ([`ClusterError::unknown_head`] makes it).
    fn from_name(name: &str) -> Result<Self, ClusterError>;

    /// Name of this head: one of [`names`](Self::names).
    fn name(&self) -> &'static str;

    /// Checks the values.
    ///
    /// # Errors
    /// [`ClusterError::Config`] names the field that is out of bounds.
    fn check(&self) -> Result<(), ClusterError>;

    /// Builds the head for a number of domains.
    ///
    /// # Errors
    /// As [`check`](Self::check), and if `n_clusters` is zero or does not fit the settings.
    fn init(&self, n_clusters: usize) -> Result<Box<dyn ClusterHead>, ClusterError>;

    /// The same model with a faster search. Votes and comparisons use it, because they cluster many views.
    #[must_use]
    fn short_search(&self) -> Self {
        self.clone()
    }

    /// Rough time of a run, in units of a k-means with ten restarts.
    fn cost(&self) -> f64 {
        1.0
    }
}
