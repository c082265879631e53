//! Lloyd iterations and their k-means++ start, for rows in memory.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, s};
use rand::RngExt;
use rand_pcg::Pcg64;

/// Rows per block of the distance product; fixed, so that sums do not depend on threads.
const BLOCK: usize = 512;

/// The result of one Lloyd run.
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

/// Lloyd iterations from `centres`; an empty cluster takes the point that is farthest from its own centre.
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
pub(super) fn nearest(
    x: &Array2<f64>,
    centres: &Array2<f64>,
    labels: &mut [u32],
    distance: &mut [f64],
) {
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
