//! Scales the columns of pooled vectors before they are used.

use std::str::FromStr;

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::SemanticError;
use crate::scaling_map::{ColumnMap, ScalingMap};

/// Centring and scaling of the columns over spots, then optionally of the rows.
///
/// Spots of one slide differ little: most of a pooled vector is common to all spots. So every choice except
/// [`ColumnScale::Keep`] centres first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// The scaling of the columns.
    #[serde(default)]
    pub columns: ColumnScale,
    /// Whether each row is then divided by its Euclidean length (zero rows stay). Default `false`.
    #[serde(default)]
    pub unit_rows: bool,
}

/// The scaling of the columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", from = "Table")]
#[non_exhaustive]
pub enum ColumnScale {
    /// No scaling.
    Keep,
    /// Centre; divide everything by one number, so that the mean variance of a column is 1. Angles and relative
    /// distances stay. This is the default, because it makes the fewest assumptions.
    #[default]
    Global,
    /// Centre; divide each column by its standard deviation (columns that do not vary become 0).
    Standardise,
    /// Centre; rotate to principal axes in descending order; divide each by its standard deviation.
    Whiten {
        /// Axes kept; `None` keeps all with more than a millionth of the variance of the first.
        components: Option<usize>,
    },
}

/// A [`ColumnScale`] in a file. A unit variant would accept any key, so those without settings are empty tables.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Table {
    Keep {},
    Global {},
    Standardise {},
    Whiten { components: Option<usize> },
}

impl From<Table> for ColumnScale {
    fn from(table: Table) -> Self {
        match table {
            Table::Keep {} => Self::Keep,
            Table::Global {} => Self::Global,
            Table::Standardise {} => Self::Standardise,
            Table::Whiten { components } => Self::Whiten { components },
        }
    }
}

impl ColumnScale {
    /// The names of all choices.
    pub const NAMES: [&str; 4] = ["keep", "global", "standardise", "whiten"];
}

impl FromStr for ColumnScale {
    type Err = SemanticError;

    /// Reads a name; `whiten` keeps all axes.
    fn from_str(name: &str) -> Result<Self, SemanticError> {
        match name {
            "keep" => Ok(Self::Keep),
            "global" => Ok(Self::Global),
            "standardise" => Ok(Self::Standardise),
            "whiten" => Ok(Self::Whiten { components: None }),
            _ => Err(SemanticError::Config {
                field: "scaling",
                value: name.into(),
                bound: "keep, global, standardise or whiten",
            }),
        }
    }
}

impl Scaling {
    /// Sets the scaling of the columns.
    pub fn new(columns: ColumnScale) -> Self {
        Self {
            columns,
            unit_rows: false,
        }
    }

