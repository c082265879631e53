//! One run of EM, and its resulting fit.

use super::em::Mixture;
use super::frame::Frame;
use super::start::Origin;

/// Relative difference of log-likelihoods below which two fits are the same optimum: 0.01 nats on a slide of 4,000 spots and 20
/// columns.
const SAME: f64 = 1e-7;

/// A mixture and its log-likelihood.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) mixture: Mixture,
    pub(super) log_likelihood: f64,
    pub(super) converged: bool,
    /// Whether a component is too small.
    faulty: bool,
    /// How this fit was found.
    pub(super) origin: Origin,
}

impl Fit {
    /// Better fits first: those without a component that is too small, then by likelihood.
    pub(super) fn rank(&self, other: &Self) -> std::cmp::Ordering {
        self.faulty
            .cmp(&other.faulty)
            .then(other.log_likelihood.total_cmp(&self.log_likelihood))
    }

    /// Whether both reached the same optimum, judged by the likelihood.
    pub(super) fn same(&self, other: &Self) -> bool {
        let scale = 1.0 + self.log_likelihood.abs();
        self.faulty == other.faulty
            && (self.log_likelihood - other.log_likelihood).abs() <= SAME * scale
    }
}

/// The data of a run: the rows, the number of rows of a chunk, and the least size of a component.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) frame: &'a Frame,
    /// Rows of a chunk; all rows if fits run in parallel.
    pub(super) chunk: usize,
    /// Least expected number of rows of a component.
    pub(super) least: f64,
}

/// When a run of EM ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    pub(super) steps: usize,
    pub(super) tolerance: f64,
}

impl Ground<'_> {
    /// Iterates from `mixture` until `|Δ log L| / (1 + |log L|) < tolerance` (mclust's rule) or all steps are done.
    ///
    /// `None` if a covariance cannot be formed or the likelihood is not finite.
    pub(super) fn climb(&self, mut mixture: Mixture, stop: Stop, origin: Origin) -> Option<Fit> {
        let Self { frame, chunk, .. } = *self;
        let (mut log_likelihood, mut moments) = mixture.expect(frame, chunk);
        let mut converged = false;
        for _ in 0..stop.steps {
            mixture = Mixture::maximise(frame, moments)?;
            let (next, sums) = mixture.expect(frame, chunk);
            if !next.is_finite() {
                return None;
            }
            converged = (next - log_likelihood).abs() / (1.0 + next.abs()) < stop.tolerance;
            (log_likelihood, moments) = (next, sums);
            if converged {
                break;
            }
        }
        let weights = mixture.log_weights.iter().copied();
        let smallest = weights.fold(0.0, f64::min).exp() * frame.len() as f64;
        Some(Fit {
            mixture,
            log_likelihood,
            converged,
            faulty: smallest < self.least,
            origin,
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::em::{CHUNK, Moments};
    use super::super::start::Start;
    use super::*;

    fn rows(n: usize) -> (Array2<f64>, Vec<u32>) {
        let x = Array2::from_shape_fn((n, 3), |(i, c)| {
            (i % 3) as f64 * [3.0, -2.0, 1.0][c] + ((i * (7 + 6 * c) + c) as f64 * 0.731).sin()
        });
        let labels = (0..n as u32)
            .map(|i| if i % 17 == 0 { 0 } else { i % 3 })
            .collect();
        (x, labels)
    }

    const ORIGIN: Origin = Origin {
        start: Start::ModelBased,
        moves: 0,
    };

    #[test]
    fn chunks_climb_where_the_whole_climbs() {
        let (x, labels) = rows(2 * CHUNK + 77);
        let frame = Frame::new(&x);
        let start = Mixture::maximise(&frame, Moments::of_partition(&labels, 3, &frame));
        let start = start.expect("a start");
        let stop = Stop {
            steps: 25,
            tolerance: 1e-12,
        };
        let by = |chunk| {
            let ground = Ground {
                frame: &frame,
                chunk,
                least: 1.0,
            };
            ground.climb(start.clone(), stop, ORIGIN).expect("a fit")
        };
        let (whole, chunked) = (by(x.nrows()), by(CHUNK));
        let error = (whole.log_likelihood - chunked.log_likelihood).abs();
        assert!(error < 1e-9 * whole.log_likelihood.abs(), "{error}");
        for (a, b) in whole.mixture.means.iter().zip(&chunked.mixture.means) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        let r = whole.mixture.posterior(&frame, x.nrows());
        let p = whole.mixture.posterior(&frame, CHUNK);
        assert!(p.iter().zip(&r).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let (x, labels) = rows(3 * CHUNK);
        let frame = Frame::new(&x);
        let start = Mixture::maximise(&frame, Moments::of_partition(&labels, 3, &frame));
        let start = start.expect("a start");
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            let stop = Stop {
                steps: 5,
                tolerance: 1e-15,
            };
            let ground = Ground {
                frame: &frame,
                chunk: CHUNK,
                least: 1.0,
            };
            pool.install(|| ground.climb(start.clone(), stop, ORIGIN))
                .expect("a fit")
                .log_likelihood
                .to_bits()
        };
        assert_eq!(run(1), run(3));
    }
}
