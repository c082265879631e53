//! The search for the best likelihood: many starts, short climbs, long climbs, split-and-merge.

use std::fmt;

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::GaussianMixtureConfig;
use super::em::{Fit, Mixture, Stop, Target, climb, one_hot};
use super::frame::Frame;
use super::hierarchical::model_based;
use super::split_merge::{Effort, step};
use super::stream;
use super::ward::ward;
use crate::kmeans::{lloyd, plus_plus};

/// Lloyd iterations of a start: enough to leave the seeds, EM does the rest.
const LLOYD: usize = 30;
/// Rows from which on the search is as wide as configured, and how far it widens below.
const FULL_ROWS: f64 = 4000.0;
const WIDEST: f64 = 6.0;
/// Tolerance over more rows than are searched: their likelihood is that much larger, and the fit that much better determined.
const STREAMED: f64 = 1e-8;
/// Fits that are climbed to the last digit.
const LAST: usize = 3;

/// Fits with the best likelihood first; empty where every start was degenerate. `x` are the caller's coordinates.
pub(crate) fn search(
    x: &Array2<f64>,
    frame: &Frame,
    config: &GaussianMixtureConfig,
    seed: u64,
) -> Vec<Fit> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let n = frame.len();
    // Long files: the search sees a subset, only the last climbs see all rows.
    let sub = (n > config.search_rows).then(|| draw(&mut rng, n, config.search_rows));
    let small = sub
        .as_ref()
        .map(|rows| (x.select(Axis(0), rows), frame.rows(rows)));
    let (sx, sframe) = small.as_ref().map_or((x, frame), |(x, f)| (x, f));
    let hierarchy = draw(&mut rng, sframe.len(), config.hierarchy_rows);
    let target = config.target(sframe.len(), sframe.width());
    // Small files: a wider search in the same time.
    let widen = |count: usize| {
        (count as f64 * (FULL_ROWS / sframe.len() as f64).clamp(1.0, WIDEST)) as usize
    };
    let short_stop = Stop {
        steps: config.short_steps,
        tolerance: 1e-6,
    };
    let rough = Stop {
        steps: config.max_iterations,
        tolerance: config.tolerance.max(1e-8),
    };
    let last = Stop {
        steps: config.max_iterations,
        tolerance: config.tolerance,
    };

    let streamed = Stop {
        steps: config.max_iterations,
        tolerance: config.tolerance.max(STREAMED),
    };

    let mut fits: Vec<Fit> = Start::list(widen(config.starts), config.hierarchy_rows > 0)
        .into_par_iter()
        .filter_map(|start| {
            let k = config.clusters;
            let (rows, labels) = start.partition(sx, sframe, &hierarchy, k, seed);
            let hot = one_hot(&labels, k);
            let from = match rows {
                Some(rows) => Mixture::maximise(&sframe.rows(rows), target.model, &hot)?,
                None => Mixture::maximise(sframe, target.model, &hot)?,
            };
            let mut r = Array2::zeros((sframe.len(), k));
            climb(
                sframe,
                target,
                from,
                &mut r,
                short_stop,
                Origin { start, moves: 0 },
            )
        })
        .collect();
    ranked(&mut fits, widen(config.finalists));
    fits = climb_all(sframe, target, fits, rough);
    ranked(&mut fits, widen(config.improved));
    let effort = Effort {
        moves: config.moves,
        short: short_stop,
        finalists: 3,
        long: rough,
    };
    fits = improve(sframe, target, fits, effort, config.rounds);
    ranked(&mut fits, LAST);
    if sub.is_some() {
        // Parallel over the rows instead of the fits.
        fits.truncate(1);
        return fits
            .into_iter()
            .filter_map(|f| stream::climb(frame, target, f.mixture, streamed, f.origin))
            .collect();
    }
    fits = climb_all(frame, target, fits, last);
    ranked(&mut fits, LAST);
    fits
}