    /// Divides each row by its length afterwards.
    #[must_use]
    pub fn with_unit_rows(mut self, unit_rows: bool) -> Self {
        self.unit_rows = unit_rows;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// When whitening has zero components.
    pub fn check(&self) -> Result<(), SemanticError> {
        match self.columns {
            ColumnScale::Whiten {
                components: Some(0),
            } => Err(SemanticError::Config {
                field: "components",
                value: "0".into(),
                bound: "at least 1",
            }),
            _ => Ok(()),
        }
    }

    /// Scales `[spots, dims]`; whitening may return fewer columns.
    ///
    /// # Errors
    /// When whitening has zero components.
    ///
    /// # Complexity
    /// O(spots · dims); whitening O(spots · dims² + dims³).
    pub fn apply(&self, mut x: Array2<f32>) -> Result<Array2<f32>, SemanticError> {
        let map = self.fit_centred(&mut x)?;
        Ok(map.scale(x))
    }

    /// The map by which [`Scaling::apply`] scales these spots; it can be applied to other vectors or inverted.
    ///
    /// # Errors
    /// As [`Scaling::apply`].
    pub fn fit(&self, x: ArrayView2<'_, f32>) -> Result<ScalingMap, SemanticError> {
        self.fit_centred(&mut x.to_owned())
    }

    /// Fits the map, and centres the spots in place.
    fn fit_centred(&self, x: &mut Array2<f32>) -> Result<ScalingMap, SemanticError> {
        self.check()?;
        let mean = (self.columns != ColumnScale::Keep).then(|| {
            let mean = column_mean(x.view(), |v| v).mapv(|m| m as f32);
            *x -= &mean;
            mean
        });
        let columns = match self.columns {
            ColumnScale::Keep => ColumnMap::Keep,
            ColumnScale::Global => {
                let variance = column_mean(x.view(), |v| v * v);
                let mean = variance.mean().unwrap_or(0.0);
                ColumnMap::Factor(if mean > 0.0 {
                    (1.0 / mean.sqrt()) as f32
                } else {
                    0.0
                })
            }
            ColumnScale::Standardise => {
                let variance = column_mean(x.view(), |v| v * v);
                let largest = variance.fold(0f64, |a, &b| a.max(b));
                ColumnMap::Factors(variance.mapv(|v| {
                    if v > 1e-12 * largest {
                        (1.0 / v.sqrt()) as f32
                    } else {
                        0.0
                    }
                }))
            }
            ColumnScale::Whiten { components } => ColumnMap::Axes(axes(x.view(), components)),
        };
        Ok(ScalingMap::new(mean, columns, self.unit_rows))
    }
}

/// Mean of `f` of each column, summed row by row in double precision.
fn column_mean(x: ArrayView2<'_, f32>, f: impl Fn(f64) -> f64) -> Array1<f64> {
    let mut sum = Array1::<f64>::zeros(x.ncols());
    for row in x.outer_iter() {
        sum.zip_mut_with(&row, |s, &v| *s += f(f64::from(v)));
    }
    sum / x.nrows().max(1) as f64
}

/// Principal axes `[dims, kept]`, each divided by the standard deviation along it.
fn axes(x: ArrayView2<'_, f32>, components: Option<usize>) -> Array2<f32> {
    let dims = x.ncols();
    // Blocks in parallel, summed in their order: the same bits for any number of threads.
    let blocks: Vec<Array2<f32>> = x
        .axis_chunks_iter(Axis(0), 4096)
        .into_par_iter()
        .map(|b| b.t().dot(&b))
        .collect();
    let mut gram = Array2::<f64>::zeros((dims, dims));
    for block in blocks {
        gram.zip_mut_with(&block, |g, &b| *g += f64::from(b));
    }
    gram /= x.nrows().max(1) as f64;
    let eigen = SymmetricEigen::new(DMatrix::from_fn(dims, dims, |i, j| {
        0.5 * (gram[[i, j]] + gram[[j, i]])
    }));
    let mut order: Vec<usize> = (0..dims).collect();
    order.sort_by(|&a, &b| {
        eigen.eigenvalues[b]
            .total_cmp(&eigen.eigenvalues[a])
            .then(a.cmp(&b))
    });
    let first = order.first().map_or(0.0, |&i| eigen.eigenvalues[i]);
    order.retain(|&i| eigen.eigenvalues[i] > 1e-6 * first.max(f64::MIN_POSITIVE));
    order.truncate(components.unwrap_or(dims));
    Array2::from_shape_fn((dims, order.len()), |(d, c)| {
        let axis = eigen.eigenvectors.column(order[c]);
        let sign = axis[axis.iamax()].signum();
        (sign * axis[d] / eigen.eigenvalues[order[c]].sqrt()) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn apply(columns: ColumnScale, unit_rows: bool) -> Result<Array2<f32>, SemanticError> {
        let x = array![
            [1.0, 10.0, 5.0],
            [3.0, 14.0, 5.0],
            [1.0, 14.0, 5.0],
            [3.0, 10.0, 5.0]
        ];
        Scaling::new(columns).with_unit_rows(unit_rows).apply(x)
    }

    #[test]
    fn global_keeps_proportions() -> Result<(), SemanticError> {
        // Variances 1, 4, 0: their mean is 5/3.
        let s = (3f32 / 5.0).sqrt();
        let x = apply(ColumnScale::Global, false)?;
        let expected = array![
            [-s, -2.0 * s, 0.0],
            [s, 2.0 * s, 0.0],
            [-s, 2.0 * s, 0.0],
            [s, -2.0 * s, 0.0]
        ];
        assert!((x - expected).iter().all(|d| d.abs() < 1e-6));
        Ok(())
    }

    #[test]
    fn standardise_gives_unit_columns_and_zeros() -> Result<(), SemanticError> {
        let x = apply(ColumnScale::Standardise, false)?;
        assert_eq!(
            x,
            array![
                [-1.0, -1.0, 0.0],
                [1.0, 1.0, 0.0],
                [-1.0, 1.0, 0.0],
                [1.0, -1.0, 0.0]
            ]
        );
        Ok(())
    }

    #[test]
    fn whiten_drops_what_does_not_vary_and_orders_axes() -> Result<(), SemanticError> {
        let x = apply(ColumnScale::Whiten { components: None }, false)?;
        let expected = array![[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]];
        assert_eq!(x.dim(), (4, 2));
        assert!((x - expected).iter().all(|d| d.abs() < 1e-5));
        assert_eq!(
            apply(
                ColumnScale::Whiten {
                    components: Some(1)
                },
                false
            )?
            .ncols(),
            1
        );
        assert!(
            apply(
                ColumnScale::Whiten {
                    components: Some(0)
                },
                false
            )
            .is_err()
        );
        Ok(())
    }

    #[test]
    fn unit_rows_after_all() -> Result<(), SemanticError> {
        let x = apply(ColumnScale::Keep, true)?;
        assert!(x.outer_iter().all(|r| (r.dot(&r) - 1.0).abs() < 1e-6));
        assert_eq!(
            Scaling::default()
                .with_unit_rows(true)
                .apply(Array2::zeros((2, 2)))?,
            Array2::<f32>::zeros((2, 2))
        );
        Ok(())
    }
}
