//! Exact search for the most similar rows, tile by tile.

use std::cmp::Ordering;

use ndarray::{Array2, linalg::general_mat_mul, s};
use rayon::prelude::*;

use super::direction::Directions;
use crate::points::{order_with_ties, rows};
use crate::{GraphError, SpatialGraph};

/// Rows and columns of one product. Fixed, so that the bits do not depend on the number of threads.
const TILE: (usize, usize) = (256, 512);
/// Candidates beyond k that are scored again in f64.
pub(super) const MARGIN: usize = 16;
/// Distances below this are zero: the rounding of 1 − 1 in f64 over thousands of features.
const ZERO: f64 = 1e-12;

type Candidate = (u32, f32);

pub(super) fn nearest(directions: &Directions, k: usize) -> Result<SpatialGraph, GraphError> {
    let n = directions.len();
    check(n, k)?;
    let tiles: Vec<Vec<Vec<(u32, f64)>>> = (0..n.div_ceil(TILE.0))
        .into_par_iter()
        .with_max_len(1)
        .map(|tile| nearest_of_tile(directions, tile * TILE.0, k))
        .collect();
    SpatialGraph::from_rows(rows(tiles.into_iter().flatten().collect()))
}

/// Checks that n rows can have k neighbours each.
pub(super) fn check(n: usize, k: usize) -> Result<(), GraphError> {
    match (n, k) {
        (0, _) => Err(GraphError::Empty),
        (_, 0) => Err(GraphError::Parameter {
            field: "k",
            value: 0.0,
            bound: "at least 1",
        }),
        _ if n <= k => Err(GraphError::TooFewSpots { n, k }),
        _ if n >= u32::MAX as usize => Err(GraphError::TooManySpots { n }),
        _ => Ok(()),
    }
}

fn nearest_of_tile(directions: &Directions, first: usize, k: usize) -> Vec<Vec<(u32, f64)>> {
    let (n, f) = (directions.len(), directions.n_features());
    let own = first..(first + TILE.0).min(n);
    let (mut left, mut right) = (
        Array2::zeros((own.len(), f)),
        Array2::zeros((TILE.1.min(n), f)),
    );
    let mut product = Array2::<f32>::zeros((own.len(), TILE.1.min(n)));
    directions.fill(own.clone(), &mut left);
    let mut best: Vec<Best> = own.clone().map(|_| Best::new(k + MARGIN)).collect();
    for start in (0..n).step_by(TILE.1) {
        let others = start..(start + TILE.1).min(n);
        directions.fill(others.clone(), &mut right);
        let mut out = product.slice_mut(s![.., ..others.len()]);
        general_mat_mul(
            1.0,
            &left,
            &right.slice(s![..others.len(), ..]).t(),
            0.0,
            &mut out,
        );
        for ((row, best), similarities) in own.clone().zip(&mut best).zip(out.rows()) {
            if directions.exists(row) {
                let candidates = others.clone().zip(similarities);
                candidates.for_each(|(other, &similarity)| {
                    if similarity > best.floor && other != row && directions.exists(other) {
                        best.push((other as u32, similarity));
                    }
                });
            }
        }
    }
    own.zip(best)
        .map(|(row, best)| rescored(directions, row, best.finish(), k))
        .collect()
}

/// The k nearest of the candidates, by exact distance.
pub(super) fn rescored(
    directions: &Directions,
    row: usize,
    candidates: Vec<Candidate>,
    k: usize,
) -> Vec<(u32, f64)> {
    let distance = |other: u32| 1.0 - directions.similarity(row, other as usize);
    let mut near: Vec<(u32, f64)> = candidates
        .into_iter()
        .map(|(other, _)| (other, distance(other)))
        .map(|(other, d)| (other, if d < ZERO { 0.0 } else { d }))
        .collect();
    order_with_ties(&mut near);
    near.truncate(k);
    near
}

/// The best candidates of one row so far.
pub(super) struct Best {
    keep: usize,
    floor: f32,
    candidates: Vec<Candidate>,
}

impl Best {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            keep,
            floor: f32::NEG_INFINITY,
            candidates: Vec::with_capacity(4 * keep),
        }
    }

    fn push(&mut self, candidate: Candidate) {
        self.candidates.push(candidate);
        if self.candidates.len() == 4 * self.keep {
            self.shrink();
        }
    }

    /// Takes the similarities of `others`, eight at a time: few are above the floor.
    pub(super) fn push_all(&mut self, others: &[u32], similarities: &[f32], own: u32) {
        for (others, similarities) in others.chunks(8).zip(similarities.chunks(8)) {
            let top = similarities
                .iter()
                .fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
            if top > self.floor {
                for (&other, &similarity) in others.iter().zip(similarities) {
                    if similarity > self.floor && other != own {
                        self.push((other, similarity));
                    }
                }
            }
        }
    }

    /// Drops all but the best. Later candidates have higher indices, so an equal one would lose the tie; therefore the floor is
    /// strict.
    fn shrink(&mut self) {
        if self.candidates.len() > self.keep {
            let (_, last, _) = self
                .candidates
                .select_nth_unstable_by(self.keep - 1, better);
            self.floor = last.1;
            self.candidates.truncate(self.keep);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Candidate> {
        self.shrink();
        self.candidates
    }
}

fn better(a: &Candidate, b: &Candidate) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}
