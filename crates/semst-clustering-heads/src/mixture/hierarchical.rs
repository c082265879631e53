//! Model-based agglomeration with the VVV criterion, the start of mclust's mixtures.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, Axis};

use super::ward::cut;

/// Cuts the VVV tree of the rows of `x` into `k` groups.
///
/// Columns are centred and scaled, then rotated and scaled to `Z = X V diag(1/√s)` with `X = U diag(s) Vᵀ`
/// (mclust's `hcUse = "SVD"`, docs/methods.md 1.4). Each step merges the pair with the smallest increase of
/// `Σ_k n_k log( |W_k/n_k| + tr(W_k)/n_k + tr(W)/(n p) )` least, `W_k` the scatter of group `k` and `W` of all rows;
/// the traces keep the sum finite while groups have fewer than `p + 1` members (Fraley 1998, α = β = 1).
///
/// # Complexity
/// `O(n² d)` time if no determinant is needed, up to `O(n² d³)`; the costs need `n²` memory, so it is used only for the start's
/// subset.
///
/// # References
/// Banfield & Raftery 1993; Fraley 1998, "Algorithms for model-based Gaussian hierarchical clustering".
pub(crate) fn model_based(x: &Array2<f64>, k: usize) -> Vec<u32> {
    let z = svd_scaled(x);
    let (n, p) = z.dim();
    let floor = (z.iter().map(|v| v * v).sum::<f64>() / (n * p) as f64).max(f64::MIN_POSITIVE);
    let mut tree = Tree::new(&z, floor);
    let mut merges = Vec::with_capacity(n - k);
    for _ in 0..n - k {
        merges.push(tree.merge());
    }
    cut(n, merges.into_iter())
}

/// A group: size, mean, scatter (empty while all members are equal), its term of the criterion.
struct Group {
    size: f64,
    mean: Vec<f64>,
    scatter: Option<DMatrix<f64>>,
    trace: f64,
    term: f64,
}

struct Tree {
    groups: Vec<Group>,
    active: Vec<usize>,
    /// Cost of merging `(i, j)`, `j < i`, in row order.
    cost: Vec<f64>,
    /// Cheapest partner `j < i` of each `i`.
    best: Vec<(f64, usize)>,
    floor: f64,
}

impl Tree {
    fn new(z: &Array2<f64>, floor: f64) -> Self {
        let n = z.nrows();
        let term = floor.ln();
        let groups: Vec<Group> = z
            .rows()
            .into_iter()
            .map(|r| Group {
                size: 1.0,
                mean: r.to_vec(),
                scatter: None,
                trace: 0.0,
                term,
            })
            .collect();
        let mut tree = Self {
            groups,
            active: (0..n).collect(),
            cost: vec![f64::INFINITY; n * n.saturating_sub(1) / 2],
            best: vec![(f64::INFINITY, 0); n],
            floor,
        };
        for i in 1..n {
            for j in 0..i {
                tree.cost[at(i, j)] = tree.price(i, j);
            }
            tree.rescan(i);
        }
        tree
    }

    /// Merges the cheapest pair into its lower index.
    fn merge(&mut self) -> (usize, usize) {
        let &b = self
            .active
            .iter()
            .min_by(|&&i, &&j| self.best[i].0.total_cmp(&self.best[j].0))
            .expect("two groups");
        let a = self.best[b].1;
        let (size, mean, scatter, trace) = self.joined(a, b);
        let term = self.term(size, trace, Some(&scatter));
        self.groups[a] = Group {
            size,
            mean,
            scatter: Some(scatter),
            trace,
            term,
        };
        self.groups[b].scatter = None;
        self.active.retain(|&i| i != b);
        let active = std::mem::take(&mut self.active);
        for &i in active.iter().filter(|&&i| i != a) {
            self.cost[at(i, a)] = self.price(i, a);
        }
        self.active = active;
        for i in self.active.clone() {
            let partner = self.best[i].1;
            if i == a || (i > 0 && (partner == a || partner == b)) {
                self.rescan(i);
            } else if i > a && self.cost[at(i, a)] < self.best[i].0 {
                self.best[i] = (self.cost[at(i, a)], a);
            }
        }
        (a, b)
    }

    fn rescan(&mut self, i: usize) {
        self.best[i] = (f64::INFINITY, 0);
        for &j in self.active.iter().take_while(|&&j| j < i) {
            let c = self.cost[at(i, j)];
            if c < self.best[i].0 {
                self.best[i] = (c, j);
            }
        }
    }

