//! Local regression with one predictor (Cleveland and Grosse, 1991).

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::PreprocessError;

/// Local quadratic regression, evaluated as netlib's `dloess` does by default: fits at the vertices of a k-d tree, blended by cubics.
///
/// 1. q = ⌊span · n⌋ points nearest to a vertex v, with tricube weights (1 − (|x − v| / h)³)³, h the largest of the q distances, give a
///    weighted quadratic; its value and its slope at v are kept.
/// 2. Vertices: both ends of the data widened by 0.5 % of the range, and cuts. A cell with more than ⌊span · cell · n⌋ points is cut at its lower
///    median, moved to the nearest place where two neighbouring values differ (0, +1, −1, +2, … positions away).
/// 3. Between two vertices the fit is the cubic Hermite polynomial through their values and slopes.
///
/// This is what scikit-misc's `loess(x, y, span=0.3, degree=2)` computes and what scanpy's `seurat_v3` uses to rank genes. They
/// agree up to rounding (10⁻¹² in the tests). If fewer than three distinct values share a neighbourhood, `dloess` fails; here the
/// least-norm quadratic is used.
///
/// # References
/// Cleveland, Grosse, *Computational methods for local regression*, Statistics and Computing 1 (1991),
/// <https://doi.org/10.1007/BF01890836>.
///
/// # Examples
/// ```
/// let x: Vec<f64> = (0..40).map(f64::from).collect();
/// let y: Vec<f64> = x.iter().map(|x| 1.0 + x * x).collect();
/// let fit = semst_preprocess::Loess::new(0.5).fit(&x, &y)?;
/// assert!(fit.iter().zip(&y).all(|(fit, y)| (fit - y).abs() < 1e-9));
/// # Ok::<(), semst_preprocess::PreprocessError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loess {
    /// Share of the points in a neighbourhood (scanpy `seurat_v3`: 0.3).
    pub span: f64,
    /// Share of a neighbourhood that a cell may hold (`dloess`: 0.2).
    pub cell: f64,
}

impl Loess {
    /// Local quadratics over a share `span` of the points.
    pub fn new(span: f64) -> Self {
        Self { span, cell: 0.2 }
    }

    /// The fitted value at every point. O(n log n + vertices · n).
    ///
    /// # Errors
    /// A span that is not in (0, 1], lists of different length, values that are not finite.
    pub fn fit(&self, x: &[f64], y: &[f64]) -> Result<Vec<f64>, PreprocessError> {
        for (field, value) in [("span", self.span), ("cell", self.cell)] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(PreprocessError::Parameter {
                    field,
                    value,
                    bound: "above 0 and at most 1",
                });
            }
        }
        if x.len() != y.len() {
            return Err(PreprocessError::Length {
                what: "y",
                got: y.len(),
                expected: x.len(),
            });
        }
        if let Some(&value) = x.iter().chain(y).find(|value| !value.is_finite()) {
            return Err(PreprocessError::Parameter {
                field: "a point",
                value,
                bound: "finite",
            });
        }
        if x.is_empty() {
            return Ok(Vec::new());
        }
        let n = x.len();
        let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let neighbors = ((n as f64 * self.span + 1e-5).floor() as usize).clamp(n.min(3), n);
        let cell = (n as f64 * self.span * self.cell).floor() as usize;
        let vertices: Vec<Vertex> = cuts(&points, cell.max(1))
            .into_iter()
            .map(|at| Vertex::fit(&points, at, neighbors))
            .collect();
        Ok(x.iter().map(|&x| blended(&vertices, x)).collect())
    }
}

/// A place with the value and the slope of the local fit there.
struct Vertex {
    at: f64,
    value: f64,
    slope: f64,
}

impl Vertex {
    fn fit(points: &[(f64, f64)], at: f64, neighbors: usize) -> Self {
        let near = nearest_window(points, at, neighbors);
        let width = near
            .iter()
            .map(|&(x, _)| (x - at).abs())
            .fold(0.0, f64::max);
        let mean = near.iter().map(|&(_, y)| y).sum::<f64>() / near.len() as f64;
        let level = Self {
            at,
            value: mean,
            slope: 0.0,
        };
        if near.iter().all(|&(x, _)| (x - at).abs() >= width) {
            // All points are as far as the farthest one, so every weight is zero.
            return level;
        }
        // Square roots of the tricube weights; the predictor in units of the width keeps the system well scaled.
        let root = |u: f64| (1.0 - u.abs().powi(3)).max(0.0).powi(3).sqrt();
        let rows: Vec<(f64, f64, f64)> = near
            .iter()
            .map(|&(x, y)| ((x - at) / width, y))
            .map(|(u, y)| (root(u), u, y))
            .collect();
        let design = DMatrix::from_fn(rows.len(), 3, |i, j| rows[i].0 * rows[i].1.powi(j as i32));
        let target = DVector::from_fn(rows.len(), |i, _| rows[i].0 * rows[i].2);
        let svd = design.svd(true, true);
        let floor = svd.singular_values.max() * 1e-12;
        match svd.solve(&target, floor) {
            Ok(quadratic) => Self {
                at,
                value: quadratic[0],
                slope: quadratic[1] / width,
            },
            Err(_) => level,
        }
    }
}

