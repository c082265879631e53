//! Scores after clusters get the names of classes by the best one-to-one matching.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use crate::Contingency;

/// Resolution of the second criterion, with room for a sum of it over fifty classes.
const FINE: f64 = 1e9;

/// Cluster matched to each class (index in [`Contingency::clusters`]), so that most spots agree; `None` for classes without a
/// cluster.
///
/// Of several such matchings the one with the highest F1 is used, so that no score depends on the names of the labels.
///
/// # Complexity
/// `O(max(classes, clusters)³)` (Kuhn-Munkres).
pub fn matching(table: &Contingency) -> Vec<Option<usize>> {
    let (classes, clusters) = (table.classes().len(), table.clusters().len());
    let size = classes.max(clusters);
    let (rows, columns) = (table.class_sizes(), table.cluster_sizes());
    let mut weights = Matrix::new(size, size, 0i64);
    for (i, row) in table.counts().iter().enumerate() {
        for (j, &n) in row.iter().enumerate() {
            let f1 = 2.0 * n as f64 / (rows[i] + columns[j]) as f64;
            weights[(i, j)] =
                n as i64 * (FINE as i64 * size as i64 + 1) + (f1 * FINE).round() as i64;
        }
    }
    let (_, chosen) = kuhn_munkres(&weights);
    chosen
        .into_iter()
        .take(classes)
        .map(|c| (c < clusters).then_some(c))
        .collect()
}

/// Fraction of spots whose cluster is matched to their class (ACC of the SemST tables).
///
/// ```
/// use semst_evaluation::{Contingency, accuracy};
/// let table = Contingency::new(&[0, 0, 0, 1].map(Some), &[8, 8, 3, 3])?;
/// assert_eq!(accuracy(&table), 0.75);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
pub fn accuracy(table: &Contingency) -> f64 {
    let hits: u64 = matching(table)
        .iter()
        .zip(table.counts())
        .filter_map(|(c, row)| c.map(|c| row[c]))
        .sum();
    hits as f64 / table.total() as f64
}

/// Mean over true classes of the F1 of the matched cluster, 0 for a class without one.
///
/// With as many clusters as classes this is scikit-learn's macro F1 of the renamed labels. Unmatched clusters only count through
/// their spots.
pub fn macro_f1(table: &Contingency) -> f64 {
    let (classes, clusters) = (table.class_sizes(), table.cluster_sizes());
    let f1 = |(class, cluster): (usize, Option<usize>)| {
        cluster.map_or(0.0, |c| {
            2.0 * table.counts()[class][c] as f64 / (classes[class] + clusters[c]) as f64
        })
    };
    matching(table).into_iter().enumerate().map(f1).sum::<f64>() / classes.len() as f64
}
