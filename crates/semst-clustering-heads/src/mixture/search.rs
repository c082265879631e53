//! The search for the best likelihood: many starts, short climbs, long climbs, split-and-merge.

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::climb::{Fit, Ground, Stop};
use super::config::GaussianMixtureConfig;
use super::em::{CHUNK, Mixture, Moments};
use super::frame::Frame;
use super::split_merge::{Effort, step};
use super::start::{Origin, Start};

/// From this number of rows on, the search has its configured size; below, it is up to `WIDEST` times as large.
const FULL_ROWS: f64 = 4000.0;
const WIDEST: f64 = 6.0;
/// Tolerance for more rows than `search_rows`: their likelihood is larger in proportion, and the fit is better determined.
const STREAMED: f64 = 1e-8;
/// Fits that are run to the final tolerance.
const LAST: usize = 3;

/// The fit with the best likelihood; `None` if every start was degenerate. `x` are the caller's coordinates.
pub(super) fn search(
    x: &Array2<f64>,
    frame: &Frame,
    config: &GaussianMixtureConfig,
    k: usize,
    seed: u64,
) -> Option<Fit> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let n = frame.len();
    // Long files: the search uses a subset, only the last run uses all rows.
    let sub = (n > config.search_rows).then(|| draw(&mut rng, n, config.search_rows));
    let small = sub
        .as_ref()
        .map(|rows| (x.select(Axis(0), rows), frame.rows(rows)));
    let (sx, sframe) = small.as_ref().map_or((x, frame), |(x, f)| (x, f));
    let hierarchy = draw(&mut rng, sframe.len(), config.hierarchy_rows);
    let ground = Ground {
        frame: sframe,
        chunk: sframe.len(),
        least: config.least(sframe.len(), sframe.width(), k),
    };
    // Small files: a larger search in the same time.
    let widen = |count: usize| {
        (count as f64 * (FULL_ROWS / sframe.len() as f64).clamp(1.0, WIDEST)) as usize
    };
    let short = Stop {
        steps: config.short_steps,
        tolerance: 1e-6,
    };
    let long = |least: f64| Stop {
        steps: config.max_iterations,
        tolerance: config.tolerance.max(least),
    };
    let rough = long(1e-8);

    let mut fits: Vec<Fit> = Start::list(widen(config.starts), config.hierarchy_rows > 0)
        .into_par_iter()
        .filter_map(|start| {
            let (rows, labels) = start.partition(sx, sframe, &hierarchy, k, seed);
            let from =
                |frame: &Frame| Mixture::maximise(frame, Moments::of_partition(&labels, k, frame));
            let from = match rows {
                Some(rows) => from(&sframe.rows(rows))?,
                None => from(sframe)?,
            };
            ground.climb(from, short, Origin { start, moves: 0 })
        })
        .collect();
    ranked(&mut fits, widen(config.finalists));
    fits = climb_all(ground, fits, rough);
    ranked(&mut fits, widen(config.improved));
    let effort = Effort {
        moves: config.moves,
        short,
        finalists: 3,
        long: rough,
    };
    fits = improve(ground, fits, effort, config.rounds);
    ranked(&mut fits, LAST);
    if sub.is_some() {
        // Parallel over the rows instead of the fits.
        let whole = Ground {
            frame,
            chunk: CHUNK,
            ..ground
        };
        let best = fits.into_iter().next()?;
        return whole.climb(best.mixture, long(STREAMED), best.origin);
    }
    fits = climb_all(ground, fits, long(0.0));
    ranked(&mut fits, LAST);
    fits.into_iter().next()
}

/// Improves fits by split-and-merge until none gets better. Fits with the same optimum continue as one, and after the first
/// round only the better third continues.
fn improve(ground: Ground<'_>, fits: Vec<Fit>, effort: Effort, rounds: usize) -> Vec<Fit> {
    let mut seen = fits.clone();
    let kept = fits.len().div_ceil(3);
    let mut open = fits;
    for _ in 0..rounds {
        let mut next: Vec<Fit> = open
            .par_iter()
            .filter_map(|f| step(ground, f, effort))
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

fn climb_all(ground: Ground<'_>, fits: Vec<Fit>, stop: Stop) -> Vec<Fit> {
    fits.into_par_iter()
        .filter_map(|f| ground.climb(f.mixture, stop, f.origin))
        .collect()
}

/// The best `most` fits, with only one fit for each optimum.
fn ranked(fits: &mut Vec<Fit>, most: usize) {
    fits.sort_by(Fit::rank);
    fits.dedup_by(|b, a| a.same(b));
    fits.truncate(most);
}

/// `most` of `n` rows without replacement, in order; all if there are no more.
fn draw(rng: &mut Pcg64, n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut rows = sample(rng, n, most).into_vec();
    rows.sort_unstable();
    rows
}
