//! The reduction of the heads: principal components of wide embeddings.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;

/// Widest input for which the full covariance is decomposed; wider ones use subspace iteration.
const EXACT: usize = 400;
/// Row blocks of the products. Fixed, so that sums do not depend on threads.
const BLOCKS: usize = 16;
/// Extra directions and most rounds of the subspace iteration.
const EXTRA: usize = 12;
const ROUNDS: usize = 30;

/// Scores of the first `width` principal components (centred, not scaled); the input itself if `width` is 0 or not smaller than
/// its width.
///
/// Up to 400 columns by the eigenvectors of the covariance, above by subspace iteration to a relative 1e-9. The largest
/// loading of each component is positive.
pub(crate) fn principal_components(z: ArrayView2<'_, f32>, width: usize) -> Array2<f64> {
    let d = z.ncols();
    if width == 0 || d <= width {
        return z.mapv(f64::from);
    }
    let mut mean = Array1::<f64>::zeros(d);
    for row in z.rows() {
        mean.zip_mut_with(&row, |m, &v| *m += f64::from(v));
    }
    mean /= z.nrows() as f64;
    let mut basis = if d <= EXACT {
        exact(z, &mean, width)
    } else {
        iterated(z, &mean, width)
    };
    for mut c in basis.columns_mut() {
        let largest = c
            .iter()
            .fold(0.0f64, |a, &b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            c.mapv_inplace(|v| -v);
        }
    }
    let mut out = Array2::zeros((z.nrows(), width));
    let rows = z.nrows().div_ceil(BLOCKS);
    out.axis_chunks_iter_mut(Axis(0), rows)
        .into_par_iter()
        .zip(z.axis_chunks_iter(Axis(0), rows))
        .for_each(|(mut o, z)| o.assign(&(z.mapv(f64::from) - &mean).dot(&basis)));
    out
}

fn exact(z: ArrayView2<'_, f32>, mean: &Array1<f64>, width: usize) -> Array2<f64> {
    let d = z.ncols();
    let gram = apply(z, mean, &Array2::eye(d));
    let eigen = SymmetricEigen::new(DMatrix::from_fn(d, d, |i, j| {
        0.5 * (gram[[i, j]] + gram[[j, i]])
    }));
    let order = descending(eigen.eigenvalues.as_slice());
    Array2::from_shape_fn((d, width), |(i, c)| eigen.eigenvectors[(i, order[c])])
}

fn iterated(z: ArrayView2<'_, f32>, mean: &Array1<f64>, width: usize) -> Array2<f64> {
    let d = z.ncols();
    let size = (width + EXTRA).min(d).min(z.nrows().max(width));
    let mut rng = Pcg64::seed_from_u64(0);
    let mut basis = orthonormal(&Array2::from_shape_fn((d, size), |_| {
        rng.random::<f64>() - 0.5
    }));
    let mut last = vec![0.0; width];
    for _ in 0..ROUNDS {
        let image = apply(z, mean, &basis);
        let small = basis.t().dot(&image);
        let eigen = SymmetricEigen::new(DMatrix::from_fn(size, size, |i, j| {
            0.5 * (small[[i, j]] + small[[j, i]])
        }));
        let order = descending(eigen.eigenvalues.as_slice());
        let turn = Array2::from_shape_fn((size, size), |(i, c)| eigen.eigenvectors[(i, order[c])]);
        let values: Vec<f64> = order[..width]
            .iter()
            .map(|&c| eigen.eigenvalues[c])
            .collect();
        let settled = values
            .iter()
            .zip(&last)
            .all(|(v, l)| (v - l).abs() <= 1e-9 * values[0].abs());
        last = values;
        if settled {
            return basis.dot(&turn).slice(s![.., ..width]).to_owned();
        }
        basis = orthonormal(&image.dot(&turn));
    }
    basis.slice(s![.., ..width]).to_owned()
}

/// `(Z - mean)ᵀ (Z - mean) Q`, summed over fixed blocks in order.
fn apply(z: ArrayView2<'_, f32>, mean: &Array1<f64>, q: &Array2<f64>) -> Array2<f64> {
    let blocks: Vec<_> = z
        .axis_chunks_iter(Axis(0), z.nrows().div_ceil(BLOCKS))
        .collect();
    let parts: Vec<Array2<f64>> = blocks
        .into_par_iter()
        .map(|z| {
            let centred = z.mapv(f64::from) - mean;
            centred.t().dot(&centred.dot(q))
        })
        .collect();
    parts
        .into_iter()
        .reduce(|a, b| a + b)
        .expect("rows were checked")
}

fn orthonormal(a: &Array2<f64>) -> Array2<f64> {
    let q = DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
        .qr()
        .q();
    Array2::from_shape_fn((q.nrows(), q.ncols()), |(i, j)| q[(i, j)])
}

fn descending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    order
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::principal_components;

    fn low_rank(n: usize, d: usize) -> Array2<f32> {
        Array2::from_shape_fn((n, d), |(i, j)| {
            (0..5)
                .map(|r| {
                    ((i * (r + 2)) as f32 * 0.37).sin() * ((j + 3 * r) as f32 * 0.71).cos()
                        / (r + 1) as f32
                })
                .sum()
        })
    }

    #[test]
    fn narrow_input_is_left_alone() {
        let z = low_rank(9, 4);
        assert_eq!(principal_components(z.view(), 4), z.mapv(f64::from));
        assert_eq!(principal_components(z.view(), 0), z.mapv(f64::from));
    }

    #[test]
    fn subspace_iteration_agrees_with_the_full_decomposition() {
        let z = low_rank(120, 450);
        let mean = z.mapv(f64::from).mean_axis(ndarray::Axis(0)).unwrap();
        let exact = super::exact(z.view(), &mean, 3);
        let iterated = super::iterated(z.view(), &mean, 3);
        // Same subspace: the singular values of the overlap are 1.
        let overlap = exact.t().dot(&iterated);
        for c in 0..3 {
            assert!((overlap[[c, c]].abs() - 1.0).abs() < 1e-6, "{overlap:?}");
        }
    }
}
