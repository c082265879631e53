//! ASW: the silhouette of the domains in the plane of the tissue.

use std::collections::BTreeMap;

use ndarray::ArrayView2;
use rand::seq::index::sample;
use rayon::prelude::*;
use semst_seed::Seed;

use crate::EvaluationError;
use crate::coordinates::{checked, squared};

/// Above this number of spots [`spatial_silhouette`] averages over a sample of this size.
pub const SILHOUETTE_EXACT: usize = 20_000;

/// Mean silhouette of the labels with Euclidean distances between spots (SDMBench's ASW), -1 to 1, higher is better.
///
/// `s = (b - a) / max(a, b)`, `a` the mean distance to the other spots of the own domain, `b` the smallest mean
/// distance to another domain; 0 for a domain of one spot. Exact up to [`SILHOUETTE_EXACT`] spots. Above, it is the
/// mean over that many spots drawn without replacement by `seed`, each still compared with all spots: unbiased.
///
/// # Shapes
/// `coords`: `[N, 2]`.
///
/// # Errors
/// [`EvaluationError`] if lengths differ or a coordinate is not finite; `Undefined` for fewer than two domains.
///
/// # Complexity
/// `O(min(N, 20,000) · N)` time, in parallel; `O(N)` memory.
///
/// # Examples
/// ```
/// let coords = ndarray::array![[0.0, 0.0], [1.0, 0.0], [10.0, 0.0], [11.0, 0.0]];
/// let asw = semst_evaluation::spatial_silhouette(&[0, 0, 1, 1], coords.view(), 0)?;
/// assert!((asw - 0.5 * (9.5 / 10.5 + 8.5 / 9.5)).abs() < 1e-12);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
///
/// # References
/// Rousseeuw 1987; docs/methods.md 2.2.
pub fn spatial_silhouette(
    labels: &[u32],
    coords: ArrayView2<'_, f64>,
    seed: u64,
) -> Result<f64, EvaluationError> {
    let points = checked(coords, labels.len())?;
    let (own, sizes) = numbered(labels);
    if sizes.len() < 2 {
        return Err(EvaluationError::Undefined {
            score: "the silhouette",
            why: "there are fewer than two domains",
        });
    }
    let rows: Vec<usize> = if points.len() <= SILHOUETTE_EXACT {
        (0..points.len()).collect()
    } else {
        sample(&mut Seed(seed).rng(), points.len(), SILHOUETTE_EXACT).into_vec()
    };
    let each: Vec<f64> = rows
        .par_iter()
        .map(|&i| {
            let mut sums = vec![0.0; sizes.len()];
            for (point, &l) in points.iter().zip(&own) {
                sums[l] += squared(*point, points[i]).sqrt();
            }
            silhouette(&sums, &sizes, own[i])
        })
        .collect();
    Ok(each.iter().sum::<f64>() / each.len() as f64)
}

fn silhouette(sums: &[f64], sizes: &[f64], own: usize) -> f64 {
    if sizes[own] < 2.0 {
        return 0.0;
    }
    let a = sums[own] / (sizes[own] - 1.0);
    let others = (0..sizes.len()).filter(|&l| l != own);
    let b = others
        .map(|l| sums[l] / sizes[l])
        .fold(f64::INFINITY, f64::min);
    let most = a.max(b);
    if most > 0.0 { (b - a) / most } else { 0.0 }
}

/// Labels as `0..` in ascending order, and the size of each.
fn numbered(labels: &[u32]) -> (Vec<usize>, Vec<f64>) {
    let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
    for &l in labels {
        *sizes.entry(l).or_default() += 1.0;
    }
    let place: BTreeMap<u32, usize> = sizes.keys().enumerate().map(|(i, &l)| (l, i)).collect();
    (
        labels.iter().map(|l| place[l]).collect(),
        sizes.into_values().collect(),
    )
}
