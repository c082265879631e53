//! Gaussian mixtures whose answer is the best likelihood over many starts.

mod covariance;
mod em;
mod frame;
mod hierarchical;
mod search;
mod split_merge;
mod stream;
mod ward;

#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

pub use covariance::CovarianceModel;

use crate::head::canonical;
use crate::{Assignment, ClusterError, ClusterHead, points, reduction};

/// Configuration of [`GaussianMixture`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GaussianMixtureConfig {
    /// Number of components; required.
    pub clusters: usize,
    /// Covariance model. EEE (what GraphST, STAGATE and SEDR ask of mclust, docs/methods.md 1.2 to 1.5).
    pub covariance: CovarianceModel,
    /// Wider embeddings are reduced to this many principal components first; 0 keeps all. 20 (GraphST's readout, docs/methods.md 1.2).
    pub dimensions: usize,
    /// Small files are reduced further, to `N / (k · this)` components, 2 at least: so many spots stand behind each coordinate of a
    /// mean. 0 switches it off, as does `dimensions` of 0. 8: leaves every slide of 160 spots per domain or more alone (own rule;
    /// on the 262 spots of the olfactory bulb 20 components let the likelihood prefer handfuls of outlying spots).
    pub spots_per_dimension: usize,
    /// Least expected number of spots of a component; a fit with a smaller one loses against every fit without.
    /// `None`: one more than the dimensions, but at most half the mean size `N / k`. Own rule, see [`GaussianMixture`].
    pub least_spots: Option<usize>,
    /// k-means starts, half of them in whitened coordinates. 60 (this and the next four: own measurement, `examples/stability.rs`).
    ///
    /// Below 4,000 rows this, `finalists` and `improved` grow in proportion, up to six-fold, for the same time.
    pub starts: usize,
    /// Rows that the hierarchical starts see; 0 leaves those starts out. 2,000 (mclust's subset, docs/methods.md 1.4).
    pub hierarchy_rows: usize,
    /// Above this number of rows, the search runs on a random subset of this size, and the best fit alone climbs on over all rows,
    /// chunk by chunk. 20,000.
    pub search_rows: usize,
    /// EM steps of a short climb. 40.
    pub short_steps: usize,
    /// Short climbs that go on. 24.
    pub finalists: usize,
    /// Converged fits that are improved by split-and-merge moves, a third of them beyond the first round. 20.
    pub improved: usize,
    /// Split-and-merge moves tried per round. 40.
    pub moves: usize,
    /// Most rounds of split-and-merge; 0 leaves them out. 20.
    pub rounds: usize,
    /// Stops at `|Δ log L| / (1 + |log L|)` below this. 1e-9; mclust's 1e-5 stops half a nat early on a slide.
    pub tolerance: f64,
    /// Most EM iterations of a long climb. 2,000 (mclust has no limit).
    pub max_iterations: usize,
}

impl Default for GaussianMixtureConfig {
    fn default() -> Self {
        Self {
            clusters: 0,
            covariance: CovarianceModel::default(),
            dimensions: 20,
            spots_per_dimension: 8,
            least_spots: None,
            starts: 60,
            hierarchy_rows: 2000,
            search_rows: 20_000,
            short_steps: 40,
            finalists: 24,
            improved: 20,
            moves: 40,
            rounds: 20,
            tolerance: 1e-9,
            max_iterations: 2000,
        }
    }
}

