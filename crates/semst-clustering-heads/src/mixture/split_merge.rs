//! Moves out of a local optimum: one component is split, two others are merged, and the result is kept if the likelihood
//! increases.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;

use super::climb::{Fit, Ground, Stop};
use super::em::{Mixture, Moments, hard};
use super::frame::Frame;

/// Lloyd steps after a split.
const SETTLE: usize = 10;

/// The size of the search of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Moves tried.
    pub(super) moves: usize,
    /// When a short run of a move ends.
    pub(super) short: Stop,
    /// Moves that continue with a long run.
    pub(super) finalists: usize,
    pub(super) long: Stop,
}

/// The best fit that one split-and-merge move gives, `None` if none is better than `from`.
///
/// Every component is cut in two within its own points, and every pair of components is a possible merge. The
/// combinations are ranked by their classification likelihood, which for a shared covariance needs only the
/// group means: `-n/2 log |S - Σ n_g m_g m_gᵀ| + Σ n_g log n_g`. The best are tried with EM. No randomness.
///
/// # References
/// Ueda, Nakano, Ghahramani & Hinton 2000, "SMEM algorithm for mixture models"; here ranked by classification likelihood.
pub(super) fn step(ground: Ground<'_>, from: &Fit, effort: Effort) -> Option<Fit> {
    let frame = ground.frame;
    let k = from.mixture.means.nrows();
    if k < 3 {
        return None;
    }
    let labels = hard(&from.mixture.posterior(frame, ground.chunk));
    let mut short: Vec<Fit> = candidates(frame, &labels, k, effort.moves)
        .into_par_iter()
        .filter_map(|labels| {
            let start = Mixture::maximise(frame, Moments::of_partition(&labels, k, frame))?;
            ground.climb(start, effort.short, from.origin)
        })
        .collect();
    short.sort_by(Fit::rank);
    short.truncate(effort.finalists);
    let long: Vec<Fit> = short
        .into_par_iter()
        .filter_map(|f| ground.climb(f.mixture, effort.long, from.origin))
        .collect();
    let mut best = long.into_iter().min_by(Fit::rank)?;
    best.origin.moves += 1;
    (best.rank(from).is_lt() && !best.same(from)).then_some(best)
}

/// The partitions of the most promising moves, best first.
fn candidates(frame: &Frame, labels: &[u32], k: usize, most: usize) -> Vec<Vec<u32>> {
    let groups = Groups::new(frame, labels, k);
    let Some(whiten) = groups.whitening(frame) else {
        return Vec::new();
    };
    let y = frame.x.dot(&whiten);
    let halves: Vec<Option<Vec<bool>>> = (0..k)
        .into_par_iter()
        .map(|l| halve(&y, labels, l as u32))
        .collect();
    let mut scored: Vec<(f64, usize, usize, usize)> = (0..k)
        .into_par_iter()
        .flat_map_iter(|l| {
            let Some(half) = &halves[l] else {
                return Vec::new();
            };
            let split = groups.split(frame, labels, l, half);
            let pairs = (0..k)
                .flat_map(|i| (0..i).map(move |j| (i, j)))
                .filter(|&(i, j)| i != l && j != l);
            pairs
                .filter_map(|(i, j)| {
                    Some((
                        split.merged(i, j).classification_likelihood(frame)?,
                        l,
                        i,
                        j,
                    ))
                })
                .collect()
        })
        .collect();
    scored.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then((a.1, a.2, a.3).cmp(&(b.1, b.2, b.3)))
    });
    scored
        .into_iter()
        .take(most)
        .map(|(_, l, i, j)| {
            let half = halves[l].as_ref().expect("scored moves have a split");
            let mut inside = 0;
            labels
                .iter()
                .map(|&own| {
                    let mut new = if own as usize == i { j as u32 } else { own };
                    if own as usize == l {
                        if half[inside] {
                            new = i as u32;
                        }
                        inside += 1;
                    }
                    new
                })
                .collect()
        })
        .collect()
}

/// Sizes and sums of the groups of a partition.
#[derive(Debug, Clone)]
struct Groups {
    sizes: Vec<f64>,
    sums: Array2<f64>,
}

impl Groups {
    fn new(frame: &Frame, labels: &[u32], k: usize) -> Self {
        let mut sizes = vec![0.0; k];
        let mut sums = Array2::zeros((k, frame.width()));
        for (row, &l) in frame.x.rows().into_iter().zip(labels) {
            sizes[l as usize] += 1.0;
            sums.row_mut(l as usize).scaled_add(1.0, &row);
        }
        Self { sizes, sums }
    }

