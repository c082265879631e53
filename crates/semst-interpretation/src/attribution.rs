//! Computes scores of genes from the answers of spots.

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use semst_fsm_modulation::Modulator;
use semst_record::GeneScore;
use semst_semantic_embedding::GeneVectors;

use crate::gradient::Gradient;
use crate::response::Answers;
use crate::subject::{asked, contrasts, members, sizes};
use crate::{GeneSource, InterpretError, Subject};

/// Spots whose sums are computed together. Fixed, so that the sums do not depend on the number of threads.
const CHUNK: usize = 256;

/// Pairs for each spot, one in each section of the path between two spots.
const STEPS: usize = 8;

/// Scores of all pooled genes, for one domain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scores {
    pub(crate) attribution: Vec<f64>,
    pub(crate) here: Vec<f64>,
    pub(crate) elsewhere: Vec<f64>,
}

impl Scores {
    /// Attributions of the genes that are higher in the domain than elsewhere and increase its answer; zero for others.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let more = self.here.iter().zip(&self.elsewhere);
        more.zip(&self.attribution)
            .map(|((here, elsewhere), a)| if here > elsewhere { a.max(0.0) } else { 0.0 })
            .collect()
    }

    /// Genes that are higher in the domain than elsewhere and increase its answer, the strongest first.
    pub(crate) fn leading(&self, count: usize) -> Vec<u32> {
        let weights = self.weights();
        let mut genes: Vec<u32> = (0..weights.len() as u32)
            .filter(|&g| weights[g as usize] > 0.0)
            .collect();
        genes.sort_by(|&a, &b| {
            weights[b as usize]
                .total_cmp(&weights[a as usize])
                .then(a.cmp(&b))
        });
        genes.truncate(count);
        genes
    }

    /// The leading genes by name.
    pub(crate) fn named(
        &self,
        symbols: &[String],
        genes: &GeneVectors,
        count: usize,
    ) -> Vec<GeneScore> {
        self.leading(count)
            .into_iter()
            .map(|g| {
                let g = g as usize;
                GeneScore {
                    gene: symbols[genes.columns[g] as usize].clone(),
                    attribution: self.attribution[g],
                    here: self.here[g],
                    elsewhere: self.elsewhere[g],
                }
            })
            .collect()
    }
}

/// Expected gradients of every gene for each domain (Erion et al., Nat. Mach. Intell. 3 (2021) 620): the mean over pairs of a
/// spot of the domain, with weights u, and one of another domain, with weights b, of (u − b) · gradient at a point between them.
///
/// Their sum over genes is the difference between the domain's mean answer and that of the other spots.
/// The mean of the other spots is not used as baseline: no spot is like it, and networks are not linear.
pub(crate) fn attribute<M: Modulator>(
    subject: &Subject<'_, M>,
    source: &GeneSource<'_>,
    answers: &Answers,
    seed: u64,
) -> Result<Vec<Scores>, InterpretError> {
    let domains = answers.domains();
    let here = mean_weights(source, subject.labels, domains);
    let elsewhere = &here - &contrasts(&here, subject.labels);
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut spots = members(subject.labels, domains);
    for spots in &mut spots {
        spots.retain(|i| source.pooled.totals()[*i] > 0.0);
    }
    let genes = source.pooled.genes().len();
    let mut scores = Vec::with_capacity(domains);
    for domain in 0..domains {
        let own = asked(&spots[domain]);
        let rest: Vec<usize> = spots
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != domain)
            .flat_map(|(_, spots)| spots.iter().copied())
            .collect();
        let mut attribution = vec![0f64; genes];
        if !own.is_empty() && !rest.is_empty() {
            for step in 0..STEPS {
                let t = (step as f32 + 0.5) / STEPS as f32;
                let others: Vec<usize> = own
                    .iter()
                    .map(|_| rest[rng.random_range(0..rest.len())])
                    .collect();
                let pairs = (&own[..], &others[..]);
                let gradient = Gradient::between(subject, source, answers, domain, pairs, t)?;
                add_pairs(&mut attribution, source, pairs, &gradient);
            }
            let count = (STEPS * own.len()) as f64;
            attribution.iter_mut().for_each(|a| *a /= count);
        }
        scores.push(Scores {
            attribution,
            here: here.row(domain).to_vec(),
            elsewhere: elsewhere.row(domain).to_vec(),
        });
    }
    Ok(scores)
}

/// Adds (u − b)(v · slope − shift) of pairs of spots with weights u and b to the sum of each gene.
fn add_pairs(
    sums: &mut [f64],
    source: &GeneSource<'_>,
    (spots, others): (&[usize], &[usize]),
    gradient: &Gradient,
) {
    let weights = source.pooled.weights();
    let vectors = &source.pooled.genes().vectors;
    let rows: Vec<usize> = (0..spots.len()).collect();
    let parts: Vec<Vec<f64>> = rows
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut part = vec![0f64; sums.len()];
            for &row in chunk {
                let (slope, shift) = (gradient.slope.row(row), gradient.shift[row]);
                for (spot, sign) in [(spots[row], 1.0), (others[row], -1.0)] {
                    let range = weights.indptr().outer_inds_sz(spot);
                    let columns = &weights.indices()[range.clone()];
                    for (&gene, &weight) in columns.iter().zip(&weights.data()[range]) {
                        let unit = vectors.row(gene as usize).dot(&slope) - shift;
                        part[gene as usize] += sign * f64::from(weight * unit);
                    }
                }
            }
            part
        })
        .collect();
    for part in &parts {
        for (sum, p) in sums.iter_mut().zip(part) {
            *sum += p;
        }
    }
}

/// Mean weight of each gene in each domain, [domains, genes].
fn mean_weights(source: &GeneSource<'_>, labels: &[u32], domains: usize) -> Array2<f64> {
    let weights = source.pooled.weights();
    let mut means = Array2::<f64>::zeros((domains, weights.cols()));
    for (spot, label) in labels.iter().enumerate() {
        let range = weights.indptr().outer_inds_sz(spot);
        let mut row = means.row_mut(*label as usize);
        for (&gene, &weight) in weights.indices()[range.clone()]
            .iter()
            .zip(&weights.data()[range])
        {
            row[gene as usize] += f64::from(weight);
        }
    }
    for (mut row, size) in means.outer_iter_mut().zip(sizes(labels, domains)) {
        row /= size.max(1) as f64;
    }
    means
}