/// Moves fits on by split-and-merge until none gets better; fits that meet go on as one, and after the first
/// round the better third goes on.
fn improve(
    frame: &Frame,
    target: Target,
    fits: Vec<Fit>,
    effort: Effort,
    rounds: usize,
) -> Vec<Fit> {
    let mut seen = fits.clone();
    let kept = fits.len().div_ceil(3);
    let mut open = fits;
    for _ in 0..rounds {
        let mut next: Vec<Fit> = open
            .par_iter()
            .filter_map(|f| step(frame, target, f, effort))
            .collect();
        ranked(&mut next, usize::MAX);
        next.retain(|f| !seen.iter().any(|s| s.same(f)));
        if next.is_empty() {
            break;
        }
        seen.extend(next.iter().cloned());
        next.truncate(kept);
        open = next;
    }
    seen
}

fn climb_all(frame: &Frame, target: Target, fits: Vec<Fit>, stop: Stop) -> Vec<Fit> {
    fits.into_par_iter()
        .filter_map(|f| {
            let mut r = Array2::zeros((frame.len(), f.mixture.means.nrows()));
            climb(frame, target, f.mixture, &mut r, stop, f.origin)
        })
        .collect()
}

/// The best `most` fits, one of those that reached the same optimum.
fn ranked(fits: &mut Vec<Fit>, most: usize) {
    fits.sort_by(Fit::rank);
    fits.dedup_by(|b, a| a.same(b));
    fits.truncate(most);
}

/// Where a fit comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) start: Start,
    pub(crate) moves: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.start.fmt(f)?;
        if self.moves > 0 {
            write!(f, " + {} split-merges", self.moves)
        } else {
            Ok(())
        }
    }
}

/// Where a climb begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    ModelBased,
    Ward { whitened: bool },
    KMeans { number: usize, whitened: bool },
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, whitened) = match self {
            Self::ModelBased => ("model-based hierarchy".into(), false),
            Self::Ward { whitened } => ("ward".into(), *whitened),
            Self::KMeans { number, whitened } => (format!("k-means {number}"), *whitened),
        };
        write!(f, "{name}{}", if whitened { " (whitened)" } else { "" })
    }
}

impl Start {
    /// The hierarchical starts, then k-means in the caller's and in whitened coordinates by turns.
    fn list(k_means: usize, hierarchical: bool) -> Vec<Self> {
        let trees = [
            Self::ModelBased,
            Self::Ward { whitened: false },
            Self::Ward { whitened: true },
        ];
        let turns = (0..k_means).map(|number| Self::KMeans {
            number,
            whitened: number % 2 == 1,
        });
        trees
            .into_iter()
            .filter(|_| hierarchical)
            .chain(turns)
            .collect()
    }

    /// Labels of all rows, or of the rows returned beside them.
    fn partition<'a>(
        self,
        x: &Array2<f64>,
        frame: &Frame,
        hierarchy: &'a [usize],
        k: usize,
        seed: u64,
    ) -> (Option<&'a [usize]>, Vec<u32>) {
        let whole = |whitened: bool| if whitened { &frame.x } else { x };
        match self {
            Self::ModelBased => (
                Some(hierarchy),
                model_based(&x.select(Axis(0), hierarchy), k),
            ),
            Self::Ward { whitened } => (
                Some(hierarchy),
                ward(&whole(whitened).select(Axis(0), hierarchy), k),
            ),
            Self::KMeans { number, whitened } => {
                let mut rng = Pcg64::seed_from_u64(
                    seed ^ (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
                );
                let x = whole(whitened);
                (
                    None,
                    lloyd(x, plus_plus(x, k, &mut rng), LLOYD, 1e-3).labels,
                )
            }
        }
    }
}

/// `most` of `n` rows without replacement, in order; all where there are no more.
fn draw(rng: &mut Pcg64, n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut rows = sample(rng, n, most).into_vec();
    rows.sort_unstable();
    rows
}
