//! The square root of the covariance of a few cells.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array2, ArrayViewMut1};

/// Eigenvalues below this share of the largest are rounding.
const NOTHING: f64 = 1e-12;

/// Writes the upper triangle of S^½, row by row, for S = (1 − s) C + s · tr(C)/c · I and the covariance C [c, c] of `x` over
/// `cells`. Entries off the diagonal are times √2, so that the distance of two rows is that of their matrices.
///
/// C has at most as many eigenvalues above zero as there are cells, so the smaller of C and the products of cells is decomposed.
pub(super) fn write_root(
    x: &Array2<f32>,
    cells: &[u32],
    shrinkage: f64,
    mut row: ArrayViewMut1<'_, f32>,
) {
    let (m, c) = (cells.len(), x.ncols());
    let mut y = DMatrix::from_fn(m, c, |i, j| f64::from(x[[cells[i] as usize, j]]));
    for mut column in y.column_iter_mut() {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    }
    y /= (m.max(1) as f64).sqrt();
    let trace = y.norm_squared();
    let even = shrinkage * trace / c.max(1) as f64;
    // The columns of `directions` times their own transposes add up to S^½ − √even · I.
    let over_cells = m < c;
    let products = match over_cells {
        true => &y * y.transpose(),
        false => y.tr_mul(&y),
    };
    let eigen = SymmetricEigen::new(products);
    let floor = NOTHING * eigen.eigenvalues.max();
    let kept = (0..eigen.eigenvalues.len()).filter(|&at| eigen.eigenvalues[at] > floor);
    let directions: Vec<_> = kept
        .map(|at| {
            let value = eigen.eigenvalues[at];
            let vector = eigen.eigenvectors.column(at);
            let grown = ((1.0 - shrinkage) * value + even).sqrt() - even.sqrt();
            match over_cells {
                true => y.tr_mul(&vector) * (grown.max(0.0) / value).sqrt(),
                false => vector * grown.max(0.0).sqrt(),
            }
        })
        .collect();
    let mut at = 0;
    for i in 0..c {
        for j in i..c {
            let sum: f64 = directions.iter().map(|d| d[i] * d[j]).sum();
            row[at] = match i == j {
                true => sum + even.sqrt(),
                false => sum * std::f64::consts::SQRT_2,
            } as f32;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    fn root(x: &Array2<f32>, cells: &[u32], shrinkage: f64) -> Vec<f32> {
        let mut row = Array1::zeros(x.ncols() * (x.ncols() + 1) / 2);
        write_root(x, cells, shrinkage, row.view_mut());
        row.to_vec()
    }

    #[track_caller]
    fn check(got: Vec<f32>, want: &[f32]) {
        let close = got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close && got.len() == want.len(), "{got:?} {want:?}");
    }

    #[test]
    fn two_cells_have_one_direction() {
        // Deviations ±(3, 4): C = [[9, 12], [12, 16]] = 25 u uᵀ with u = (3, 4) / 5, so the root is 5 u uᵀ.
        let x = array![[0.0f32, 0.0], [6.0, 8.0], [99.0, 99.0]];
        check(root(&x, &[0, 1], 0.0), &[1.8, 2.4 * 2f32.sqrt(), 3.2]);
        // The same over cells, with a third feature that is constant.
        let wide = array![[0.0f32, 0.0, 7.0], [6.0, 8.0, 7.0]];
        let want = [1.8, 2.4 * 2f32.sqrt(), 0.0, 3.2, 0.0, 0.0];
        check(root(&wide, &[0, 1], 0.0), &want);
    }

    #[test]
    fn shrinkage_adds_the_identity() {
        // C = diag(4, 0), trace 4: half of it and half of 2 · I give diag(3, 1).
        let x = array![[0.0f32, 1.0], [4.0, 1.0]];
        check(root(&x, &[0, 1], 0.5), &[3f32.sqrt(), 0.0, 1.0]);
        // Three features, so that the cells are decomposed: C = diag(4, 0, 0) gives diag(2 + 2/3, 2/3, 2/3).
        let x = array![[0.0f32, 1.0, 1.0], [4.0, 1.0, 1.0]];
        let (a, b) = ((8f32 / 3.0).sqrt(), (2f32 / 3.0).sqrt());
        check(root(&x, &[0, 1], 0.5), &[a, 0.0, 0.0, b, 0.0, b]);
        check(root(&x, &[0], 0.1), &[0.0; 6]);
    }
}