    /// Increase of the criterion when two groups merge.
    fn price(&self, i: usize, j: usize) -> f64 {
        let (a, b) = (&self.groups[i], &self.groups[j]);
        let size = a.size + b.size;
        let squared: f64 = a
            .mean
            .iter()
            .zip(&b.mean)
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        let trace = a.trace + b.trace + a.size * b.size / size * squared;
        let p = a.mean.len();
        // By the inequality of arithmetic and geometric means the determinant is at most (trace / p)^p.
        // If that is negligible compared with the traces, it is not computed.
        let mean_variance = trace / size;
        let bound = (mean_variance / p as f64).powi(p as i32);
        let matters = size > p as f64 && bound > f64::EPSILON * 0.25 * (mean_variance + self.floor);
        let term = if matters {
            let (_, _, scatter, _) = self.joined(i, j);
            self.term(size, trace, Some(&scatter))
        } else {
            self.term(size, trace, None)
        };
        term - a.term - b.term
    }

    fn term(&self, size: f64, trace: f64, scatter: Option<&DMatrix<f64>>) -> f64 {
        let determinant = scatter
            .filter(|s| size > s.nrows() as f64)
            .map_or(0.0, |s| (s / size).determinant().max(0.0));
        size * (determinant + trace / size + self.floor).ln()
    }

    fn joined(&self, i: usize, j: usize) -> (f64, Vec<f64>, DMatrix<f64>, f64) {
        let (a, b) = (&self.groups[i], &self.groups[j]);
        let p = a.mean.len();
        let size = a.size + b.size;
        let factor = a.size * b.size / size;
        let step: Vec<f64> = a.mean.iter().zip(&b.mean).map(|(a, b)| a - b).collect();
        let mut scatter = DMatrix::from_fn(p, p, |r, c| factor * step[r] * step[c]);
        for s in [&a.scatter, &b.scatter].into_iter().flatten() {
            scatter += s;
        }
        let mean = a
            .mean
            .iter()
            .zip(&b.mean)
            .map(|(x, y)| (a.size * x + b.size * y) / size)
            .collect();
        let trace = scatter.trace();
        (size, mean, scatter, trace)
    }
}

/// Index of the pair in the packed lower triangle.
fn at(i: usize, j: usize) -> usize {
    let (i, j) = (i.max(j), i.min(j));
    i * (i - 1) / 2 + j
}

/// `X V diag(1/√s)` of the standardised columns.
fn svd_scaled(x: &Array2<f64>) -> Array2<f64> {
    let (n, d) = x.dim();
    let mut z = x - &x.mean_axis(Axis(0)).expect("rows were checked");
    for mut c in z.columns_mut() {
        let sd = (c.dot(&c) / (n.max(2) - 1) as f64).sqrt();
        if sd > 0.0 {
            c /= sd;
        }
    }
    let gram = z.t().dot(&z);
    let eigen = SymmetricEigen::new(DMatrix::from_fn(d, d, |i, j| gram[[i, j]]));
    let top = eigen.eigenvalues.max();
    let keep: Vec<usize> = (0..d)
        .filter(|&c| eigen.eigenvalues[c] > 1e-12 * top)
        .collect();
    let map = Array2::from_shape_fn((d, keep.len()), |(i, c)| {
        eigen.eigenvectors[(i, keep[c])] / eigen.eigenvalues[keep[c]].powf(0.25)
    });
    z.dot(&map)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::model_based;

    #[test]
    fn clear_groups_are_found() {
        let x = array![
            [0.0, 0.1],
            [9.0, 9.1],
            [0.2, 0.0],
            [9.3, 9.0],
            [0.1, 0.3],
            [9.1, 9.4]
        ];
        assert_eq!(model_based(&x, 2), [0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn elongated_groups_in_the_plane_are_kept_whole() {
        // Two parallel bars, 20 long and 2 apart: spherical criteria cut across them, the determinant does not.
        let x = Array2::from_shape_fn((40, 2), |(i, c)| {
            let (bar, step) = ((i % 2) as f64, (i / 2) as f64);
            if c == 0 {
                step + 0.1 * (step * 1.7).sin()
            } else {
                3.0 * bar + 0.2 * (step * 2.3 + bar).sin()
            }
        });
        let labels = model_based(&x, 2);
        assert!((0..40).all(|i| labels[i] == labels[i % 2]), "{labels:?}");
    }
}
