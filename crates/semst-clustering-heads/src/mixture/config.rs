//! Settings of the Gaussian mixture.

use serde::{Deserialize, Serialize};

use crate::ClusterError;

/// Configuration of [`GaussianMixture`](crate::GaussianMixture).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussianMixtureConfig {
    /// Wider embeddings are reduced to this many principal components first; 0 keeps all. 20 (GraphST's readout, docs/methods.md 1.2).
    pub dimensions: usize,
    /// Small files are reduced further, to `N / (k · this)` components, 2 at least: this many spots support each coordinate of a
    /// mean. 0 switches it off, as does `dimensions` of 0. 8: has no effect on slides of 160 spots per domain or more (own rule;
    /// on the 262 spots of the olfactory bulb, 20 components let the likelihood prefer small groups of outlying spots).
    pub spots_per_dimension: usize,
    /// Least expected number of spots of a component; a fit with a smaller one ranks below every fit without.
    /// `None`: one more than the dimensions, but at most half the mean size `N / k`. Own rule, see [`GaussianMixture`](crate::GaussianMixture).
    pub least_spots: Option<usize>,
    /// k-means starts, half of them in whitened coordinates. 60 (this and the next four: own measurement, `examples/stability.rs`).
    ///
    /// Below 4,000 rows this, `finalists` and `improved` are increased in proportion, up to six-fold, for the same time.
    pub starts: usize,
    /// Rows for the hierarchical starts; 0 leaves those starts out. 2,000 (mclust's subset, docs/methods.md 1.4).
    pub hierarchy_rows: usize,
    /// Above this number of rows, the search runs on a random subset of this size, and only the best fit continues over all rows,
    /// chunk by chunk. 20,000.
    pub search_rows: usize,
    /// EM steps of a short run. 40.
    pub short_steps: usize,
    /// Short runs that continue. 24.
    pub finalists: usize,
    /// Converged fits that are improved by split-and-merge moves; a third of them continue after the first round. 20.
    pub improved: usize,
    /// Split-and-merge moves tried per round. 40.
    pub moves: usize,
    /// Largest number of rounds of split-and-merge; 0 leaves them out. 20.
    pub rounds: usize,
    /// Stops at `|Δ log L| / (1 + |log L|)` below this. 1e-9; mclust's 1e-5 stops half a nat early on a slide.
    pub tolerance: f64,
    /// Most EM iterations of a long run. 2,000 (mclust has no limit).
    pub max_iterations: usize,
}

impl Default for GaussianMixtureConfig {
    fn default() -> Self {
        Self {
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
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The maximum-likelihood mixture of the unchanged columns: no reduction, components of any size.
    pub fn plain() -> Self {
        Self::new().with_dimensions(0).with_least_spots(0)
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

    /// Sets the least size of a component; 0 allows any.
    pub fn with_least_spots(mut self, spots: usize) -> Self {
        self.least_spots = Some(spots);
        self
    }

    /// The same mixture with a search in a tenth of the time: 10 starts, hierarchies of up to 1,000 rows, 3 long runs, no
    /// split-and-merge.
    ///
    /// For many fits that vote or are compared with each other. It misses the best optimum more often, by some thousandths of
    /// the log-likelihood, but a vote over views is equally good with it (docs/results/leads/short_search.md).
    pub fn short_search(self) -> Self {
        Self {
            starts: 10,
            finalists: 3,
            improved: 1,
            hierarchy_rows: self.hierarchy_rows.min(1000),
            rounds: 0,
            tolerance: self.tolerance.max(1e-6),
            ..self
        }
    }

    /// Least expected number of spots of a component, on `n` rows and `d` columns.
    pub(super) fn least(&self, n: usize, d: usize, n_clusters: usize) -> f64 {
        self.least_spots
            .unwrap_or((d + 1).min(n / (2 * n_clusters))) as f64
    }

    /// The number of columns in which `n` rows of width `d` are clustered.
    pub(super) fn width(&self, n: usize, d: usize, n_clusters: usize) -> usize {
        match (self.dimensions, self.spots_per_dimension) {
            (0, _) => d,
            (most, 0) => d.min(most),
            (most, each) => d.min(most).min((n / (n_clusters * each)).max(2)),
        }
    }

    /// Checks the values.
    ///
    /// # Errors
    /// [`ClusterError::Config`] names the field that is out of bounds.
    pub fn check(&self) -> Result<(), ClusterError> {
        ClusterError::positive(&[
            ("short_steps", self.short_steps),
            ("finalists", self.finalists),
            ("improved", self.improved),
            ("max_iterations", self.max_iterations),
            (
                "starts (or hierarchy_rows)",
                self.starts.max(self.hierarchy_rows),
            ),
        ])?;
        ClusterError::within(&[
            ("starts", self.starts, 100_000, "at most 100000"),
            // Distances between all pairs of these rows.
            (
                "hierarchy_rows",
                self.hierarchy_rows,
                20_000,
                "at most 20000",
            ),
            ("finalists", self.finalists, 100_000, "at most 100000"),
            ("improved", self.improved, 100_000, "at most 100000"),
            ("moves", self.moves, 100_000, "at most 100000"),
            ("rounds", self.rounds, 100_000, "at most 100000"),
            (
                "short_steps",
                self.short_steps,
                1_000_000,
                "at most 1000000",
            ),
            (
                "max_iterations",
                self.max_iterations,
                1_000_000_000,
                "at most 1000000000",
            ),
            (
                "spots_per_dimension",
                self.spots_per_dimension,
                1_000_000,
                "at most 1000000",
            ),
        ])?;
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

    /// Checks that the searches have enough rows for the components.
    pub(super) fn check_clusters(&self, n_clusters: usize) -> Result<(), ClusterError> {
        if n_clusters == 0 {
            return Err(ClusterError::no_clusters());
        }
        for (field, value) in [
            ("hierarchy_rows", self.hierarchy_rows),
            ("search_rows", self.search_rows),
        ] {
            if value < n_clusters && (field == "search_rows" || value > 0) {
                return Err(ClusterError::Config {
                    field,
                    value: value.to_string(),
                    bound: "at least the number of clusters",
                });
            }
        }
        Ok(())
    }
}
