//! Diffusion: spreads features over a graph.

mod conjugate_gradients;
mod pieces;
mod strength;
mod strength_scores;

pub use strength::Strength;
pub use strength_scores::strength_scores;

use crate::{GraphError, Postprocess, SpatialGraph, Symmetrize};
use conjugate_gradients::{Operator, solve};
use pieces::strengths;
use serde::{Deserialize, Serialize};

/// Columns that are solved together. The solver needs five arrays of this width.
const COLUMNS: usize = 16;

/// How the Laplacian L is normalised by the degrees D of the graph A.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Laplacian {
    /// `I - D^-½ A D^-½`, as in the tables of docs/protocol.md.
    #[default]
    Symmetric,
    /// `I - D⁻¹ A`. A constant feature stays constant, so spots with few links are not damped.
    RandomWalk,
}

/// Spreads features over a graph: solves `(I + aL) Y = X` by conjugate gradients.
///
/// `strength` is a. X and Y are row-major, one row for each spot. The residual of each column is at most 1e-6 of its length.
/// A graph that is not symmetric is replaced by the maximum with its transpose. Self-links do not count.
/// Spots without links keep their features.
///
/// # Shapes
/// - `x`: [n, d]
/// - result: [n, d]
///
/// # Errors
/// - [`GraphError::Length`] when the length of `x` is not a multiple of n.
/// - [`GraphError::Feature`] when a feature is NaN or infinite.
/// - [`GraphError::Parameter`] when a link has a negative weight.
/// - [`GraphError::NotConverged`] when the solver does not converge.
///
/// # Complexity
/// O(√a · (links + n) · d) in f64. The bits do not depend on the number of threads. It needs O(16 n) memory in addition to X and Y.
///
/// # Examples
/// ```
/// use semst_spatial_graph::{Laplacian, Link, SpatialGraph, diffuse};
/// // Two linked spots: L = [[1, -1], [-1, 1]]. With a = 1 each gives a third of its feature to the other.
/// let pair = SpatialGraph::from_edges(2, [Link::new(0, 1), Link::new(1, 0)])?;
/// let y = diffuse(&pair, &[3.0, 0.0], 1.0, Laplacian::Symmetric)?;
/// assert!((y[0] - 2.0).abs() < 1e-5 && (y[1] - 1.0).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diffuse(
    graph: &SpatialGraph,
    x: &[f32],
    strength: f64,
    laplacian: Laplacian,
) -> Result<Vec<f32>, GraphError> {
    diffuse_by(graph, x, &vec![strength; graph.n()], laplacian)
}

/// As [`diffuse`], with a bound on the strength in each piece of a graph of several pieces.
///
/// Diffusion damps every difference within a piece, but not the difference between the means of two pieces. With a strength that
/// is too large for small pieces, that difference is the largest that is left, and a domain becomes a piece. So the strength in a
/// piece of n spots is at most n / 22: the widest pattern of the piece then keeps 90 % of its height. A piece is a connected part
/// of at least a twentieth of the spots; a graph of fewer than two pieces is diffused as by [`diffuse`], with the same bits.
///
/// # Errors
/// As [`diffuse`].
///
/// # Examples
/// ```
/// use semst_spatial_graph::{Laplacian, Link, SpatialGraph, diffuse, diffuse_pieces, least_strength};
/// let path = |from: u32| [Link::new(from, from + 1), Link::new(from + 1, from + 2)];
/// let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let two = SpatialGraph::from_edges(6, [path(0), path(3)].concat())?;
/// // Three spots a piece: the strength is 3 / 22 in both.
/// let bounded = diffuse_pieces(&two, &x, 10.0, Laplacian::Symmetric)?;
/// assert_eq!(least_strength(&two, 10.0), 3.0 / 22.0);
/// assert_eq!(bounded, diffuse(&two, &x, 3.0 / 22.0, Laplacian::Symmetric)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diffuse_pieces(
    graph: &SpatialGraph,
    x: &[f32],
    strength: f64,
    laplacian: Laplacian,
) -> Result<Vec<f32>, GraphError> {
    diffuse_by(graph, x, &strengths(graph, strength), laplacian)
}

/// The least strength that [`diffuse_pieces`] takes in a piece: `strength`, or less for small pieces. O(n + links).
pub fn least_strength(graph: &SpatialGraph, strength: f64) -> f64 {
    let all = strengths(graph, strength);
    all.into_iter().fold(strength, f64::min)
}

