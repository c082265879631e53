//! k-means: k-means++ seeds, Lloyd iterations, restarts.

mod stream;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rand::RngExt;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use semst_seed::{Seed, Stream};
use serde::{Deserialize, Serialize};

use crate::head::canonical;
use crate::points;
use crate::{Assignment, ClusterError, ClusterHead};

/// Above this number of rows, restarts see a random subset of this size, and the best goes on over all rows in chunks.
const STREAM_FROM: usize = 20_000;

/// Rows per block of the distance product; fixed, so that sums do not depend on threads.
const BLOCK: usize = 512;

/// Configuration of [`KMeans`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansConfig {
    /// Restarts; the lowest inertia wins. 10 (scikit-learn's `n_init` until 1.3).
    pub restarts: usize,
    /// Most Lloyd iterations of a restart. 300 (scikit-learn `max_iter`).
    pub max_iterations: usize,
    /// Stops when the centres' summed squared shift falls below this share of the mean column variance. 1e-4 (scikit-learn `tol`).
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
        let positive = [
            ("restarts", self.restarts),
            ("max_iterations", self.max_iterations),
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
    /// As [`check`](Self::check), and where `n_clusters` is zero.
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
/// `O(restarts · iterations · N · d · k)`; restarts run in parallel. Above 20,000 rows they see as many of them at random, and the best goes
/// on over all rows in chunks: `O(iterations · N · d · k)`; memory in addition to the rows is only labels and sums.
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
    /// The restart of lowest inertia, and its number.
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

/// The end of one Lloyd run.
#[derive(Debug, Clone)]
pub(crate) struct Lloyd {
    pub(crate) labels: Vec<u32>,
    pub(crate) centres: Array2<f64>,
    pub(crate) inertia: f64,
    pub(crate) converged: bool,
}

/// Greedy k-means++ seeds: each next seed is the best of `2 + ln k` draws, as scikit-learn does.
pub(crate) fn plus_plus(x: &Array2<f64>, k: usize, rng: &mut Pcg64) -> Array2<f64> {
    let n = x.nrows();
    let tries = 2 + (k as f64).ln() as usize;
    let norms: Array1<f64> = x.rows().into_iter().map(|r| r.dot(&r)).collect();
    let to = |i: usize| -> Vec<f64> {
        let dots = x.dot(&x.row(i));
        (0..n)
            .map(|j| {
                if i == j {
                    0.0
                } else {
                    (norms[j] + norms[i] - 2.0 * dots[j]).max(0.0)
                }
            })
            .collect()
    };
    let mut centres = Array2::zeros((k, x.ncols()));
    let first = rng.random_range(0..n);
    centres.row_mut(0).assign(&x.row(first));
    let mut near = to(first);
    for c in 1..k {
        let total: f64 = near.iter().sum();
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..tries {
            let i = draw(&near, rng.random::<f64>() * total);
            let merged: Vec<f64> = near.iter().zip(to(i)).map(|(a, b)| a.min(b)).collect();
            let potential: f64 = merged.iter().sum();
            if best.as_ref().is_none_or(|b| potential < b.0) {
                best = Some((potential, i, merged));
            }
        }
        let (_, i, merged) = best.expect("at least two tries");
        centres.row_mut(c).assign(&x.row(i));
        near = merged;
    }
    centres
}

/// Lloyd iterations from `centres`; an emptied cluster takes the point that lies farthest from its own centre.
pub(crate) fn lloyd(
    x: &Array2<f64>,
    mut centres: Array2<f64>,
    max_iterations: usize,
    tolerance: f64,
) -> Lloyd {
    let (n, d) = x.dim();
    let k = centres.nrows();
    let stop = tolerance * x.var_axis(Axis(0), 0.0).mean().unwrap_or(0.0);
    let mut labels = vec![0u32; n];
    let mut distance = vec![0.0; n];
    let mut converged = false;
    for _ in 0..max_iterations {
        let before = labels.clone();
        nearest(x, &centres, &mut labels, &mut distance);
        let mut sums = Array2::<f64>::zeros((k, d));
        let mut sizes = vec![0usize; k];
        for (row, &l) in x.rows().into_iter().zip(&labels) {
            sums.row_mut(l as usize).scaled_add(1.0, &row);
            sizes[l as usize] += 1;
        }
        refill(x, &mut labels, &mut distance, &mut sums, &mut sizes);
        let mut shift = 0.0;
        for (c, &size) in sizes.iter().enumerate() {
            let mean = &sums.row(c) / size.max(1) as f64;
            let moved = &mean - &centres.row(c);
            shift += moved.dot(&moved);
            centres.row_mut(c).assign(&mean);
        }
        if shift <= stop || before == labels {
            converged = true;
            break;
        }
    }
    nearest(x, &centres, &mut labels, &mut distance);
    Lloyd {
        inertia: distance.iter().sum(),
        labels,
        centres,
        converged,
    }
}

/// Labels each row by its nearest centre (ties: the first) and stores the squared distance.
fn nearest(x: &Array2<f64>, centres: &Array2<f64>, labels: &mut [u32], distance: &mut [f64]) {
    let k = centres.nrows();
    let half_norms: Vec<f64> = centres
        .rows()
        .into_iter()
        .map(|c| 0.5 * c.dot(&c))
        .collect();
    let mut product = Array2::<f64>::zeros((BLOCK.min(x.nrows()), k));
    for start in (0..x.nrows()).step_by(BLOCK) {
        let end = (start + BLOCK).min(x.nrows());
        let block = x.slice(s![start..end, ..]);
        let mut out = product.slice_mut(s![..end - start, ..]);
        general_mat_mul(1.0, &block, &centres.t(), 0.0, &mut out);
        for (i, row) in out.rows().into_iter().enumerate() {
            let (mut best, mut at) = (f64::NEG_INFINITY, 0);
            for (c, (&p, &h)) in row.iter().zip(&half_norms).enumerate() {
                if p - h > best {
                    (best, at) = (p - h, c);
                }
            }
            labels[start + i] = at as u32;
            let r = block.row(i);
            distance[start + i] = (r.dot(&r) - 2.0 * best).max(0.0);
        }
    }
}

/// Gives every empty cluster the farthest point of a cluster that has more than one.
fn refill(
    x: &Array2<f64>,
    labels: &mut [u32],
    distance: &mut [f64],
    sums: &mut Array2<f64>,
    sizes: &mut [usize],
) {
    for c in 0..sizes.len() {
        if sizes[c] > 0 {
            continue;
        }
        let mut far: Option<usize> = None;
        for i in 0..labels.len() {
            if sizes[labels[i] as usize] > 1 && far.is_none_or(|f| distance[i] > distance[f]) {
                far = Some(i);
            }
        }
        let Some(i) = far else { return };
        let from = labels[i] as usize;
        sums.row_mut(from).scaled_add(-1.0, &x.row(i));
        sizes[from] -= 1;
        sums.row_mut(c).assign(&x.row(i));
        sizes[c] = 1;
        labels[i] = c as u32;
        distance[i] = 0.0;
    }
}

/// Index at which the running sum of `weights` passes `at`.
fn draw(weights: &[f64], at: f64) -> usize {
    let mut sum = 0.0;
    for (i, w) in weights.iter().enumerate() {
        sum += w;
        if sum > at {
            return i;
        }
    }
    weights.iter().rposition(|&w| w > 0.0).unwrap_or(0)
}