impl GaussianMixtureConfig {
    /// `clusters` components with the defaults.
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            ..Self::default()
        }
    }

    /// The maximum-likelihood mixture of the columns as they are: no reduction, components of any size.
    pub fn plain(clusters: usize) -> Self {
        Self::new(clusters).with_dimensions(0).with_least_spots(0)
    }

    /// Sets the covariance model.
    pub fn with_covariance(mut self, covariance: CovarianceModel) -> Self {
        self.covariance = covariance;
        self
    }

    /// Sets the number of principal components; 0 keeps all columns.
    pub fn with_dimensions(mut self, dimensions: usize) -> Self {
        self.dimensions = dimensions;
        self
    }

    /// Sets the number of k-means starts.
    pub fn with_starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Sets the rows of the hierarchical starts; 0 leaves them out.
    pub fn with_hierarchy_rows(mut self, rows: usize) -> Self {
        self.hierarchy_rows = rows;
        self
    }

    /// Sets the most rounds of split-and-merge.
    pub fn with_rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    /// Sets the relative tolerance.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the least size of a component; 0 admits any.
    pub fn with_least_spots(mut self, spots: usize) -> Self {
        self.least_spots = Some(spots);
        self
    }

    /// The same mixture by a search of a seventh of the time: 10 starts, 3 long climbs, no split-and-merge.
    ///
    /// For many fits that vote or are compared with each other: it misses the best optimum more often, by some thousandths of
    /// the log-likelihood, and a vote over views is as good with it (docs/results/leads/short_search.md).
    pub fn short_search(self) -> Self {
        Self {
            starts: 10,
            finalists: 3,
            improved: 1,
            rounds: 0,
            tolerance: self.tolerance.max(1e-6),
            ..self
        }
    }

    /// The model and its least component on `n` rows and `d` columns.
    fn target(&self, n: usize, d: usize) -> em::Target {
        let least = self
            .least_spots
            .unwrap_or((d + 1).min(n / (2 * self.clusters)));
        em::Target {
            model: self.covariance,
            least: least as f64,
        }
    }

    /// Columns that `n` rows of width `d` are clustered in.
    fn width(&self, n: usize, d: usize) -> usize {
        match (self.dimensions, self.spots_per_dimension) {
            (0, _) => d,
            (most, 0) => d.min(most),
            (most, each) => d.min(most).min((n / (self.clusters * each)).max(2)),
        }
    }

    /// Checks the values.
    ///
    /// # Errors
    /// [`ClusterError::Config`] names the field that is out of bounds.
    pub fn check(&self) -> Result<(), ClusterError> {
        let positive = [
            ("clusters", self.clusters),
            ("short_steps", self.short_steps),
            ("finalists", self.finalists),
            ("improved", self.improved),
            ("max_iterations", self.max_iterations),
            (
                "starts (or hierarchy_rows)",
                self.starts.max(self.hierarchy_rows),
            ),
        ];
        for (field, value) in positive {
            if value == 0 {
                return Err(ClusterError::Config {
                    field,
                    value: "0".into(),
                    bound: "at least 1",
                });
            }
        }
        for (field, value) in [
            ("hierarchy_rows", self.hierarchy_rows),
            ("search_rows", self.search_rows),
        ] {
            if value < self.clusters && (field == "search_rows" || value > 0) {
                let bound = "at least the number of clusters";
                return Err(ClusterError::Config {
                    field,
                    value: value.to_string(),
                    bound,
                });
            }
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            let value = self.tolerance.to_string();
            return Err(ClusterError::Config {
                field: "tolerance",
                value,
                bound: "between 0 and 1",
            });
        }
        Ok(())
    }

    /// Builds the head.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn init(self) -> Result<GaussianMixture, ClusterError> {
        self.check()?;
        Ok(GaussianMixture { config: self })
    }
}