/// Diffusion with a strength for each spot, which is the same for linked spots.
fn diffuse_by(
    graph: &SpatialGraph,
    x: &[f32],
    strengths: &[f64],
    laplacian: Laplacian,
) -> Result<Vec<f32>, GraphError> {
    let n = graph.n();
    if n == 0 || !x.len().is_multiple_of(n) {
        return Err(GraphError::Length {
            what: "the features",
            got: x.len(),
            expected: n,
        });
    }
    let d = x.len() / n;
    if let Some(at) = x.iter().position(|value| !value.is_finite()) {
        return Err(GraphError::Feature {
            row: at / d,
            column: at % d,
            value: x[at],
        });
    }
    if let Some(weight) = graph.weights().iter().find(|w| **w < 0.0) {
        return Err(GraphError::Parameter {
            field: "the weight of a link",
            value: f64::from(*weight),
            bound: "not negative for diffusion",
        });
    }
    let links = Symmetrize.apply(graph.without_diagonal())?;
    let degrees = links.row_sums();
    let links = links.sym_normalized();
    // The random walk is the symmetric operator in coordinates scaled by √degree.
    let scale: Vec<f64> = degrees
        .iter()
        .map(|degree| match laplacian {
            Laplacian::RandomWalk if *degree > 0.0 => degree.sqrt(),
            _ => 1.0,
        })
        .collect();
    let operator = Operator {
        links: &links,
        diagonal: degrees
            .iter()
            .zip(strengths)
            .map(|(degree, a)| if *degree > 0.0 { 1.0 + a } else { 1.0 })
            .collect(),
        factors: strengths.iter().map(|a| -a).collect(),
    };
    let mut out = vec![0.0; x.len()];
    // Columns are independent. A few at a time give the same bits as all together, and need less memory.
    for first in (0..d).step_by(COLUMNS) {
        let width = COLUMNS.min(d - first);
        let right: Vec<f64> = (0..n)
            .flat_map(|i| x[i * d + first..][..width].iter().map(move |v| (i, *v)))
            .map(|(i, v)| f64::from(v) * scale[i])
            .collect();
        let y = solve(&operator, right, width)?;
        for (i, row) in y.chunks(width).enumerate() {
            let to = &mut out[i * d + first..][..width];
            to.iter_mut()
                .zip(row)
                .for_each(|(to, v)| *to = (v / scale[i]) as f32);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Link;

    /// A path of four spots, and one isolated spot.
    fn path() -> SpatialGraph {
        SpatialGraph::from_edges(5, [Link::new(0, 1), Link::new(1, 2), Link::new(2, 3)])
            .expect("a valid graph")
    }

    #[test]
    fn the_equation_holds() -> Result<(), GraphError> {
        let x = [1.0f32, -2.0, 4.0, 0.5, -3.0, 6.0, 2.0, 2.0, 9.0, 8.0];
        let degree = [1.0f64, 2.0, 2.0, 1.0];
        for (laplacian, a) in [
            (Laplacian::Symmetric, 10.0),
            (Laplacian::RandomWalk, 10.0),
            (Laplacian::RandomWalk, 1000.0),
        ] {
            let y = diffuse(&path(), &x, a, laplacian)?;
            for c in 0..2 {
                for i in 0..4usize {
                    let mut sum = 0.0;
                    for j in [i.wrapping_sub(1), i + 1] {
                        if j < 4 {
                            let w = match laplacian {
                                Laplacian::Symmetric => (degree[i] * degree[j]).sqrt(),
                                Laplacian::RandomWalk => degree[i],
                            };
                            sum += f64::from(y[2 * j + c]) / w;
                        }
                    }
                    let left = f64::from(y[2 * i + c]) * (1.0 + a) - a * sum;
                    // 1e-6 of the column, plus the f32 rounding of the solution times 1 + a.
                    assert!((left - f64::from(x[2 * i + c])).abs() < 1e-5 + 1e-6 * a);
                }
            }
            assert_eq!(&y[8..], &x[8..], "a spot without links keeps its features");
        }
        Ok(())
    }

    #[test]
    fn zero_strength_changes_nothing() -> Result<(), GraphError> {
        let x = [1.0f32, 2.0, 0.0, -1.0, 5.0];
        assert_eq!(diffuse(&path(), &x, 0.0, Laplacian::Symmetric)?, x);
        Ok(())
    }

    #[test]
    fn features_that_are_not_finite_are_refused() {
        for value in [f32::NAN, f32::INFINITY] {
            let x = [1.0, 2.0, value, 4.0, 5.0];
            let refused = diffuse(&path(), &x, 10.0, Laplacian::Symmetric);
            let named = matches!(
                refused,
                Err(GraphError::Feature {
                    row: 2,
                    column: 0,
                    ..
                })
            );
            assert!(named, "{refused:?}");
        }
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let n = 1500;
        let links = (0..n as u32 - 1).map(|i| Link::new(i, i + 1));
        let graph = SpatialGraph::from_edges(n, links).expect("a valid graph");
        let x: Vec<f32> = (0..n * 3).map(|i| (i as f32 * 0.37).sin()).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| diffuse(&graph, &x, 10.0, Laplacian::Symmetric))
                .expect("it converges")
        };
        let one = run(1);
        assert!(
            run(3)
                .iter()
                .zip(&one)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
    }
}
