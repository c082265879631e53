//! From gradients of spots to scores of genes.

use ndarray::Array2;
use rayon::prelude::*;
use semst_semantic_embedding::GeneVectors;
use serde::{Deserialize, Serialize};

use crate::GeneSource;
use crate::subject::sizes;

/// Spots whose sums are formed together: fixed, so that the sums do not depend on the number of threads.
const CHUNK: usize = 256;

/// A gene that a domain's modulation answers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneScore {
    /// Symbol, as the data has it.
    pub gene: String,
    /// Gradient × input, in the unit of the modulation: how much of the domain's difference from the others this gene makes.
    pub attribution: f64,
    /// Mean weight of the gene in the domain; with the default pooling its log-normalised expression.
    pub here: f64,
    /// Mean of its mean weights in the other domains.
    pub elsewhere: f64,
}

/// Scores of all genes that take part, for one domain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scores {
    pub(crate) attribution: Vec<f64>,
    pub(crate) here: Vec<f64>,
    pub(crate) elsewhere: Vec<f64>,
}

impl Scores {
    /// Genes that are higher in the domain than elsewhere and move its answer its way, the strongest first.
    pub(crate) fn leading(&self, count: usize) -> Vec<u32> {
        let mut genes: Vec<u32> = (0..self.attribution.len() as u32)
            .filter(|&g| {
                let g = g as usize;
                self.attribution[g] > 0.0 && self.here[g] > self.elsewhere[g]
            })
            .collect();
        genes.sort_by(|&a, &b| {
            self.attribution[b as usize]
                .total_cmp(&self.attribution[a as usize])
                .then(a.cmp(&b))
        });
        genes.truncate(count);
        genes
    }

    /// The leading genes by name.
    pub(crate) fn told(
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

/// Gradient × (input − baseline) of every gene, for each domain; the baseline is the mean of the other domains.
///
/// `gradient` is that of each spot's answer with respect to its pooled vector, [n, dims].
pub(crate) fn attribute(
    source: &GeneSource<'_>,
    gradient: &Array2<f32>,
    labels: &[u32],
    domains: usize,
) -> Vec<Scores> {
    let pooled = source.pooled;
    let vectors = &pooled.genes().vectors;
    let (weights, totals) = (pooled.weights(), pooled.totals());
    let genes = vectors.nrows();
    let here = mean_weights(source, labels, domains);
    let sizes = sizes(labels, domains);
    let filled = sizes.iter().filter(|n| **n > 0).count();
    (0..domains)
        .map(|domain| {
            let spots: Vec<usize> = (0..labels.len())
                .filter(|&i| labels[i] as usize == domain)
                .collect();
            if spots.is_empty() {
                return Scores::default();
            }
            let elsewhere: Vec<f64> = (0..genes)
                .map(|g| {
                    let all: f64 = here.column(g).sum();
                    (all - here[[domain, g]]) / (filled - 1) as f64
                })
                .collect();
            let parts: Vec<Part> = spots
                .par_chunks(CHUNK)
                .map(|chunk| {
                    let mut part = Part {
                        inputs: vec![0.0; genes],
                        slope: vec![0.0; vectors.ncols()],
                        shift: 0.0,
                    };
                    for &spot in chunk.iter().filter(|&&i| totals[i] > 0.0) {
                        let slope = gradient.row(spot);
                        let scale = 1.0 / totals[spot];
                        // In a mean, more of one gene is less of all others.
                        let shift = if pooled.is_mean() {
                            pooled.pooled().row(spot).dot(&slope)
                        } else {
                            0.0
                        };
                        let range = weights.indptr().outer_inds_sz(spot);
                        let columns = &weights.indices()[range.clone()];
                        for (&gene, &weight) in columns.iter().zip(&weights.data()[range]) {
                            let along = vectors.row(gene as usize).dot(&slope) - shift;
                            part.inputs[gene as usize] += f64::from(weight * scale * along);
                        }
                        for (sum, s) in part.slope.iter_mut().zip(&slope) {
                            *sum += f64::from(scale * s);
                        }
                        part.shift += f64::from(scale * shift);
                    }
                    part
                })
                .collect();
            let mut whole = Part {
                inputs: vec![0.0; genes],
                slope: vec![0.0; vectors.ncols()],
                shift: 0.0,
            };
            for part in &parts {
                whole.add(part);
            }
            let n = spots.len() as f64;
            let attribution = (0..genes)
                .map(|g| {
                    let slope: f64 = vectors
                        .row(g)
                        .iter()
                        .zip(&whole.slope)
                        .map(|(v, s)| f64::from(*v) * s)
                        .sum();
                    (whole.inputs[g] - elsewhere[g] * (slope - whole.shift)) / n
                })
                .collect();
            Scores {
                attribution,
                here: here.row(domain).to_vec(),
                elsewhere,
            }
        })
        .collect()
}

/// Sums over some spots of a domain.
struct Part {
    /// Per gene Σ u/U (v·h − p·h).
    inputs: Vec<f64>,
    /// Σ h/U.
    slope: Vec<f64>,
    /// Σ p·h/U.
    shift: f64,
}

impl Part {
    fn add(&mut self, other: &Self) {
        for (a, b) in self.inputs.iter_mut().zip(&other.inputs) {
            *a += b;
        }
        for (a, b) in self.slope.iter_mut().zip(&other.slope) {
            *a += b;
        }
        self.shift += other.shift;
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
