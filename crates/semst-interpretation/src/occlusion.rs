//! Checks an interpretation: genes are removed, and the modulation is computed again.

use ndarray::Axis;
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use semst_fsm_modulation::Modulator;
use semst_record::Occlusion;

use crate::attribution::Scores;
use crate::response::Answers;
use crate::subject::{asked, members};
use crate::{GeneSource, InterpretConfig, InterpretError, Subject};

/// For each leading gene a random one is drawn from this many genes of the nearest mean weight in the domain.
const ALIKE: usize = 50;

/// Removes the leading genes of every domain from its spots, then random genes.
pub(crate) fn occlude<M: Modulator>(
    subject: &Subject<'_, M>,
    answers: &Answers,
    source: &GeneSource<'_>,
    scores: &[Scores],
    config: &InterpretConfig,
) -> Result<Vec<Occlusion>, InterpretError> {
    // Fewer for a small panel: the last of 20 among 166 genes have little effect.
    let count = config
        .occluded
        .min((source.pooled.genes().len() / 20).max(2));
    let leading: Vec<Vec<u32>> = scores.iter().map(|s| s.leading(count)).collect();
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
        .map(|(scores, leading)| random_sets(scores, leading))
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

/// Mean change and mean decrease of each domain's answers when its set of genes is removed from its spots.
fn effect<M: Modulator>(
    subject: &Subject<'_, M>,
    answers: &Answers,
    source: &GeneSource<'_>,
    sets: &[Vec<u32>],
) -> Result<Vec<(f64, f64)>, InterpretError> {
    let mut effects = Vec::with_capacity(sets.len());
    for (domain, (genes, spots)) in sets
        .iter()
        .zip(members(subject.labels, sets.len()))
        .enumerate()
    {
        let spots = asked(&spots);
        let without = source.pooled.without(&spots, genes);
        if without.ncols() != subject.semantics.ncols() {
            return Err(InterpretError::Length {
                what: "axes of the pooled spots against those of the semantics",
                expected: subject.semantics.ncols(),
                got: without.ncols(),
            });
        }
        let moved = subject.respond(without.view()) - answers.responses.select(Axis(0), &spots);
        let (direction, mut change, mut fall) = (answers.direction(domain), 0f64, 0f64);
        for row in moved.outer_iter() {
            change += f64::from(row.dot(&row)).sqrt();
            fall -= f64::from(row.dot(&direction));
        }
        let n = spots.len().max(1) as f64;
        effects.push((change / n, fall / n));
    }
    Ok(effects)
}

/// For each leading gene the genes of the nearest mean weight in the domain, without leading genes.
fn random_sets(scores: &Scores, leading: &[u32]) -> Vec<Vec<u32>> {
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

/// One gene of each pool, none of them twice.
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
