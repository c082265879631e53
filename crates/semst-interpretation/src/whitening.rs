//! Makes the covariance of responses the identity.

use ndarray::{Array1, Array2, Axis, s};

/// This fraction of the mean variance of a feature is added to the variance of each, so that directions that hardly vary do not
/// count.
const RIDGE: f64 = 1e-3;

/// Number of spots whose products are summed in single precision before they are added to the sum.
const BLOCK: usize = 1024;

/// The matrix M [p, p] by which r M has the identity as covariance over the rows r of `responses` [n, p], except for a ridge;
/// zeros if nothing varies.
///
/// # Complexity
/// O(n p² + p³).
pub(crate) fn whitening(responses: &Array2<f32>) -> Array2<f64> {
    let (n, p) = responses.dim();
    let mut sum = Array1::<f64>::zeros(p);
    for row in responses.outer_iter() {
        sum.zip_mut_with(&row, |sum, v| *sum += f64::from(*v));
    }
    let mean = sum.mapv(|v| (v / n.max(1) as f64) as f32);
    let mut covariance = Array2::<f64>::zeros((p, p));
    for block in responses.axis_chunks_iter(Axis(0), BLOCK) {
        let block = &block - &mean;
        covariance.zip_mut_with(&block.t().dot(&block), |sum, v| *sum += f64::from(*v));
    }
    covariance /= n.max(1) as f64;
    let ridge = RIDGE * covariance.diag().sum() / p.max(1) as f64;
    if ridge <= 0.0 {
        return Array2::zeros((p, p));
    }
    covariance.diag_mut().mapv_inplace(|v| v + ridge);
    inverse_factor(&covariance)
}

/// L⁻ᵀ of a positive definite matrix L Lᵀ.
fn inverse_factor(matrix: &Array2<f64>) -> Array2<f64> {
    let p = matrix.nrows();
    let mut factor = Array2::<f64>::zeros((p, p));
    for i in 0..p {
        for j in 0..=i {
            let (a, b) = (factor.slice(s![i, ..j]), factor.slice(s![j, ..j]));
            let left = matrix[[i, j]] - a.dot(&b);
            factor[[i, j]] = if i == j {
                left.max(f64::MIN_POSITIVE).sqrt()
            } else {
                left / factor[[j, j]]
            };
        }
    }
    // Row i of L⁻¹ from those above it.
    let mut inverse = Array2::<f64>::zeros((p, p));
    for i in 0..p {
        let mut row = Array1::<f64>::zeros(p);
        row[i] = 1.0;
        for j in 0..i {
            row.scaled_add(-factor[[i, j]], &inverse.row(j));
        }
        row /= factor[[i, i]];
        inverse.row_mut(i).assign(&row);
    }
    inverse.reversed_axes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_covariance_becomes_the_identity() {
        let responses = array![[2.0, 1.0], [-2.0, 1.0], [3.0, 5.0], [-3.0, -7.0]];
        let white = responses.mapv(f64::from).dot(&whitening(&responses));
        let white = &white - &white.mean_axis(Axis(0)).unwrap_or_default();
        let covariance = white.t().dot(&white) / 4.0;
        assert!(
            (covariance - Array2::<f64>::eye(2))
                .iter()
                .all(|d| d.abs() < 0.01)
        );
        assert!(whitening(&Array2::ones((3, 2))).iter().all(|m| *m == 0.0));
    }
}
