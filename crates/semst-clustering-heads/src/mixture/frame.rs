//! The coordinates in which a mixture is fitted: centred and whitened.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, Axis};

/// Directions whose variance is below this fraction of the largest contain only rounding and are left out.
const NULL_SHARE: f64 = 1e-10;

/// Rows in working coordinates, and the data to report likelihoods in the caller's coordinates.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// `[n, r]`, centred and whitened, `XᵀX = n I`.
    pub(crate) x: Array2<f64>,
    /// `XᵀX`, `[r, r]`.
    pub(crate) scatter: Array2<f64>,
    /// Log of the volume ratio of the map from the caller's to the working coordinates.
    pub(crate) log_jacobian: f64,
}

impl Frame {
    /// Centres `x`, drops its null directions, and whitens. An affine map of the rows does not change which mixture has the
    /// highest likelihood, and every product is well conditioned in these coordinates.
    ///
    /// With dropped directions the density, and so the log-likelihood, is that of the remaining subspace.
    pub(crate) fn new(x: &Array2<f64>) -> Self {
        let (n, d) = x.dim();
        let mean = x.mean_axis(Axis(0)).expect("rows were checked");
        let mut centred = x - &mean;
        let covariance = centred.t().dot(&centred) / n as f64;
        let eigen = SymmetricEigen::new(DMatrix::from_fn(d, d, |i, j| covariance[[i, j]]));
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let top = eigen.eigenvalues[order[0]].max(f64::MIN_POSITIVE);
        order.retain(|&c| eigen.eigenvalues[c] > NULL_SHARE * top);
        let map = Array2::from_shape_fn((d, order.len()), |(i, c)| {
            eigen.eigenvectors[(i, order[c])] / eigen.eigenvalues[order[c]].sqrt()
        });
        let log_jacobian = -0.5
            * order
                .iter()
                .map(|&c| eigen.eigenvalues[c].ln())
                .sum::<f64>();
        centred = centred.dot(&map);
        let scatter = centred.t().dot(&centred);
        Self {
            x: centred,
            scatter,
            log_jacobian,
        }
    }

    /// Some rows, in the same coordinates.
    pub(crate) fn rows(&self, rows: &[usize]) -> Self {
        let x = self.x.select(Axis(0), rows);
        let scatter = x.t().dot(&x);
        Self {
            x,
            scatter,
            log_jacobian: self.log_jacobian,
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.x.nrows()
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.x.ncols()
    }

    /// Variance of each column about zero.
    pub(crate) fn variances(&self) -> Array1<f64> {
        self.scatter.diag().mapv(|v| v / self.len() as f64)
    }
}
