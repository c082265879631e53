//! How the modulation answers in each domain.

use ndarray::{Array2, Axis};
use semst_fsm_modulation::Modulator;

use crate::subject::{contrasts, domain_means, finite, sizes, to_array};
use crate::{InterpretError, Subject};

/// The answer of the modulation to each spot, and the direction in which each domain's answer differs from the others'.
#[derive(Debug)]
pub(crate) struct Answers {
    /// [n, p]
    pub(crate) responses: Array2<f32>,
    /// [domains, p], of length one; zeros where a domain has no spots or does not differ.
    directions: Array2<f32>,
    /// How far each domain's mean answer lies from the others', in units of the spread of the answers of all spots.
    pub(crate) strengths: Vec<f64>,
}

impl Answers {
    pub(crate) fn of<M: Modulator>(subject: &Subject<'_, M>) -> Result<Self, InterpretError> {
        let domains = subject.labels.iter().max().map_or(0, |l| *l as usize + 1);
        let filled = sizes(subject.labels, domains)
            .iter()
            .filter(|n| **n > 0)
            .count();
        if filled < 2 {
            return Err(InterpretError::TooFewDomains { domains: filled });
        }
        let responses = to_array(subject.response(subject.tensor(subject.semantics)));
        finite("modulation", &responses)?;
        let contrasts = contrasts(
            &domain_means(responses.view(), subject.labels, domains),
            subject.labels,
        );
        let spread = spread(&responses);
        let mut directions = Array2::zeros(contrasts.dim());
        let mut strengths = Vec::with_capacity(domains);
        for (contrast, mut direction) in contrasts.outer_iter().zip(directions.outer_iter_mut()) {
            let length = contrast.dot(&contrast).sqrt();
            if length > 1e-12 * spread && length > 0.0 {
                direction.assign(&contrast.mapv(|v| (v / length) as f32));
            }
            strengths.push(if spread > 0.0 { length / spread } else { 0.0 });
        }
        Ok(Self {
            responses,
            directions,
            strengths,
        })
    }

    /// Number of domains.
    pub(crate) fn domains(&self) -> usize {
        self.directions.nrows()
    }

    /// The direction of each spot's domain, [n, p].
    pub(crate) fn rows(&self, labels: &[u32]) -> Array2<f32> {
        let rows: Vec<usize> = labels.iter().map(|l| *l as usize).collect();
        self.directions.select(Axis(0), &rows)
    }
}

/// Root of the mean squared distance of the rows from their mean.
fn spread(x: &Array2<f32>) -> f64 {
    let mean = domain_means(x.view(), &vec![0; x.nrows()], 1);
    let squares: f64 = x
        .outer_iter()
        .map(|row| {
            row.iter()
                .zip(mean.row(0))
                .map(|(v, m)| (f64::from(*v) - m).powi(2))
                .sum::<f64>()
        })
        .sum();
    (squares / x.nrows().max(1) as f64).sqrt()
}
