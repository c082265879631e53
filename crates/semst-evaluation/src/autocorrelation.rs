//! Moran's I and Geary's C of one value per spot over a weighted neighbour graph.

use rand::seq::SliceRandom;
use rayon::prelude::*;
use semst_seed::{Seed, Stream};
use serde::{Deserialize, Serialize};

use crate::EvaluationError;
use crate::error::{finite, same_length};

/// Neighbour lists in CSR form, checked, with weights whose rows sum to 1 (squidpy's `transformation=True`).
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours<'a> {
    indptr: &'a [usize],
    indices: &'a [u32],
    weights: Vec<f64>,
    total: f64,
}

impl<'a> Neighbours<'a> {
    /// Checks the lists and divides the weights (1 if none are given) by their row sums; empty rows stay empty.
    ///
    /// # Errors
    /// [`EvaluationError::Neighbours`] or `Length` if the arrays are not a CSR matrix of `indptr.len() - 1` spots.
    pub fn new(
        indptr: &'a [usize],
        indices: &'a [u32],
        weights: Option<&[f32]>,
    ) -> Result<Self, EvaluationError> {
        let Some((&end, n)) = indptr.last().zip(indptr.len().checked_sub(1)) else {
            return Err(EvaluationError::Empty {
                what: "indptr has no entry",
            });
        };
        same_length("the neighbour indices", indices.len(), end)?;
        if let Some(w) = weights {
            same_length("the neighbour weights", w.len(), end)?;
        }
        let mut out: Vec<f64> = weights.map_or_else(
            || vec![1.0; end],
            |w| w.iter().map(|&w| f64::from(w)).collect(),
        );
        let mut total = 0.0;
        for spot in 0..n {
            let (from, to) = (indptr[spot], indptr[spot + 1]);
            if from > to || to > end {
                return Err(EvaluationError::Neighbours {
                    spot,
                    why: "indptr falls",
                });
            }
            if indices[from..to].iter().any(|&j| j as usize >= n) {
                return Err(EvaluationError::Neighbours {
                    spot,
                    why: "a neighbour is out of range",
                });
            }
            let sum: f64 = out[from..to].iter().sum();
            if !sum.is_finite() || sum < 0.0 {
                return Err(EvaluationError::Neighbours {
                    spot,
                    why: "the weights do not sum to a positive number",
                });
            }
            if sum > 0.0 {
                out[from..to].iter_mut().for_each(|w| *w /= sum);
                total += out[from..to].iter().sum::<f64>();
            }
        }
        Ok(Self {
            indptr,
            indices,
            weights: out,
            total,
        })
    }

    fn len(&self) -> usize {
        self.indptr.len() - 1
    }

    /// `Σ_ij w_ij f(x_i, x_j)`.
    fn sum(&self, x: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
        let row = |i: usize| -> f64 {
            let edges = self.indptr[i]..self.indptr[i + 1];
            edges
                .map(|e| self.weights[e] * f(x[i], x[self.indices[e] as usize]))
                .sum()
        };
        (0..self.len()).map(row).sum()
    }
}

/// A statistic, and its distribution under permutations of the values over the spots.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Permuted {
    /// The statistic.
    pub value: f64,
    /// Mean over permutations.
    pub mean: f64,
    /// Standard deviation over permutations.
    pub sd: f64,
    /// `(1 + permutations at least as extreme on the statistic's side) / (1 + permutations)`, the smaller side, as squidpy's
    /// `pval_sim`.
    pub p: f64,
}

/// Moran's I, `n/S₀ · Σ w_ij z_i z_j / Σ z_i²`: 1 if neighbours are equal, about `-1/(n-1)` without pattern.
///
/// # Errors
/// [`EvaluationError`] if the lengths differ, a value is not finite, all values are equal or no spot has a neighbour.
///
/// # Examples
/// ```
/// use semst_evaluation::{Neighbours, morans_i};
///
/// // A line of four spots.
/// let (indptr, indices) = ([0, 1, 3, 5, 6], [1, 0, 2, 1, 3, 2]);
/// let line = Neighbours::new(&indptr, &indices, None)?;
/// assert_eq!(morans_i(&[1.0, 1.0, -1.0, -1.0], &line)?, 0.5);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
///
/// # References
/// Moran 1950; squidpy `spatial_autocorr(mode="moran")`.
pub fn morans_i(values: &[f64], neighbours: &Neighbours<'_>) -> Result<f64, EvaluationError> {
    Ok(moran(&centred(values, neighbours)?, neighbours))
}