/// A Gaussian mixture, fitted by EM from many starts; the highest log-likelihood wins.
///
/// One mixture on one embedding has many local optima, and the likelihood knows which is good
/// (docs/protocol.md). So the head searches: a model-based hierarchy (VVV on SVD-scaled columns, mclust's start),
/// Ward trees, and k-means starts in plain and whitened coordinates each take a few EM steps; the best climb on;
/// the best of those are improved by split-and-merge moves, ranked without randomness; the best of all converges to the
/// last digit. The seed moves only subsets and k-means seeds, hence different seeds nearly always end in the same
/// optimum (`examples/stability.rs` measures it).
///
/// # Small components
/// With 20 columns, a handful of outlying spots is often the likelihood's favourite component: on the 262 spots of the olfactory
/// bulb the best unguarded fit has groups of 241, 13, 6, 1 and 1 spots, ARI .02. So a fit with a component of fewer than
/// `least_spots` expected spots loses against every fit without one, and small files are clustered in fewer columns
/// (`spots_per_dimension`). [`GaussianMixtureConfig::plain`] switches both off, and is what scikit-learn's
/// `GaussianMixture(covariance_type="tied")` maximises.
///
/// # Singular covariances
/// Null directions of the embedding (variance below 1e-10 of the largest) are left out for EEE and VVV. A singular component
/// covariance gets a ridge of 1e-6 of the mean variance, and only then. EEE, EII and EEI pool the covariance, so their
/// likelihood is bounded and a tiny component cannot win by collapsing; for VII, VVI and VVV it can, hence a fit that needed
/// the ridge (or has a VVV component of at most `d` spots) loses against every fit that did not.
///
/// # Complexity
/// An EM step is `O(N d k)` for all models but VVV (`O(N d² k)`); starts run in parallel. Results are the same bits for any number of threads.
///
/// # Examples
/// ```
/// use ndarray::Array2;
/// use semst_clustering_heads::{ClusterHead, GaussianMixtureConfig};
///
/// let z = Array2::from_shape_fn((60, 2), |(i, c)| (i % 3 * 10) as f32 + ((i * 7 + c * 3) % 5) as f32 * 0.3);
/// let head = GaussianMixtureConfig::new(3).init()?;
/// let domains = head.assign(z.view(), 0)?;
/// assert_eq!(domains.n_clusters, 3);
/// assert_eq!(domains.labels[0], domains.labels[3]);
/// assert!(domains.log_likelihood.is_some() && domains.confidence.is_some());
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
///
/// # References
/// Fraley & Raftery 2002; Biernacki, Celeux & Govaert 2003 (short runs of EM); Ueda et al. 2000 (split and merge).
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    config: GaussianMixtureConfig,
}

impl ClusterHead for GaussianMixture {
    fn name(&self) -> &'static str {
        "gmm"
    }

    fn assign(&self, z: ArrayView2<'_, f32>, seed: u64) -> Result<Assignment, ClusterError> {
        let c = &self.config;
        let x = reduced(z, c)?;
        let (best, posterior, _) = fit(&x, c, seed)?;
        let mut labels = em::hard(&posterior);
        let confidence = posterior
            .rows()
            .into_iter()
            .map(|r| r.fold(0.0f64, |a, &b| a.max(b)) as f32)
            .collect();
        let n_clusters = canonical(&mut labels);
        Ok(Assignment {
            labels,
            n_clusters,
            log_likelihood: Some(best.log_likelihood),
            confidence: Some(confidence),
            converged: best.converged,
            start: best.origin.to_string(),
            dimensions: x.ncols(),
        })
    }
}

/// The embedding, checked and reduced to the head's width.
pub(crate) fn reduced(
    z: ArrayView2<'_, f32>,
    config: &GaussianMixtureConfig,
) -> Result<Array2<f64>, ClusterError> {
    points::check(z, config.clusters)?;
    let width = config.width(z.nrows(), z.ncols());
    Ok(reduction::principal_components(z, width))
}

/// The best fit, its posterior `[n, k]`, and the working width.
pub(crate) fn fit(
    x: &Array2<f64>,
    config: &GaussianMixtureConfig,
    seed: u64,
) -> Result<(em::Fit, Array2<f64>, usize), ClusterError> {
    let frame = frame::Frame::new(x, config.covariance);
    let best = search::search(x, &frame, config, seed).into_iter().next();
    let Some(best) = best else {
        let starts = config.starts + if config.hierarchy_rows > 0 { 3 } else { 0 };
        return Err(ClusterError::Degenerate {
            starts,
            model: config.covariance.name(),
        });
    };
    let posterior = stream::posterior(&best.mixture, &frame);
    Ok((best, posterior, frame.width()))
}
