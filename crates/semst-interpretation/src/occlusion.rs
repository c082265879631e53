//! The check: genes are taken away, and the modulation is asked again.

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use semst_fsm_modulation::Modulator;
use serde::{Deserialize, Serialize};

use crate::attribution::Scores;
use crate::response::Answers;
use crate::subject::{sizes, to_array};
use crate::{GeneSource, InterpretConfig, InterpretError, Subject};

/// For each leading gene a random one is drawn among this many genes of the nearest mean weight in the domain.
const ALIKE: usize = 50;

/// What taking the leading genes of a domain away does to its modulation, beside random genes of similar expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occlusion {
    /// Genes that were taken away.
    pub genes: usize,
    /// Mean length of the change of the modulation of the domain's spots.
    pub change: f64,
    /// The same for each random set of genes.
    pub random: Vec<f64>,
    /// Mean fall of the answer along the domain's direction: what the attribution foretold. Negative where the answer rises.
    pub fall: f64,
    /// The same for each random set of genes.
    pub random_fall: Vec<f64>,
}

impl Occlusion {
    /// Mean change of the random sets.
    pub fn random_mean(&self) -> f64 {
        mean(&self.random)
    }

    /// How many times more the leading genes change the modulation than random ones do; none where random ones change nothing.
    pub fn ratio(&self) -> Option<f64> {
        let random = self.random_mean();
        (random > 0.0).then(|| self.change / random)
    }
}

/// Takes the leading genes of every domain away from its spots, then random ones.
pub(crate) fn occlude<M: Modulator>(
    subject: &Subject<'_, M>,
    answers: &Answers,
    source: &GeneSource<'_>,
    scores: &[Scores],
    config: &InterpretConfig,
) -> Result<Vec<Occlusion>, InterpretError> {
    let leading: Vec<Vec<u32>> = scores.iter().map(|s| s.leading(config.occluded)).collect();
    let first = effect(subject, answers, source, &leading)?;
    let mut occlusions: Vec<Occlusion> = first
        .into_iter()
        .zip(&leading)
        .map(|((change, fall), genes)| Occlusion {
            genes: genes.len(),
            change,
            fall,
            random: Vec::with_capacity(config.random_sets),
            random_fall: Vec::with_capacity(config.random_sets),
        })
        .collect();
    let pools: Vec<Vec<Vec<u32>>> = scores
        .iter()
        .zip(&leading)
        .map(|(scores, leading)| alike(scores, leading))
        .collect();
    let mut rng = Pcg64::seed_from_u64(config.seed);
    for _ in 0..config.random_sets {
        let sets: Vec<Vec<u32>> = pools.iter().map(|pools| draw(pools, &mut rng)).collect();
        for (occlusion, (change, fall)) in occlusions
            .iter_mut()
            .zip(effect(subject, answers, source, &sets)?)
        {
            occlusion.random.push(change);
            occlusion.random_fall.push(fall);
        }
    }
    Ok(occlusions)
}

/// Mean change and mean fall of each domain's answers when its set of genes is taken from its spots.
fn effect<M: Modulator>(
    subject: &Subject<'_, M>,
    answers: &Answers,
    source: &GeneSource<'_>,
    sets: &[Vec<u32>],
) -> Result<Vec<(f64, f64)>, InterpretError> {
    let mut semantics = Array2::zeros(subject.semantics.dim());
    for (domain, genes) in sets.iter().enumerate() {
        let spots: Vec<usize> = (0..subject.labels.len())
            .filter(|&i| subject.labels[i] as usize == domain)
            .collect();
        let without = source.pooled.without(&spots, genes);
        if without.ncols() != semantics.ncols() {
            return Err(InterpretError::Length {
                what: "axes of the pooled spots against those of the semantics",
                expected: semantics.ncols(),
                got: without.ncols(),
            });
        }
        for (row, spot) in without.axis_iter(Axis(0)).zip(spots) {
            semantics.row_mut(spot).assign(&row);
        }
    }
    let responses = to_array(subject.response(subject.tensor(semantics.view())));
    let directions = answers.rows(subject.labels);
    let mut sums = vec![(0f64, 0f64); sets.len()];
    for (i, label) in subject.labels.iter().enumerate() {
        let change = &responses.row(i) - &answers.responses.row(i);
        let sum = &mut sums[*label as usize];
        sum.0 += f64::from(change.dot(&change)).sqrt();
        sum.1 -= f64::from(change.dot(&directions.row(i)));
    }
    Ok(sums
        .into_iter()
        .zip(sizes(subject.labels, sets.len()))
        .map(|((change, fall), n)| {
            let n = n.max(1) as f64;
            (change / n, fall / n)
        })
        .collect())
}

/// For each leading gene the genes of the nearest mean weight in the domain, no leading one among them.
fn alike(scores: &Scores, leading: &[u32]) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..scores.here.len() as u32)
        .filter(|g| !leading.contains(g))
        .collect();
    let weight = |g: u32| scores.here[g as usize];
    order.sort_by(|&a, &b| weight(a).total_cmp(&weight(b)).then(a.cmp(&b)));
    leading
        .iter()
        .map(|&gene| {
            let at = order.partition_point(|&g| weight(g) < weight(gene));
            let from = at
                .saturating_sub(ALIKE / 2)
                .min(order.len().saturating_sub(ALIKE));
            order[from..(from + ALIKE).min(order.len())].to_vec()
        })
        .collect()
}

/// One gene of each pool, none twice.
fn draw(pools: &[Vec<u32>], rng: &mut Pcg64) -> Vec<u32> {
    let mut drawn: Vec<u32> = Vec::with_capacity(pools.len());
    for pool in pools {
        let order = sample(rng, pool.len(), pool.len());
        if let Some(gene) = order
            .into_iter()
            .map(|at| pool[at])
            .find(|gene| !drawn.contains(gene))
        {
            drawn.push(gene);
        }
    }
    drawn
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
