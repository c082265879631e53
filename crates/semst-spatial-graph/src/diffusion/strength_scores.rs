//! The strength of diffusion that predicts the spots of a slide best from each other.

use rand::RngExt;
use semst_seed::{Seed, Stream};

use super::{Laplacian, diffuse};
use crate::{GraphError, SpatialGraph};

/// Random vectors that estimate the trace, for few spots and for many. The error of tr K / n is about √(2 / (vectors · spots)): far
/// below the difference between two strengths with 32 vectors for a hundred spots, and with two for a hundred thousand.
const MOST_PROBES: usize = 32;
const LEAST_PROBES: usize = 2;
/// Up to this many values are drawn, unless that is fewer than two vectors.
const DRAWS: usize = 200_000;

/// Scores strengths of diffusion by generalised cross-validation, without labels.
///
/// Diffusion is a linear smoother, y = K x with K = (I + aL)⁻¹. Its score is the squared error with which the other spots predict a
/// spot, in the form that does not depend on the order of the spots:
///
/// `GCV(a) = ‖x − K x‖² / (1 − tr K / n)² / ‖x‖²`
///
/// Too little diffusion predicts with the noise of few neighbours, too much with spots of other domains, so the score has a least
/// value in between. It is 1 for a prediction that is as far off as zero is. The trace is estimated from random vectors of ±1: 32 up
/// to 6,250 spots, fewer above.
///
/// Source: Craven and Wahba 1979 (the score); Hutchinson 1989 (the trace).
///
/// # Shapes
/// - `x`: [n, d], centred columns
/// - result: one score for each strength; infinite where no spot has a neighbour, or `x` is zero
///
/// # Errors
/// As [`diffuse`].
///
/// # Complexity
/// As [`diffuse`] of d + 32 columns, or fewer, for each strength.
///
/// # Examples
/// ```
/// use semst_spatial_graph::{Laplacian, Link, SpatialGraph, strength_scores};
/// let path = (0..199).map(|i| Link::new(i, i + 1));
/// let path = SpatialGraph::from_edges(200, path)?;
/// // Domains of 25 spots, with noise that changes its sign from spot to spot: a diffusion of 100 predicts a spot best.
/// let x: Vec<f32> = (0..200i16).map(|i| f32::from((i / 25 % 2) * 2 - 1 + (i % 2) * 2 - 1)).collect();
/// let scores = strength_scores(&path, &x, &[0.1, 100.0, 10_000.0], Laplacian::Symmetric, 0)?;
/// assert!(scores[1] < scores[0] && scores[1] < scores[2], "{scores:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn strength_scores(
    graph: &SpatialGraph,
    x: &[f32],
    strengths: &[f64],
    laplacian: Laplacian,
    seed: u64,
) -> Result<Vec<f64>, GraphError> {
    let n = graph.n();
    let mut draws = Seed(seed).stream(Stream::TraceProbes).rng();
    let n_probes = (DRAWS / n.max(1)).clamp(LEAST_PROBES, MOST_PROBES);
    let probes: Vec<f32> = (0..n * n_probes)
        .map(|_| if draws.random::<bool>() { 1.0 } else { -1.0 })
        .collect();
    let score = |&strength: &f64| {
        let smooth = diffuse(graph, x, strength, laplacian)?;
        let spread = diffuse(graph, &probes, strength, laplacian)?;
        let trace = dot(&probes, &spread) / n_probes as f64;
        let apart: Vec<f32> = x.iter().zip(&smooth).map(|(x, y)| x - y).collect();
        // The part of a spot that is not its own weight.
        let others = 1.0 - trace / n as f64;
        let score = dot(&apart, &apart) / (others * others) / dot(x, x);
        let is_defined = others > 1e-9 && score.is_finite();
        Ok(if is_defined { score } else { f64::INFINITY })
    };
    strengths.iter().map(score).collect()
}

/// In f64, in the order of the spots, so that the bits do not depend on the number of threads.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Link;

    /// A square lattice of `side` × `side` spots.
    fn lattice(side: u32) -> SpatialGraph {
        let at = |row: u32, column: u32| row * side + column;
        let mut links = Vec::new();
        for row in 0..side {
            for column in 1..side {
                links.push(Link::new(at(row, column - 1), at(row, column)));
                links.push(Link::new(at(column - 1, row), at(column, row)));
            }
        }
        SpatialGraph::from_edges((side * side) as usize, links).expect("a valid graph")
    }

    #[test]
    fn scores_are_those_of_the_exact_trace() -> Result<(), GraphError> {
        let graph = lattice(12);
        let n = graph.n();
        let x: Vec<f32> = (0..n).map(|i| (i as f32 * 0.7).sin()).collect();
        let mut identity = vec![0.0; n * n];
        (0..n).for_each(|i| identity[i * n + i] = 1.0);
        let strengths = [0.5, 4.0, 30.0];
        let scores = strength_scores(&graph, &x, &strengths, Laplacian::Symmetric, 3)?;
        for (a, score) in strengths.into_iter().zip(scores) {
            let k = diffuse(&graph, &identity, a, Laplacian::Symmetric)?;
            let trace: f32 = (0..n).map(|i| k[i * n + i]).sum();
            let y = diffuse(&graph, &x, a, Laplacian::Symmetric)?;
            let square =
                |v: &mut dyn Iterator<Item = f32>| v.map(|v| f64::from(v * v)).sum::<f64>();
            let error = square(&mut x.iter().zip(&y).map(|(x, y)| x - y));
            let own = 1.0 - f64::from(trace) / n as f64;
            let exact = error / (own * own) / square(&mut x.iter().copied());
            assert!(
                (score / exact - 1.0).abs() < 0.05,
                "a = {a}: {score} {exact}"
            );
        }
        Ok(())
    }

    #[test]
    fn narrow_patterns_want_less_than_wide_ones() -> Result<(), GraphError> {
        let side = 30;
        let graph = lattice(side);
        let mut draws = Seed(5).rng();
        let best = |width: u32, draws: &mut rand_pcg::Pcg64| -> Result<f64, GraphError> {
            let strengths = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
            let band = |i: u32| {
                if (i / side / width).is_multiple_of(2) {
                    1.0
                } else {
                    -1.0
                }
            };
            let x: Vec<f32> = (0..side * side)
                .map(|i| band(i) + 3.0 * (draws.random::<f32>() - 0.5))
                .collect();
            let scores = strength_scores(&graph, &x, &strengths, Laplacian::Symmetric, 0)?;
            let least = (0..scores.len()).min_by(|&i, &j| scores[i].total_cmp(&scores[j]));
            Ok(strengths[least.unwrap_or(0)])
        };
        let [narrow, wide] = [best(2, &mut draws)?, best(15, &mut draws)?];
        assert!(narrow < wide, "{narrow} {wide}");
        Ok(())
    }

    #[test]
    fn without_neighbours_no_strength_has_a_score() -> Result<(), GraphError> {
        let lone = SpatialGraph::from_edges(3, [])?;
        let scores = strength_scores(&lone, &[1.0, 2.0, -3.0], &[1.0], Laplacian::Symmetric, 0)?;
        assert_eq!(scores, [f64::INFINITY]);
        let zero = strength_scores(&lattice(3), &[0.0; 9], &[1.0], Laplacian::Symmetric, 0)?;
        assert_eq!(zero, [f64::INFINITY]);
        Ok(())
    }
}
