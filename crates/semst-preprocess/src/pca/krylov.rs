//! Leading eigenpairs of the Gram matrix by block Lanczos with full orthogonalisation.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, s};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::operator::Centered;
use super::{Eigen, Pca};

/// Up to this side the Gram matrix is formed and decomposed directly.
const EXACT: usize = 256;

pub(super) fn leading(x: &Centered, pca: &Pca) -> Eigen {
    let (side, k) = (x.side(), pca.n_components);
    if side <= EXACT {
        let gram = x.gram_times(&Array2::eye(side));
        let (values, vectors) = decomposed(&gram);
        return Eigen {
            values: values[..k].to_vec(),
            vectors: vectors.slice(s![..k, ..]).to_owned(),
            residual: 0.0,
        };
    }
    let block = if k <= 64 { 8 } else { 16 };
    let limit = side.min((20 * k).max(1000));
    let mut basis = Basis::new(side, limit, pca.seed);
    let mut check_at = (4 * k + 8 * block).min(limit);
    let mut last: Option<(usize, f64)> = None;
    basis.start(block);
    loop {
        let coupling = basis.expand(x);
        let full = basis.done == basis.vectors.nrows();
        if basis.done < check_at && !full {
            continue;
        }
        let m = basis.done;
        let (values, ritz) = decomposed(&basis.projected.slice(s![..m, ..m]).to_owned());
        // The residual of a pair is the coupling to the next block times the last coordinates of the pair.
        let width = coupling.ncols();
        let residual = ritz.slice(s![..k.min(m), m - width..]).dot(&coupling.t());
        let residual = residual
            .rows()
            .into_iter()
            .map(|row| row.dot(&row).sqrt())
            .fold(0.0, f64::max)
            / values[0].max(f64::MIN_POSITIVE);
        if residual <= pca.tolerance || full {
            let vectors = ritz
                .slice(s![..k, ..])
                .dot(&basis.vectors.slice(s![..m, ..]));
            return Eigen {
                values: values[..k].to_vec(),
                vectors,
                residual,
            };
        }
        // Residuals fall at least geometrically: check next where the last two residuals point to, in strides of 5 to 30 percent.
        let stride = match last {
            Some((before, larger)) if residual < larger => {
                (m - before) as f64 * (residual / pca.tolerance).ln() / (larger / residual).ln()
            }
            _ => 0.2 * m as f64,
        };
        last = Some((m, residual));
        check_at = (m + stride.clamp(0.05 * m as f64, 0.3 * m as f64).ceil() as usize).min(limit);
    }
}

/// An orthonormal basis that grows block by block, and the Gram matrix projected on it.
struct Basis {
    /// One vector per row.
    vectors: Array2<f64>,
    projected: Array2<f64>,
    /// Number of vectors whose products are known.
    done: usize,
    /// Number of all vectors.
    next: usize,
    rng: Pcg64,
}

impl Basis {
    fn new(side: usize, limit: usize, seed: u64) -> Self {
        let (vectors, projected) = (Array2::zeros((limit, side)), Array2::zeros((limit, limit)));
        Self {
            vectors,
            projected,
            done: 0,
            next: 0,
            rng: Pcg64::seed_from_u64(seed),
        }
    }

    fn start(&mut self, block: usize) {
        let block = block.min(self.vectors.nrows());
        (0..block).for_each(|_| self.push_random());
    }

    /// Multiplies the newest block and appends the part that is new: a block of the same width, or as much as the limit allows.
    /// Returns the coupling R [width of the new block × width of the old], with zero rows where a random vector filled a gap.
    fn expand(&mut self, x: &Centered) -> Array2<f64> {
        let (from, to) = (self.done, self.next);
        let mut product = x.gram_times(&self.vectors.slice(s![from..to, ..]).to_owned());
        let scale = product
            .rows()
            .into_iter()
            .map(|row| row.dot(&row).sqrt())
            .fold(0.0, f64::max);
        let known = self.vectors.slice(s![..to, ..]);
        let first = product.dot(&known.t());
        product -= &first.dot(&known);
        let second = product.dot(&known.t());
        product -= &second.dot(&known);
        for ((old, new), value) in (first + second)
            .indexed_iter()
            .map(|((i, j), &value)| ((from + i, j), value))
        {
            // Fills both triangles, so that rounding does not favour one.
            if new >= from {
                self.projected[[old, new]] += 0.5 * value;
                self.projected[[new, old]] += 0.5 * value;
            } else {
                self.projected[[old, new]] = value;
                self.projected[[new, old]] = value;
            }
        }
        self.done = to;
        let width = to - from;
        let mut coupling = Array2::<f64>::zeros((width, width));
        for row in 0..width {
            let mut vector = product.row(row).to_owned();
            let before = self.next - to;
            for _ in 0..2 {
                let block = self.vectors.slice(s![to..self.next, ..]);
                let shares = block.dot(&vector);
                vector -= &shares.dot(&block);
                (0..before).for_each(|i| coupling[[i, row]] += shares[i]);
            }
            let norm = vector.dot(&vector).sqrt();
            if self.next == self.vectors.nrows() {
                // The basis is full: the remainder still counts as residual, in a direction that is not kept.
                coupling[[width - 1, row]] = coupling[[width - 1, row]].hypot(norm);
            } else if norm > 1e-13 * scale {
                coupling[[before, row]] = norm;
                self.push(vector / norm);
            } else {
                self.push_random();
            }
        }
        coupling
    }

    fn push_random(&mut self) {
        if self.next == self.vectors.nrows() {
            return;
        }
        let mut vector: Array1<f64> = (0..self.vectors.ncols())
            .map(|_| self.rng.random_range(-1.0..1.0))
            .collect();
        let known = self.vectors.slice(s![..self.next, ..]);
        for _ in 0..2 {
            vector -= &known.dot(&vector).dot(&known);
            let norm = vector.dot(&vector).sqrt();
            vector /= norm;
        }
        self.push(vector);
    }

    fn push(&mut self, vector: Array1<f64>) {
        self.vectors.row_mut(self.next).assign(&vector);
        self.next += 1;
    }
}

/// Eigenvalues, descending, and eigenvectors as rows.
fn decomposed(matrix: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let eigen = SymmetricEigen::new(DMatrix::from_fn(n, n, |i, j| {
        0.5 * (matrix[[i, j]] + matrix[[j, i]])
    }));
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| {
        eigen.eigenvalues[b]
            .total_cmp(&eigen.eigenvalues[a])
            .then(a.cmp(&b))
    });
    let values = order.iter().map(|&i| eigen.eigenvalues[i]).collect();
    (
        values,
        Array2::from_shape_fn((n, n), |(i, j)| eigen.eigenvectors[(j, order[i])]),
    )
}
