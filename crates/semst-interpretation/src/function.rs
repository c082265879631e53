//! What the leading genes of a domain have in common.

use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;
use semst_semantic_embedding::{GeneVectors, TermTable};
use serde::{Deserialize, Serialize};

use crate::attribution::Scores;

/// A gene belongs to a term as far as their cosine is above this: for most pairs it is below .1.
const NEAR: f32 = 0.2;

/// Genes that say what is usual for a term; every n-th gene of the slide, when there are more.
const BACKGROUND: usize = 2048;

/// Least z-score of a function.
const LEAST: f64 = 5.0;

/// Two terms whose cosine is above this say the same.
const SAME: f32 = 0.6;

/// A function that several leading genes of a domain share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The term.
    pub term: String,
    /// Its id, such as `GO:0042552`; empty for phrases.
    pub id: String,
    /// How much nearer the leading genes are to the term than as many random genes of the slide, in standard deviations.
    pub z: f64,
    /// The leading genes that belong to it, those that speak loudest for it first.
    pub genes: Vec<String>,
}

/// Terms with what is usual for them among the genes of a slide.
pub(crate) struct FunctionFinder<'a> {
    terms: &'a TermTable,
    /// Unit vectors of the terms, [terms, dims].
    units: Array2<f32>,
    genes: &'a GeneVectors,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl<'a> FunctionFinder<'a> {
    pub(crate) fn new(genes: &'a GeneVectors, terms: &'a TermTable) -> Self {
        let units = unit_rows(&terms.vectors().to_owned());
        let step = genes.len().div_ceil(BACKGROUND).max(1);
        let some: Vec<usize> = (0..genes.len()).step_by(step).collect();
        let background = unit_rows(&genes.vectors.select(Axis(0), &some));
        let n = some.len().max(1) as f64;
        let usual: Vec<Vec<(f64, f64)>> = units
            .axis_chunks_iter(Axis(0), 256)
            .into_par_iter()
            .map(|block| {
                let near = background.dot(&block.t());
                near.axis_iter(Axis(1))
                    .map(|column| {
                        let (mut sum, mut squares) = (0.0, 0.0);
                        for cosine in &column {
                            let p = f64::from(belonging(*cosine));
                            (sum, squares) = (sum + p, squares + p * p);
                        }
                        let mean = sum / n;
                        (mean, (squares / n - mean * mean).max(0.0).sqrt())
                    })
                    .collect()
            })
            .collect();
        let (mean, deviation) = usual.into_iter().flatten().unzip();
        Self {
            terms,
            units,
            genes,
            mean,
            deviation,
        }
    }

    /// The strongest term, then the strongest of what its genes leave over, and so on.
    pub(crate) fn functions(
        &self,
        scores: &Scores,
        symbols: &[String],
        leading: usize,
        count: usize,
    ) -> Vec<Function> {
        let genes = scores.leading(leading);
        let mut weights: Vec<f64> = genes
            .iter()
            .map(|g| scores.attribution[*g as usize])
            .collect();
        let rows: Vec<usize> = genes.iter().map(|g| *g as usize).collect();
        let belongs = unit_rows(&self.genes.vectors.select(Axis(0), &rows))
            .dot(&self.units.t())
            .mapv(belonging);
        let name = |at: usize| symbols[self.genes.columns[rows[at]] as usize].clone();
        let mut functions = Vec::new();
        let mut open: Vec<usize> = (0..self.terms.len()).collect();
        while functions.len() < count {
            let Some((term, z)) = self.strongest(&open, belongs.view(), &weights) else {
                break;
            };
            let usual = self.mean[term] + 2.0 * self.spread(term);
            let mut members: Vec<(usize, f64)> = (0..rows.len())
                .filter(|&at| weights[at] > 0.0 && f64::from(belongs[[at, term]]) > usual)
                .map(|at| (at, weights[at] * f64::from(belongs[[at, term]])))
                .collect();
            open.retain(|&other| cosine(self.units.row(term), self.units.row(other)) <= SAME);
            if members.len() < 2 {
                continue;
            }
            members.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            functions.push(Function {
                term: self.terms.names()[term].clone(),
                id: self.terms.id(term).unwrap_or_default().into(),
                z,
                genes: members.iter().map(|(at, _)| name(*at)).collect(),
            });
            for (at, _) in members {
                weights[at] = 0.0;
            }
        }
        functions
    }

    /// The open term with the highest z-score under the weights, where that is high enough.
    fn strongest(
        &self,
        open: &[usize],
        belongs: ndarray::ArrayView2<'_, f32>,
        weights: &[f64],
    ) -> Option<(usize, f64)> {
        let total: f64 = weights.iter().sum();
        let length = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        if length <= 0.0 {
            return None;
        }
        let z = |term: usize| {
            let sum: f64 = weights
                .iter()
                .zip(belongs.column(term))
                .map(|(w, b)| w * f64::from(*b))
                .sum();
            (sum - total * self.mean[term]) / (length * self.spread(term))
        };
        let best = open
            .iter()
            .map(|&term| (term, z(term)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        best.filter(|(_, z)| *z >= LEAST)
    }

    /// Standard deviation of belonging to a term; a term that no gene of the background is near to gets a least one.
    fn spread(&self, term: usize) -> f64 {
        self.deviation[term] + 1e-3
    }
}

fn belonging(cosine: f32) -> f32 {
    (cosine - NEAR).max(0.0)
}

fn cosine(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    a.dot(&b)
}

fn unit_rows(x: &Array2<f32>) -> Array2<f32> {
    let mut x = x.clone();
    for mut row in x.outer_iter_mut() {
        let length = row.dot(&row).sqrt();
        if length > 0.0 {
            row /= length;
        }
    }
    x
}