    /// Adds a group with one half of group `l`.
    fn split(&self, frame: &Frame, labels: &[u32], l: usize, half: &[bool]) -> Self {
        let mut out = self.clone();
        let mut sum = ndarray::Array1::<f64>::zeros(frame.width());
        let mut size = 0.0;
        let rows = (0..labels.len()).filter(|&i| labels[i] as usize == l);
        for (i, _) in rows.zip(half).filter(|(_, h)| **h) {
            sum += &frame.x.row(i);
            size += 1.0;
        }
        out.sums.row_mut(l).scaled_add(-1.0, &sum);
        out.sizes[l] -= size;
        out.sums.push_row(sum.view()).expect("same width");
        out.sizes.push(size);
        out
    }

    fn merged(&self, i: usize, j: usize) -> Self {
        let mut out = self.clone();
        let row = out.sums.row(i).to_owned();
        out.sums.row_mut(j).scaled_add(1.0, &row);
        out.sums.row_mut(i).fill(0.0);
        out.sizes[j] += out.sizes[i];
        out.sizes[i] = 0.0;
        out
    }

    /// Pooled within-group scatter.
    fn within(&self, frame: &Frame) -> DMatrix<f64> {
        let roots: Vec<f64> = self
            .sizes
            .iter()
            .map(|&n| if n > 0.0 { n.sqrt().recip() } else { 0.0 })
            .collect();
        let scaled = &self.sums * &ArrayView1::from(&roots).insert_axis(Axis(1));
        let between = scaled.t().dot(&scaled);
        DMatrix::from_fn(frame.width(), frame.width(), |a, b| {
            frame.scatter[[a, b]] - between[[a, b]]
        })
    }

    fn classification_likelihood(&self, frame: &Frame) -> Option<f64> {
        let factor = self.within(frame).cholesky()?;
        let log_det = 2.0
            * factor
                .l_dirty()
                .diagonal()
                .iter()
                .map(|v| v.ln())
                .sum::<f64>();
        let sizes: f64 = self
            .sizes
            .iter()
            .filter(|&&n| n > 0.0)
            .map(|&n| n * n.ln())
            .sum();
        Some(sizes - 0.5 * frame.len() as f64 * log_det)
    }

    /// Map to coordinates in which the pooled covariance is the identity.
    fn whitening(&self, frame: &Frame) -> Option<Array2<f64>> {
        let within = self.within(frame) / frame.len() as f64;
        let inverse = within.cholesky()?.l().try_inverse()?;
        Some(Array2::from_shape_fn(
            (frame.width(), frame.width()),
            |(i, j)| inverse[(j, i)],
        ))
    }
}

/// Cuts a group in two by the sign of its first principal axis, then improves the cut by Lloyd steps. One flag per member.
fn halve(y: &Array2<f64>, labels: &[u32], l: u32) -> Option<Vec<bool>> {
    let members: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == l).collect();
    if members.len() < 4 {
        return None;
    }
    let mut own = y.select(Axis(0), &members);
    own -= &own.mean_axis(Axis(0))?;
    let d = own.ncols();
    let gram = own.t().dot(&own);
    let eigen = SymmetricEigen::new(DMatrix::from_fn(d, d, |i, j| gram[[i, j]]));
    let axis = eigen.eigenvectors.column(eigen.eigenvalues.imax());
    let axis: ndarray::Array1<f64> = axis.iter().copied().collect();
    let mut half: Vec<bool> = own.dot(&axis).iter().map(|&v| v > 0.0).collect();
    for _ in 0..SETTLE {
        let n = half.iter().filter(|&&h| h).count() as f64;
        if n < 1.0 || n > members.len() as f64 - 1.0 {
            return None;
        }
        let mut up = ndarray::Array1::<f64>::zeros(d);
        for (row, _) in own.rows().into_iter().zip(&half).filter(|(_, h)| **h) {
            up += &row;
        }
        // The group is centred, so the sum of the other half is the negative of this.
        let down = &up / -(members.len() as f64 - n);
        up /= n;
        let direction = &up - &down;
        let middle = 0.5 * (up.dot(&up) - down.dot(&down));
        let next: Vec<bool> = own.dot(&direction).iter().map(|&v| v > middle).collect();
        if next == half {
            break;
        }
        half = next;
    }
    let n = half.iter().filter(|&&h| h).count();
    (n > 0 && n < half.len()).then_some(half)
}
