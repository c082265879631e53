//! The change of the response of a spot per unit of a gene.

use ndarray::{Array2, Axis};
use semst_fsm_modulation::Modulator;

use crate::response::Answers;
use crate::subject::finite;
use crate::{GeneSource, InterpretError, Subject};

/// The gradient of a domain's response with respect to the weights of genes, at points between pairs of spots: one unit of gene g with
/// vector v changes the response by `v · slope − shift`.
pub(crate) struct Gradient {
    /// [pairs, dims]
    pub(crate) slope: Array2<f32>,
    /// In a mean, more of one gene means less of all others; zeros for sums.
    pub(crate) shift: Vec<f32>,
}

impl Gradient {
    /// At weights (1 − t) b + t u, with u those of the first spots and b those of the second; all spots must have weights.
    pub(crate) fn between<M: Modulator>(
        subject: &Subject<'_, M>,
        source: &GeneSource<'_>,
        answers: &Answers,
        domain: usize,
        (spots, others): (&[usize], &[usize]),
        t: f32,
    ) -> Result<Self, InterpretError> {
        let (pooled, totals) = (source.pooled.pooled(), source.pooled.totals());
        let mut at = pooled.select(Axis(0), spots);
        let mut sums = Vec::with_capacity(spots.len());
        for (mut row, (spot, other)) in at.outer_iter_mut().zip(spots.iter().zip(others)) {
            let (own, its) = (t * totals[*spot], (1.0 - t) * totals[*other]);
            row *= own;
            row.scaled_add(its, &pooled.row(*other));
            row /= own + its;
            sums.push(own + its);
        }
        let scaling = source.pooled.scaling();
        let gradient =
            subject.gradient(scaling.apply(at.clone()).view(), answers.direction(domain));
        finite("gradient", &gradient)?;
        let mut slope = scaling.pull_back(at.view(), gradient);
        let mut shift = vec![0.0; spots.len()];
        for (i, mut row) in slope.outer_iter_mut().enumerate() {
            row /= sums[i];
            if source.pooled.is_mean() {
                shift[i] = row.dot(&at.row(i));
            }
        }
        Ok(Self { slope, shift })
    }
}
