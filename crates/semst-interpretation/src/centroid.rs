//! The genes that move a domain's semantic centroid away from the rest of the slide.

use crate::GeneSource;
use crate::attribution::Scores;
use crate::subject::{contrasts, domain_means};

/// For each domain the weights of all genes: w_g = (ū_g − b_g)(v_g − p̄)·Δp for genes with higher weight in the domain, if
/// positive; zero for others.
///
/// Δp is the domain's mean pooled vector minus that of the other spots, p̄ the slide's mean. For poolings that are sums, p̄ is
/// left out.
pub(crate) fn weights(source: &GeneSource<'_>, labels: &[u32], scores: &[Scores]) -> Vec<Vec<f64>> {
    let pooled = source.pooled.pooled();
    let moved = contrasts(&domain_means(pooled, labels, scores.len()), labels);
    let along = source
        .pooled
        .genes()
        .vectors
        .mapv(f64::from)
        .dot(&moved.t());
    let centre = domain_means(pooled, &vec![0; labels.len()], 1);
    scores
        .iter()
        .zip(along.columns())
        .zip(moved.outer_iter())
        .map(|((scores, along), moved)| {
            // In a mean, more of one gene means less of all others.
            let shift = match source.pooled.is_mean() {
                true => centre.row(0).dot(&moved),
                false => 0.0,
            };
            let weights = scores.here.iter().zip(&scores.elsewhere).zip(along);
            weights
                .map(|((here, elsewhere), along)| {
                    (here - elsewhere).max(0.0) * (along - shift).max(0.0)
                })
                .collect()
        })
        .collect()
}
