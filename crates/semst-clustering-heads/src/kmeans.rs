//! k-means: k-means++ seeds, Lloyd iterations, restarts.

mod lloyd;
mod stream;

use ndarray::{Array2, ArrayView2, Axis};
use rand::seq::index::sample;
use rayon::prelude::*;
use semst_seed::{Seed, Stream};
use serde::{Deserialize, Serialize};

use crate::head::canonical;
use crate::points;
use crate::{Assignment, ClusterError, ClusterHead};
use lloyd::Lloyd;
pub(crate) use lloyd::{lloyd, plus_plus};

/// Above this number of rows, restarts use a random subset of this size, and the best continues over all rows in chunks.
const STREAM_FROM: usize = 20_000;

/// Configuration of [`KMeans`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansConfig {
    /// Restarts; the lowest inertia is kept. 10 (scikit-learn's `n_init` until 1.3).
    pub restarts: usize,
    /// Most Lloyd iterations of a restart. 300 (scikit-learn `max_iter`).
    pub max_iterations: usize,
    /// Stops when the summed squared shift of the centres is below this fraction of the mean column variance. 1e-4 (scikit-learn
    /// `tol`).
    pub tolerance: f64,
}

impl Default for KMeansConfig {
    fn default() -> Self {
        Self {
            restarts: 10,
            max_iterations: 300,
            tolerance: 1e-4,
        }
    }
}

impl KMeansConfig {
    /// scikit-learn's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of restarts.
    pub fn with_restarts(mut self, restarts: usize) -> Self {
        self.restarts = restarts;
        self
    }

    /// Sets the limit of Lloyd iterations.
    pub fn with_max_iterations(mut self, max_iterations: usize) -> Self {
        self.max_iterations = max_iterations;
        self
    }

    /// Sets the tolerance.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks the values.
    ///
    /// # Errors
    /// [`ClusterError::Config`] names the field that is out of bounds.
    pub fn check(&self) -> Result<(), ClusterError> {
        ClusterError::positive(&[
            ("restarts", self.restarts),
            ("max_iterations", self.max_iterations),
        ])?;
        ClusterError::within(&[
            ("restarts", self.restarts, 100_000, "at most 100000"),
            (
                "max_iterations",
                self.max_iterations,
                1_000_000_000,
                "at most 1000000000",
            ),
        ])?;
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return Err(ClusterError::Config {
                field: "tolerance",
                value: self.tolerance.to_string(),
                bound: "finite and not negative",
            });
        }
        Ok(())
    }

    /// Builds the head for `n_clusters` groups.
    ///
    /// # Errors
    /// As [`check`](Self::check), and if `n_clusters` is zero.
    pub fn init(self, n_clusters: usize) -> Result<KMeans, ClusterError> {
        self.check()?;
        if n_clusters == 0 {
            return Err(ClusterError::no_clusters());
        }
        Ok(KMeans {
            config: self,
            n_clusters,
        })
    }
}

/// k-means with greedy k-means++ seeds and restarts.
///
/// # Complexity
/// `O(restarts · iterations · N · d · k)`; restarts run in parallel. Above 20,000 rows they use a random subset of this size, and
/// the best continues over all rows in chunks: `O(iterations · N · d · k)`; memory in addition to the rows is only labels and
/// sums.
///
/// # Examples
/// ```
/// use ndarray::array;
/// use semst_clustering_heads::{ClusterHead, KMeansConfig};
///
/// let z = array![[0.0f32], [0.1], [5.0], [5.1], [5.2]];
/// let head = KMeansConfig::new().init(2)?;
/// assert_eq!(head.assign(z.view(), 0)?.labels, [1, 1, 0, 0, 0]);
/// assert!(head.assign(z.slice(ndarray::s![..1, ..]), 0).is_err());
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
///
/// # References
/// Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding".
#[derive(Debug, Clone, PartialEq)]
pub struct KMeans {
    config: KMeansConfig,
    n_clusters: usize,
}

impl ClusterHead for KMeans {
    fn name(&self) -> &'static str {
        "kmeans"
    }

    fn assign(&self, z: ArrayView2<'_, f32>, seed: u64) -> Result<Assignment, ClusterError> {
        if z.nrows() > STREAM_FROM {
            return self.assign_streaming(z, seed);
        }
        let x = points::checked(z, self.n_clusters)?;
        let (which, best) = self.restarts(&x, seed);
        let mut labels = best.labels;
        let n_clusters = canonical(&mut labels);
        Ok(Assignment {
            labels,
            n_clusters,
            log_likelihood: None,
            confidence: None,
            converged: best.converged,
            start: format!("k-means++ {which}"),
            dimensions: x.ncols(),
        })
    }
}

impl KMeans {
    /// The restart with the lowest inertia, and its number.
    fn restarts(&self, x: &Array2<f64>, seed: u64) -> (usize, Lloyd) {
        let c = &self.config;
        let runs: Vec<Lloyd> = (0..c.restarts)
            .into_par_iter()
            .map(|r| {
                let mut rng = Seed(seed).stream(Stream::Restart(r as u64)).rng();
                let centres = plus_plus(x, self.n_clusters, &mut rng);
                lloyd(x, centres, c.max_iterations, c.tolerance)
            })
            .collect();
        runs.into_iter()
            .enumerate()
            .min_by(|a, b| a.1.inertia.total_cmp(&b.1.inertia))
            .expect("restarts is at least 1")
    }

    /// Restarts on a random subset, then Lloyd iterations over all rows in chunks.
    fn assign_streaming(
        &self,
        z: ArrayView2<'_, f32>,
        seed: u64,
    ) -> Result<Assignment, ClusterError> {
        let c = &self.config;
        points::check(z, self.n_clusters)?;
        let mut rng = Seed(seed).rng();
        let mut rows = sample(&mut rng, z.nrows(), STREAM_FROM).into_vec();
        rows.sort_unstable();
        let (which, start) = self.restarts(&z.select(Axis(0), &rows).mapv(f64::from), seed);
        let (mut labels, converged) =
            stream::lloyd(z, start.centres, c.max_iterations, c.tolerance);
        let n_clusters = canonical(&mut labels);
        Ok(Assignment {
            labels,
            n_clusters,
            log_likelihood: None,
            confidence: None,
            converged,
            start: format!("k-means++ {which} of {STREAM_FROM} rows"),
            dimensions: z.ncols(),
        })
    }
}
