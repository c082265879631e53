//! How the modulation responds in each domain.

use ndarray::{Array2, ArrayView1};
use semst_fsm_modulation::Modulator;

use crate::subject::{contrasts, domain_means, finite, sizes};
use crate::whitening::whitening;
use crate::{InterpretError, Subject};

/// The response of the modulator to each spot, and for each domain the direction that separates it from the rest of the slide.
///
/// A domain's answer is the part of the response along its direction. The direction is that of a least-squares regression of
/// "this spot belongs to the domain": the contrast of means after the covariance of responses has been made the identity.
#[derive(Debug)]
pub(crate) struct Answers {
    /// [n, p]
    pub(crate) responses: Array2<f32>,
    /// [domains, p]; zeros if a domain has no spots or does not differ.
    directions: Array2<f32>,
    /// The difference between each domain's mean answer and that of the other spots, in standard deviations.
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
        let responses = subject.respond(subject.semantics);
        finite("modulation", &responses)?;
        let whitening = whitening(&responses);
        let means = domain_means(responses.view(), subject.labels, domains);
        let contrasts = contrasts(&means, subject.labels).dot(&whitening);
        let mut directions = Array2::zeros(contrasts.dim());
        let mut strengths = Vec::with_capacity(domains);
        for (contrast, mut direction) in contrasts.outer_iter().zip(directions.outer_iter_mut()) {
            let length = contrast.dot(&contrast).sqrt();
            if length > 1e-9 {
                let unit = whitening.dot(&contrast) / length;
                direction.assign(&unit.mapv(|v| v as f32));
            }
            strengths.push(length);
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

    /// The vector by which a response is multiplied to get a domain's answer, up to a constant, `[p]`.
    pub(crate) fn direction(&self, domain: usize) -> ArrayView1<'_, f32> {
        self.directions.row(domain)
    }
}
