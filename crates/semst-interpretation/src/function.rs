//! The functions that the leading genes of a domain have in common.

use ndarray::{Array2, Axis};
use semst_record::Function;
use semst_semantic_embedding::{GeneVectors, TermTable};

/// A gene belongs to a term if their cosine is above this; for most pairs it is below 0.1.
const NEAR: f32 = 0.2;

/// Terms per block.
const BLOCK: usize = 256;

/// Number of candidate terms of each domain.
const SHORT_LIST: usize = 256;

/// Least z-score of a function.
const LEAST: f64 = 5.0;

/// Largest number of genes reported for a function.
const TOLD: usize = 12;

/// Two terms with a cosine above this count as the same.
const SAME: f32 = 0.6;

/// Finds the terms that are supported by the weights of genes.
pub(crate) struct FunctionFinder<'a> {
    terms: &'a TermTable,
    genes: &'a GeneVectors,
    symbols: &'a [String],
    /// Unit vectors of the terms, [terms, dims].
    term_units: Array2<f32>,
    /// Unit vectors of the genes, [genes, dims].
    gene_units: Array2<f32>,
}

impl<'a> FunctionFinder<'a> {
    pub(crate) fn new(genes: &'a GeneVectors, symbols: &'a [String], terms: &'a TermTable) -> Self {
        Self {
            terms,
            genes,
            symbols,
            term_units: unit_rows(terms.vectors().to_owned()),
            gene_units: unit_rows(genes.vectors.clone()),
        }
    }

    /// For each domain, from its weights of all genes: the strongest term, then the strongest term without the genes of the
    /// first, and so on.
    ///
    /// # Complexity
    /// O(genes · terms · (dims + domains)).
    pub(crate) fn functions(&self, weights: &[Vec<f64>], count: usize) -> Vec<Vec<Function>> {
        let mut z = vec![Vec::with_capacity(self.terms.len()); weights.len()];
        for from in (0..self.terms.len()).step_by(BLOCK) {
            let to = (from + BLOCK).min(self.terms.len());
            let terms: Vec<usize> = (from..to).collect();
            let belongs = Belongs::new(self, &terms);
            for (z, weights) in z.iter_mut().zip(weights) {
                z.extend(belongs.z(weights));
            }
        }
        z.into_iter()
            .zip(weights)
            .map(|(z, weights)| {
                let mut order: Vec<usize> = (0..z.len()).collect();
                order.sort_by(|&a, &b| z[b].total_cmp(&z[a]).then(a.cmp(&b)));
                order.truncate(SHORT_LIST);
                order.sort_unstable();
                self.choose(&order, weights.clone(), count)
            })
            .collect()
    }

    fn choose(&self, terms: &[usize], mut weights: Vec<f64>, count: usize) -> Vec<Function> {
        let belongs = Belongs::new(self, terms);
        let mut functions = Vec::new();
        let mut open = vec![true; terms.len()];
        while functions.len() < count {
            let z = belongs.z(&weights);
            let best = (0..terms.len())
                .filter(|&at| open[at] && z[at] >= LEAST)
                .max_by(|&a, &b| z[a].total_cmp(&z[b]).then(b.cmp(&a)));
            let Some(best) = best else { break };
            let unit = self.term_units.row(terms[best]);
            for (open, term) in open.iter_mut().zip(terms) {
                *open &= self.term_units.row(*term).dot(&unit) <= SAME;
            }
            open[best] = false;
            let members = belongs.members(best, &weights);
            if members.len() < 2 {
                continue;
            }
            functions.push(Function {
                term: self.terms.names()[terms[best]].clone(),
                id: self.terms.id(terms[best]).unwrap_or_default().into(),
                z: z[best],
                genes: members.iter().take(TOLD).map(|g| self.name(*g)).collect(),
            });
            for gene in members {
                weights[gene] = 0.0;
            }
        }
        functions
    }

    fn name(&self, gene: usize) -> String {
        self.symbols[self.genes.columns[gene] as usize].clone()
    }
}

/// How strongly each gene belongs to some terms.
struct Belongs {
    /// [genes, terms]
    values: Array2<f32>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Belongs {
    fn new(finder: &FunctionFinder<'_>, terms: &[usize]) -> Self {
        let units = finder.term_units.select(Axis(0), terms);
        let values = finder
            .gene_units
            .dot(&units.t())
            .mapv(|cosine| (cosine - NEAR).max(0.0));
        let n = values.nrows().max(1) as f64;
        let (mean, deviation) = values
            .axis_iter(Axis(1))
            .map(|column| {
                let (mut sum, mut squares) = (0.0, 0.0);
                for p in &column {
                    let p = f64::from(*p);
                    (sum, squares) = (sum + p, squares + p * p);
                }
                let mean = sum / n;
                // A term that is near to hardly any gene gets a minimal deviation.
                (mean, (squares / n - mean * mean).max(0.0).sqrt() + 1e-3)
            })
            .unzip();
        Self {
            values,
            mean,
            deviation,
        }
    }

    /// For each term Σ w (P − mean) without its largest summand w P, in standard deviations of that sum if genes are exchanged.
    fn z(&self, weights: &[f64]) -> Vec<f64> {
        let terms = self.values.ncols();
        let total: f64 = weights.iter().sum();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let spread = (squares - total * total / weights.len().max(1) as f64)
            .max(0.0)
            .sqrt();
        if spread <= 0.0 {
            return vec![0.0; terms];
        }
        let (mut sums, mut loudest) = (vec![0f64; terms], vec![0f64; terms]);
        for (row, w) in self.values.outer_iter().zip(weights) {
            if *w > 0.0 {
                for ((sum, loudest), p) in sums.iter_mut().zip(&mut loudest).zip(row) {
                    let part = w * f64::from(*p);
                    *sum += part;
                    *loudest = loudest.max(part);
                }
            }
        }
        (0..terms)
            .map(|t| (sums[t] - loudest[t] - total * self.mean[t]) / (spread * self.deviation[t]))
            .collect()
    }

    /// Genes with weight that are nearer to a term than usual, the strongest support first.
    fn members(&self, term: usize, weights: &[f64]) -> Vec<usize> {
        let usual = self.mean[term] + 2.0 * self.deviation[term];
        let part = |g: usize| weights[g] * f64::from(self.values[[g, term]]);
        let mut members: Vec<usize> = (0..weights.len())
            .filter(|&g| weights[g] > 0.0 && f64::from(self.values[[g, term]]) > usual)
            .collect();
        members.sort_by(|&a, &b| part(b).total_cmp(&part(a)).then(a.cmp(&b)));
        members
    }
}

fn unit_rows(mut x: Array2<f32>) -> Array2<f32> {
    for mut row in x.outer_iter_mut() {
        let length = row.dot(&row).sqrt();
        if length > 0.0 {
            row /= length;
        }
    }
    x
}
