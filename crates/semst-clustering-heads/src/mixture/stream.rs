//! EM over all rows of a long file, chunk by chunk: what is held beside the rows does not grow with their number.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::CovarianceModel;
use super::em::{Fit, Mixture, Stop, Target, likelihood_of_rows};
use super::frame::Frame;
use super::search::Origin;

/// Rows of a chunk: fixed, so that sums do not depend on threads.
const CHUNK: usize = 4096;

/// What an M-step needs of the rows: sums weighted by the responsibilities.
pub(super) struct Moments {
    /// `Σ r_k`.
    pub(super) sizes: Array1<f64>,
    /// `Σ r_k x`, `[k, r]`.
    pub(super) sums: Array2<f64>,
    /// `Σ r_k x²`, `[k, r]`, for the models without orientation.
    pub(super) squares: Option<Array2<f64>>,
    /// `Σ r_k x xᵀ`, for VVV.
    pub(super) outer: Option<Vec<Array2<f64>>>,
    log_likelihood: f64,
}

impl Moments {
    /// One pass: the E-step of each chunk, and its sums; joined in the order of the rows.
    fn of(mixture: &Mixture, frame: &Frame, model: CovarianceModel) -> Self {
        let chunks: Vec<Self> = frame
            .x
            .axis_chunks_iter(Axis(0), CHUNK)
            .into_par_iter()
            .map(|x| Self::of_chunk(mixture, x, model))
            .collect();
        let mut chunks = chunks.into_iter();
        let mut all = chunks.next().expect("rows were checked");
        for chunk in chunks {
            all.sizes += &chunk.sizes;
            all.sums += &chunk.sums;
            if let (Some(all), Some(chunk)) = (&mut all.squares, chunk.squares) {
                *all += &chunk;
            }
            if let (Some(all), Some(chunk)) = (&mut all.outer, chunk.outer) {
                all.iter_mut()
                    .zip(chunk)
                    .for_each(|(all, chunk)| *all += &chunk);
            }
            all.log_likelihood += chunk.log_likelihood;
        }
        all.log_likelihood += mixture.shared_likelihood(frame);
        all
    }

    fn of_chunk(mixture: &Mixture, x: ArrayView2<'_, f64>, model: CovarianceModel) -> Self {
        let k = mixture.means.nrows();
        let mut r = Array2::zeros((x.nrows(), k));
        let log_likelihood = likelihood_of_rows(mixture, x, r.view_mut());
        let (squares, outer) = match model {
            CovarianceModel::Eee => (None, None),
            CovarianceModel::Vvv => {
                let of = |c: usize| {
                    let weighted = &x * &r.slice(s![.., c..=c]);
                    weighted.t().dot(&x)
                };
                (None, Some((0..k).map(of).collect()))
            }
            _ => (Some(r.t().dot(&x.mapv(|v| v * v))), None),
        };
        Self {
            sizes: r.sum_axis(Axis(0)),
            sums: r.t().dot(&x),
            squares,
            outer,
            log_likelihood,
        }
    }
}

/// As [`climb`](super::em::climb), in passes over chunks.
pub(super) fn climb(
    frame: &Frame,
    target: Target,
    mut mixture: Mixture,
    stop: Stop,
    origin: Origin,
) -> Option<Fit> {
    let mut moments = Moments::of(&mixture, frame, target.model);
    let mut log_likelihood = moments.log_likelihood;
    let mut converged = false;
    for _ in 0..stop.steps {
        mixture = Mixture::of_moments(frame, target.model, &moments)?;
        moments = Moments::of(&mixture, frame, target.model);
        let next = moments.log_likelihood;
        if !next.is_finite() {
            return None;
        }
        converged = (next - log_likelihood).abs() / (1.0 + next.abs()) < stop.tolerance;
        log_likelihood = next;
        if converged {
            break;
        }
    }
    Some(Fit::new(
        mixture,
        frame,
        target,
        log_likelihood,
        converged,
        origin,
    ))
}

/// Posteriors of all rows, `[n, k]`, chunks in parallel.
pub(super) fn posterior(mixture: &Mixture, frame: &Frame) -> Array2<f64> {
    let mut out = Array2::zeros((frame.len(), mixture.means.nrows()));
    out.axis_chunks_iter_mut(Axis(0), CHUNK)
        .into_par_iter()
        .zip(frame.x.axis_chunks_iter(Axis(0), CHUNK))
        .for_each(|(out, x)| {
            likelihood_of_rows(mixture, x, out);
        });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixture::em::{self, one_hot};
    use crate::mixture::search::Start;

    fn rows(n: usize) -> (Array2<f64>, Vec<u32>) {
        let x = Array2::from_shape_fn((n, 3), |(i, c)| {
            (i % 3) as f64 * [3.0, -2.0, 1.0][c] + ((i * (7 + 6 * c) + c) as f64 * 0.731).sin()
        });
        let labels = (0..n as u32)
            .map(|i| if i % 17 == 0 { 0 } else { i % 3 })
            .collect();
        (x, labels)
    }

    #[test]
    fn chunks_climb_where_the_whole_climbs() {
        let (x, labels) = rows(2 * CHUNK + 77);
        for model in CovarianceModel::ALL {
            let frame = Frame::new(&x, model);
            let target = Target { model, least: 1.0 };
            let start = Mixture::maximise(&frame, model, &one_hot(&labels, 3)).expect("a start");
            let stop = Stop {
                steps: 25,
                tolerance: 1e-12,
            };
            let origin = Origin {
                start: Start::ModelBased,
                moves: 0,
            };
            let mut r = Array2::zeros((x.nrows(), 3));
            let whole =
                em::climb(&frame, target, start.clone(), &mut r, stop, origin).expect("a fit");
            let chunked = climb(&frame, target, start, stop, origin).expect("a fit");
            let error = (whole.log_likelihood - chunked.log_likelihood).abs();
            assert!(
                error < 1e-9 * whole.log_likelihood.abs(),
                "{model:?}: {error}"
            );
            for (a, b) in whole.mixture.means.iter().zip(&chunked.mixture.means) {
                assert!((a - b).abs() < 1e-6, "{model:?}: {a} {b}");
            }
            let p = posterior(&whole.mixture, &frame);
            assert!(
                p.iter().zip(&r).all(|(a, b)| (a - b).abs() < 1e-9),
                "{model:?}"
            );
        }
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let (x, labels) = rows(3 * CHUNK);
        let model = CovarianceModel::Eee;
        let frame = Frame::new(&x, model);
        let start = Mixture::maximise(&frame, model, &one_hot(&labels, 3)).expect("a start");
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            let stop = Stop {
                steps: 5,
                tolerance: 1e-15,
            };
            let origin = Origin {
                start: Start::ModelBased,
                moves: 0,
            };
            let target = Target { model, least: 1.0 };
            pool.install(|| climb(&frame, target, start.clone(), stop, origin))
                .expect("a fit")
                .log_likelihood
                .to_bits()
        };
        assert_eq!(run(1), run(3));
    }
}