/// Geary's C, `(n-1)/(2 S₀) · Σ w_ij (x_i - x_j)² / Σ z_i²`: 0 if neighbours are equal, about 1 without pattern.
///
/// # Errors
/// As [`morans_i`].
///
/// # References
/// Geary 1954; squidpy `spatial_autocorr(mode="geary")`.
pub fn gearys_c(values: &[f64], neighbours: &Neighbours<'_>) -> Result<f64, EvaluationError> {
    Ok(geary(&centred(values, neighbours)?, neighbours))
}

/// [`morans_i`] with a permutation test.
///
/// # Errors
/// As [`morans_i`].
pub fn morans_i_permuted(
    values: &[f64],
    neighbours: &Neighbours<'_>,
    permutations: usize,
    seed: u64,
) -> Result<Permuted, EvaluationError> {
    Ok(permuted(
        centred(values, neighbours)?,
        neighbours,
        permutations,
        seed,
        moran,
    ))
}

/// [`gearys_c`] with a permutation test.
///
/// # Errors
/// As [`morans_i`].
pub fn gearys_c_permuted(
    values: &[f64],
    neighbours: &Neighbours<'_>,
    permutations: usize,
    seed: u64,
) -> Result<Permuted, EvaluationError> {
    Ok(permuted(
        centred(values, neighbours)?,
        neighbours,
        permutations,
        seed,
        geary,
    ))
}

fn moran(z: &[f64], w: &Neighbours<'_>) -> f64 {
    let squares: f64 = z.iter().map(|v| v * v).sum();
    z.len() as f64 / w.total * w.sum(z, |a, b| a * b) / squares
}

fn geary(z: &[f64], w: &Neighbours<'_>) -> f64 {
    let squares: f64 = z.iter().map(|v| v * v).sum();
    (z.len() as f64 - 1.0) / (2.0 * w.total) * w.sum(z, |a, b| (a - b) * (a - b)) / squares
}

fn permuted(
    z: Vec<f64>,
    w: &Neighbours<'_>,
    permutations: usize,
    seed: u64,
    statistic: fn(&[f64], &Neighbours<'_>) -> f64,
) -> Permuted {
    let value = statistic(&z, w);
    let simulated: Vec<f64> = (0..permutations)
        .into_par_iter()
        .map(|p| {
            let mut shuffled = z.clone();
            let mut rng = Seed(seed).stream(Stream::Restart(p as u64 + 1)).rng();
            shuffled.shuffle(&mut rng);
            statistic(&shuffled, w)
        })
        .collect();
    let count = permutations.max(1) as f64;
    let mean = simulated.iter().sum::<f64>() / count;
    let sd = (simulated.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / count).sqrt();
    let larger = simulated.iter().filter(|&&s| s >= value).count();
    let extreme = larger.min(permutations - larger);
    Permuted {
        value,
        mean,
        sd,
        p: (extreme + 1) as f64 / (permutations + 1) as f64,
    }
}

fn centred(values: &[f64], neighbours: &Neighbours<'_>) -> Result<Vec<f64>, EvaluationError> {
    same_length("the values", values.len(), neighbours.len())?;
    finite("the values", values)?;
    if neighbours.total <= 0.0 {
        return Err(EvaluationError::Undefined {
            score: "spatial autocorrelation",
            why: "no spot has a neighbour",
        });
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let z: Vec<f64> = values.iter().map(|v| v - mean).collect();
    if values.iter().all(|v| *v == values[0]) {
        return Err(EvaluationError::Undefined {
            score: "spatial autocorrelation",
            why: "all values are equal",
        });
    }
    Ok(z)
}
