//! Scores of a partition against a true one that do not depend on the names of the labels.
//!
//! Definitions and special cases are those of scikit-learn.

use statrs::function::gamma::ln_gamma;

use crate::Contingency;

/// Adjusted Rand index: 1 for equal partitions, 0 on average for random ones, -0.5 at least.
///
/// `2 (TP·TN - FN·FP) / ((TP+FN)(FN+TN) + (TP+FP)(FP+TN))` over pairs of spots.
///
/// ```
/// use semst_evaluation::{Contingency, adjusted_rand_index};
///
/// let truth = [0, 0, 1, 1].map(Some);
/// assert_eq!(adjusted_rand_index(&Contingency::new(&truth, &[5, 5, 3, 3])?), 1.0);
/// assert_eq!(adjusted_rand_index(&Contingency::new(&truth, &[0, 1, 0, 1])?), -0.5);
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
///
/// # References
/// Hubert & Arabie 1985.
pub fn adjusted_rand_index(table: &Contingency) -> f64 {
    let (together, by_class, by_cluster, all) = pairs(table);
    let (tp, false_negative, fp) = (together, by_class - together, by_cluster - together);
    let tn = all - tp - false_negative - fp;
    if false_negative == 0 && fp == 0 {
        return 1.0;
    }
    let top = 2 * (tp * tn - false_negative * fp);
    let bottom = (tp + false_negative) * (false_negative + tn) + (tp + fp) * (fp + tn);
    top as f64 / bottom as f64
}

/// Fowlkes-Mallows index, `TP / √((TP+FP)(TP+FN))` over pairs of spots.
///
/// # References
/// Fowlkes & Mallows 1983.
pub fn fowlkes_mallows(table: &Contingency) -> f64 {
    let (together, by_class, by_cluster, _) = pairs(table);
    if together == 0 {
        0.0
    } else {
        (together as f64 / by_class as f64).sqrt() * (together as f64 / by_cluster as f64).sqrt()
    }
}

/// Mutual information in nats.
pub fn mutual_information(table: &Contingency) -> f64 {
    let n = table.total() as f64;
    let (rows, columns) = (table.class_sizes(), table.cluster_sizes());
    let mut sum = 0.0;
    for (counts, &a) in table.counts().iter().zip(&rows) {
        for (&c, &b) in counts.iter().zip(&columns).filter(|(c, _)| **c > 0) {
            let c = c as f64;
            sum += c / n * ((c / n).ln() - (a as f64 / n).ln() - (b as f64 / n).ln());
        }
    }
    sum.max(0.0)
}

/// Normalised mutual information, divided by the arithmetic mean of the entropies.
///
/// # References
/// docs/methods.md 2.1; scikit-learn `normalized_mutual_info_score`.
pub fn normalized_mutual_information(table: &Contingency) -> f64 {
    if trivial(table) {
        return 1.0;
    }
    let mi = mutual_information(table);
    if mi <= f64::EPSILON {
        return 0.0;
    }
    mi / mean_entropy(table).max(f64::EPSILON)
}

/// Mutual information adjusted for chance, `(MI - E[MI]) / (mean entropy - E[MI])`, with the exact expectation.
///
/// # Complexity
/// `O(classes · clusters + N · (classes + clusters))`.
///
/// # References
/// Vinh, Epps & Bailey 2010; scikit-learn `adjusted_mutual_info_score`.
pub fn adjusted_mutual_information(table: &Contingency) -> f64 {
    if trivial(table) {
        return 1.0;
    }
    let expected = expected_mutual_information(table);
    let span = mean_entropy(table) - expected;
    let span = if span < 0.0 {
        span.min(-f64::EPSILON)
    } else {
        span.max(f64::EPSILON)
    };
    (mutual_information(table) - expected) / span
}

/// Whether each cluster has spots of one class only, `MI / H(class)`; 1 if there is one class.
pub fn homogeneity(table: &Contingency) -> f64 {
    ratio(mutual_information(table), entropy(&table.class_sizes()))
}

/// Whether each class is in one cluster, `MI / H(cluster)`; 1 if there is one cluster.
pub fn completeness(table: &Contingency) -> f64 {
    ratio(mutual_information(table), entropy(&table.cluster_sizes()))
}

/// Harmonic mean of [`homogeneity`] and [`completeness`].
///
/// # References
/// Rosenberg & Hirschberg 2007.
pub fn v_measure(table: &Contingency) -> f64 {
    let (h, c) = (homogeneity(table), completeness(table));
    if h + c == 0.0 {
        0.0
    } else {
        2.0 * h * c / (h + c)
    }
}

/// Fraction of spots that belong to the largest class of their cluster.
pub fn purity(table: &Contingency) -> f64 {
    let largest = |c: usize| table.counts().iter().map(|r| r[c]).max().unwrap_or(0);
    (0..table.clusters().len()).map(largest).sum::<u64>() as f64 / table.total() as f64
}

/// Numbers of pairs of spots: together in both, in the class, in the cluster, all.
fn pairs(table: &Contingency) -> (i128, i128, i128, i128) {
    let two = |n: u64| i128::from(n) * (i128::from(n) - 1) / 2;
    let together = table.counts().iter().flatten().map(|&n| two(n)).sum();
    let by_class = table.class_sizes().into_iter().map(two).sum();
    let by_cluster = table.cluster_sizes().into_iter().map(two).sum();
    (together, by_class, by_cluster, two(table.total()))
}

/// Whether there is one class and one cluster, so that they cannot disagree.
fn trivial(table: &Contingency) -> bool {
    table.classes().len() == 1 && table.clusters().len() == 1
}

fn entropy(sizes: &[u64]) -> f64 {
    if sizes.len() < 2 {
        return 0.0;
    }
    let n = sizes.iter().sum::<u64>() as f64;
    -sizes
        .iter()
        .filter(|&&s| s > 0)
        .map(|&s| s as f64 / n * (s as f64 / n).ln())
        .sum::<f64>()
}

fn mean_entropy(table: &Contingency) -> f64 {
    0.5 * (entropy(&table.class_sizes()) + entropy(&table.cluster_sizes()))
}

fn ratio(mi: f64, entropy: f64) -> f64 {
    if entropy == 0.0 { 1.0 } else { mi / entropy }
}

/// Expectation of the mutual information over all tables with these margins (hypergeometric).
fn expected_mutual_information(table: &Contingency) -> f64 {
    let n = table.total();
    let fact = |v: u64| ln_gamma(v as f64 + 1.0);
    let mut sum = 0.0;
    for &a in &table.class_sizes() {
        for &b in &table.cluster_sizes() {
            let fixed = fact(a) + fact(b) + fact(n - a) + fact(n - b) - fact(n);
            for m in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                let share = m as f64 / n as f64;
                let surprise =
                    (m as f64).ln() + (n as f64).ln() - (a as f64).ln() - (b as f64).ln();
                let weight = fixed - fact(m) - fact(a - m) - fact(b - m) - fact(n + m - a - b);
                sum += share * surprise * weight.exp();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests;