/// The `count` points nearest to `at`: a window of the sorted points.
fn nearest_window(points: &[(f64, f64)], at: f64, count: usize) -> &[(f64, f64)] {
    let mut start = points
        .partition_point(|&(x, _)| x < at)
        .saturating_sub(count);
    while start + count < points.len() && points[start + count].0 - at < at - points[start].0 {
        start += 1;
    }
    &points[start..start + count]
}

/// The vertices, ascending.
fn cuts(points: &[(f64, f64)], cell: usize) -> Vec<f64> {
    let x = |i: usize| points[i].0;
    let (low, high) = (x(0), x(points.len() - 1));
    let margin = 0.005 * (high - low).max(low.abs().max(high.abs()) * 1e-3 + 1e-30);
    let mut vertices = vec![low - margin, high + margin];
    // A cell: its first and last point, and its two ends.
    let mut cells = vec![(0, points.len() - 1, low - margin, high + margin)];
    while let Some((first, last, from, to)) = cells.pop() {
        if last - first < cell {
            continue;
        }
        // One-based lower median, because the reference counts from one.
        let median = (first + last + 2) / 2 - 1;
        let steps = (1..).flat_map(|i: isize| [i, -i]);
        let place = std::iter::once(0)
            .chain(steps)
            .map(|step| median as isize + step)
            .take_while(|&i| i >= first as isize && i < last as isize)
            .map(|i| i as usize)
            .find(|&i| x(i) != x(i + 1))
            .unwrap_or(median);
        let cut = x(place);
        if cut != from && cut != to {
            vertices.push(cut);
            cells.push((first, place, from, cut));
            if place < last {
                cells.push((place + 1, last, cut, to));
            }
        }
    }
    vertices.sort_by(f64::total_cmp);
    vertices.dedup();
    vertices
}

/// The cubic through the two vertices around `x`.
fn blended(vertices: &[Vertex], x: f64) -> f64 {
    let right = vertices
        .partition_point(|vertex| vertex.at <= x)
        .clamp(1, vertices.len() - 1);
    let (a, b) = (&vertices[right - 1], &vertices[right]);
    let width = b.at - a.at;
    let t = (x - a.at) / width;
    let (t2, t3) = (t * t, t * t * t);
    (2.0 * t3 - 3.0 * t2 + 1.0) * a.value
        + (t3 - 2.0 * t2 + t) * width * a.slope
        + (3.0 * t2 - 2.0 * t3) * b.value
        + (t3 - t2) * width * b.slope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scikit_misc() -> Result<(), Box<dyn std::error::Error>> {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../tests/golden/loess.json"))?;
        for case in golden.as_array().into_iter().flatten() {
            let list = |key: &str| serde_json::from_value::<Vec<f64>>(case[key].clone());
            let fit = Loess::new(0.3).fit(&list("x")?, &list("y")?)?;
            for (ours, theirs) in fit.iter().zip(list("fit")?) {
                assert!(
                    (ours - theirs).abs() < 1e-12,
                    "{}: {ours} against {theirs}",
                    case["name"]
                );
            }
        }
        Ok(())
    }

    #[test]
    fn few_or_equal_points_are_no_trap() -> Result<(), PreprocessError> {
        assert!(Loess::new(0.3).fit(&[], &[])?.is_empty());
        assert_eq!(Loess::new(0.3).fit(&[2.0], &[5.0])?, [5.0]);
        let fit = Loess::new(0.3).fit(&[1.0; 9], &[0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0])?;
        assert!(fit.iter().all(|fit| fit.is_finite()));
        let stairs: Vec<f64> = (0..60).map(|i| f64::from(i / 20)).collect();
        assert!(
            Loess::new(0.3)
                .fit(&stairs, &stairs)?
                .iter()
                .zip(&stairs)
                .all(|(fit, y)| (fit - y).abs() < 1e-9)
        );
        Ok(())
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(
            Loess::new(0.0).fit(&[1.0], &[1.0]),
            Err(PreprocessError::Parameter { field: "span", .. })
        ));
        assert!(matches!(
            Loess::new(0.3).fit(&[1.0], &[]),
            Err(PreprocessError::Length { .. })
        ));
        assert!(matches!(
            Loess::new(0.3).fit(&[f64::NAN], &[1.0]),
            Err(PreprocessError::Parameter {
                field: "a point",
                ..
            })
        ));
    }
}
