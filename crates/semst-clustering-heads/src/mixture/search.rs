//! The search for the best likelihood: many starts, short climbs, long climbs, split-and-merge.

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::GaussianMixtureConfig;
use super::em::{Fit, Mixture, climb, one_hot};
use super::frame::Frame;
use super::hierarchical::model_based;
use super::split_merge::{Effort, improve};
use super::ward::ward;
use crate::kmeans::{lloyd, plus_plus};

/// Lloyd iterations of a start: enough to leave the seeds, EM does the rest.
const LLOYD: usize = 30;
/// Short climbs end at this relative gain.
const SHORT_TOLERANCE: f64 = 1e-6;

/// Fits with the best likelihood first; empty where every start was degenerate. `x` are the caller's coordinates.
pub(crate) fn search(
    x: &Array2<f64>,
    frame: &Frame,
    config: &GaussianMixtureConfig,
    seed: u64,
) -> Vec<Fit> {
    let k = config.clusters;
    let mut rng = Pcg64::seed_from_u64(seed);
    let n = frame.len();
    // Long files: starts and short climbs see a subset, only the last climbs see all rows.
    let sub = (n > config.search_rows).then(|| draw(&mut rng, n, config.search_rows));
    let small = sub
        .as_ref()
        .map(|rows| (x.select(Axis(0), rows), frame.rows(rows)));
    let (sx, sframe) = small.as_ref().map_or((x, frame), |(x, f)| (x, f));
    let hierarchy = draw(&mut rng, sframe.len(), config.hierarchy_rows);

    let starts: Vec<Start> = Start::list(config);
    let mut short: Vec<Fit> = starts
        .into_par_iter()
        .filter_map(|start| {
            let (rows, labels) = start.partition(sx, sframe, &hierarchy, k, seed);
            let from = match rows {
                Some(rows) => {
                    Mixture::maximise(&sframe.rows(rows), config.covariance, &one_hot(&labels, k))?
                }
                None => Mixture::maximise(sframe, config.covariance, &one_hot(&labels, k))?,
            };
            let mut r = Array2::zeros((sframe.len(), k));
            climb(
                sframe,
                config.covariance,
                from,
                &mut r,
                config.short_steps,
                SHORT_TOLERANCE,
                &start.name(),
            )
        })
        .collect();
    short.sort_by(|a, b| a.rank(b, config.covariance));
    distinct(&mut short);
    let effort = Effort {
        moves: config.moves,
        steps: config.short_steps,
        finalists: 3,
        rounds: config.rounds,
    };
    let long = |frame: &Frame, fits: Vec<Fit>| -> Vec<Fit> {
        let mut fits: Vec<Fit> = fits
            .into_par_iter()
            .filter_map(|f| {
                let mut r = Array2::zeros((frame.len(), k));
                let c = config;
                climb(
                    frame,
                    c.covariance,
                    f.mixture,
                    &mut r,
                    c.max_iterations,
                    c.tolerance,
                    &f.origin,
                )
            })
            .collect();
        fits.sort_by(|a, b| a.rank(b, config.covariance));
        distinct(&mut fits);
        fits
    };
    short.truncate(config.finalists);
    let mut fits = long(sframe, short);
    fits.truncate(config.improved);
    let mut fits: Vec<Fit> = fits
        .into_par_iter()
        .map(|f| {
            improve(
                sframe,
                config.covariance,
                f,
                effort,
                config.max_iterations,
                config.tolerance,
            )
        })
        .collect();
    fits.sort_by(|a, b| a.rank(b, config.covariance));
    distinct(&mut fits);
    if small.is_some() {
        long(frame, fits)
    } else {
        fits
    }
}

/// Where a climb begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    ModelBased,
    Ward { whitened: bool },
    KMeans { number: usize, whitened: bool },
}

impl Start {
    /// The hierarchical starts, then k-means in the caller's and in whitened coordinates by turns.
    fn list(config: &GaussianMixtureConfig) -> Vec<Self> {
        let mut out = Vec::new();
        if config.hierarchy_rows > 0 {
            out.extend([
                Self::ModelBased,
                Self::Ward { whitened: false },
                Self::Ward { whitened: true },
            ]);
        }
        out.extend((0..config.starts).map(|number| Self::KMeans {
            number,
            whitened: number % 2 == 1,
        }));
        out
    }

    fn name(self) -> String {
        let frame = |whitened| if whitened { " (whitened)" } else { "" };
        match self {
            Self::ModelBased => "model-based hierarchy".into(),
            Self::Ward { whitened } => format!("ward{}", frame(whitened)),
            Self::KMeans { number, whitened } => format!("k-means {number}{}", frame(whitened)),
        }
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

/// Leaves one of several fits that reached the same likelihood.
fn distinct(fits: &mut Vec<Fit>) {
    fits.dedup_by(|b, a| {
        (a.log_likelihood - b.log_likelihood).abs() <= 1e-7 * (1.0 + a.log_likelihood.abs())
    });
}
