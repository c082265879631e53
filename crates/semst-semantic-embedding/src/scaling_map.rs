//! A scaling fitted to its spots; it can be applied to other spots, and inverted.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// Centring and scaling with fixed numbers: `y = (x − mean) A`, then rows of length one if configured.
///
/// [`Scaling::fit`](crate::Scaling::fit) makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingMap {
    mean: Option<Array1<f32>>,
    columns: ColumnMap,
    unit_rows: bool,
}

/// The matrix A.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ColumnMap {
    Keep,
    Factor(f32),
    Factors(Array1<f32>),
    /// `[dims, kept]`
    Axes(Array2<f32>),
}

impl ScalingMap {
    pub(crate) fn new(mean: Option<Array1<f32>>, columns: ColumnMap, unit_rows: bool) -> Self {
        Self {
            mean,
            columns,
            unit_rows,
        }
    }

    /// Scales vectors `[n, dims]` in the same way as the spots of the fit; the result is `[n, kept]`.
    pub fn apply(&self, mut x: Array2<f32>) -> Array2<f32> {
        if let Some(mean) = &self.mean {
            x -= mean;
        }
        self.scale(x)
    }

    /// Gradients with respect to the vectors before the scaling, `[n, dims]`, from gradients with respect to the vectors after
    /// it, `[n, kept]`. `x` are the vectors before it: they are needed if rows are scaled to length one.
    pub fn pull_back(&self, x: ArrayView2<'_, f32>, mut gradient: Array2<f32>) -> Array2<f32> {
        if self.unit_rows {
            let bare = Self {
                unit_rows: false,
                ..self.clone()
            };
            // y = x/|x|: the part of the gradient along y vanishes, the rest is divided by |x|.
            for (mut g, x) in gradient
                .outer_iter_mut()
                .zip(bare.apply(x.to_owned()).outer_iter())
            {
                let length = x.dot(&x).sqrt();
                if length > 0.0 {
                    let along = g.dot(&x) / (length * length);
                    g.scaled_add(-along, &x);
                    g /= length;
                }
            }
        }
        match &self.columns {
            ColumnMap::Keep => gradient,
            ColumnMap::Factor(factor) => gradient * *factor,
            ColumnMap::Factors(factors) => gradient * factors,
            ColumnMap::Axes(axes) => product(gradient.view(), axes.t()),
        }
    }

    /// The steps after centring.
    pub(crate) fn scale(&self, mut x: Array2<f32>) -> Array2<f32> {
        match &self.columns {
            ColumnMap::Keep => {}
            ColumnMap::Factor(factor) => x *= *factor,
            ColumnMap::Factors(factors) => x *= factors,
            ColumnMap::Axes(axes) => x = product(x.view(), axes.view()),
        }
        if self.unit_rows {
            for mut row in x.outer_iter_mut() {
                let length = row.dot(&row).sqrt();
                if length > 0.0 {
                    row /= length;
                }
            }
        }
        x
    }
}

/// `x · axes`, in blocks of rows: the same bits for any number of threads.
fn product(x: ArrayView2<'_, f32>, axes: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut out = Array2::zeros((x.nrows(), axes.ncols()));
    out.axis_chunks_iter_mut(Axis(0), 4096)
        .into_par_iter()
        .zip(x.axis_chunks_iter(Axis(0), 4096))
        .for_each(|(mut out, x)| out.assign(&x.dot(&axes)));
    out
}

#[cfg(test)]
mod tests {
    use crate::{ColumnScale, Scaling, SemanticError};
    use ndarray::{Array2, array};

    fn spots() -> Array2<f32> {
        array![
            [1.0, 10.0, 5.5],
            [3.0, 14.5, 5.0],
            [1.5, 14.0, 4.0],
            [3.0, 10.0, 5.0]
        ]
    }

    #[track_caller]
    fn check(scaling: &Scaling) -> Result<(), SemanticError> {
        let map = scaling.fit(spots().view())?;
        let scaled = scaling.apply(spots())?;
        assert_eq!(map.apply(spots()), scaled, "{scaling:?}");
        // Compares the gradient of Σ weights ⊙ scaled with differences of its value.
        let weights =
            Array2::from_shape_fn(scaled.dim(), |(i, j)| ((3 * i + 5 * j) % 7) as f32 - 3.0);
        let value = |x: &Array2<f32>| {
            let y = map.apply(x.clone());
            (&y * &weights).iter().map(|v| f64::from(*v)).sum::<f64>()
        };
        let gradient = map.pull_back(spots().view(), weights.clone());
        for ((i, j), g) in gradient.indexed_iter() {
            let (mut up, mut down) = (spots(), spots());
            up[[i, j]] += 1e-2;
            down[[i, j]] -= 1e-2;
            let slope = (value(&up) - value(&down)) / 2e-2;
            assert!(
                (f64::from(*g) - slope).abs() < 1e-2 * (1.0 + slope.abs()),
                "{scaling:?} at {i}, {j}: {g} against {slope}"
            );
        }
        Ok(())
    }

    #[test]
    fn the_map_scales_as_the_scaling_and_walks_back() -> Result<(), SemanticError> {
        let whiten = ColumnScale::Whiten {
            components: Some(2),
        };
        for columns in [
            ColumnScale::Keep,
            ColumnScale::Global,
            ColumnScale::Standardise,
            whiten,
        ] {
            check(&Scaling::new(columns.clone()))?;
            check(&Scaling::new(columns).with_unit_rows(true))?;
        }
        Ok(())
    }
}
