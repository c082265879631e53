//! What is interpreted: a trained modulator, what it saw, and the domains.

use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use semst_fsm_modulation::Modulator;
use semst_semantic_embedding::{PooledSpots, TermTable};

use crate::response::Answers;
use crate::{DomainMeaning, InterpretError};

/// A trained modulator with what it saw, and the domains that are to be told apart.
#[derive(Debug)]
pub struct Subject<'a, M: Modulator> {
    pub(crate) modulator: &'a M,
    pub(crate) latent: ArrayView2<'a, f32>,
    pub(crate) semantics: ArrayView2<'a, f32>,
    pub(crate) labels: &'a [u32],
}

impl<'a, M: Modulator> Subject<'a, M> {
    /// A trained modulator, latents [any, d] and the semantics [n, s] that it saw, and a domain, counted from 0, for each spot.
    ///
    /// Of the latents only the scale of each feature is used: those of some spots will do.
    pub fn new(
        modulator: &'a M,
        latent: ArrayView2<'a, f32>,
        semantics: ArrayView2<'a, f32>,
        labels: &'a [u32],
    ) -> Self {
        Self {
            modulator,
            latent,
            semantics,
            labels,
        }
    }

    pub(crate) fn check(&self) -> Result<(), InterpretError> {
        let (expected, got) = (self.labels.len(), self.semantics.nrows());
        if expected != got {
            return Err(InterpretError::Length {
                what: "rows of the semantics against domains",
                expected,
                got,
            });
        }
        Ok(())
    }

    /// The response of the modulator to semantics [n, s], [n, any], on the device of its parameters.
    pub(crate) fn response(&self, semantics: Tensor<2>) -> Tensor<2> {
        let [n, _] = semantics.dims();
        let typical = self.typical_latent();
        let d = typical.len();
        let latent = Tensor::<2>::from_data(
            TensorData::new(typical.to_vec(), [1, d]),
            &semantics.device(),
        );
        self.modulator.response(latent.expand([n, d]), semantics)
    }

    /// Where the modulator's parameters are; processors where it has none.
    pub(crate) fn device(&self) -> Device {
        self.modulator
            .devices()
            .into_iter()
            .next()
            .unwrap_or_else(Device::flex)
            .autodiff()
    }

    /// Semantics as a tensor beside the modulator.
    pub(crate) fn tensor(&self, semantics: ArrayView2<'_, f32>) -> Tensor<2> {
        let values: Vec<f32> = semantics.iter().copied().collect();
        Tensor::from_data(
            TensorData::new(values, [semantics.nrows(), semantics.ncols()]),
            &self.device(),
        )
    }

    /// Gradient of each spot's answer along the direction of its own domain with respect to its semantics, [n, s].
    pub(crate) fn gradient(&self, answers: &Answers) -> Result<Array2<f32>, InterpretError> {
        let semantics = self.tensor(self.semantics).require_grad();
        let response = self.response(semantics.clone());
        let directions = answers.rows(self.labels);
        // A sum over spots has, for each spot, the gradient of its own part: rows of a modulator are independent.
        let grads = (response * self.tensor(directions.view())).sum().backward();
        let gradient = match semantics.grad(&grads) {
            Some(gradient) => to_array(gradient),
            None => Array2::zeros(self.semantics.dim()),
        };
        finite("gradient", &gradient)?;
        Ok(gradient)
    }

    /// For each feature of the latent its root mean square, with the sign of its mean.
    fn typical_latent(&self) -> Array1<f32> {
        let (mut sum, mut squares) = (
            Array1::<f64>::zeros(self.latent.ncols()),
            Array1::<f64>::zeros(self.latent.ncols()),
        );
        for row in self.latent.outer_iter() {
            sum.zip_mut_with(&row, |s, v| *s += f64::from(*v));
            squares.zip_mut_with(&row, |s, v| *s += f64::from(*v).powi(2));
        }
        let n = self.latent.nrows().max(1) as f64;
        let sign = |s: f64| if s < 0.0 { -1.0 } else { 1.0 };
        Array1::from_iter(
            sum.iter()
                .zip(&squares)
                .map(|(s, q)| (sign(*s) * (q / n).sqrt()) as f32),
        )
    }
}

/// Where the semantics of a subject come from, when they come from genes.
#[derive(Debug, Clone, Copy)]
pub struct GeneSource<'a> {
    pub(crate) pooled: &'a PooledSpots,
    pub(crate) symbols: &'a [String],
    pub(crate) terms: Option<&'a TermTable>,
}

impl<'a> GeneSource<'a> {
    /// Pooled spots, and the symbols of the columns of the data.
    pub fn new(pooled: &'a PooledSpots, symbols: &'a [String]) -> Self {
        Self {
            pooled,
            symbols,
            terms: None,
        }
    }

    /// Names functions by these terms, which must be in the space of the genes.
    #[must_use]
    pub fn with_terms(mut self, terms: &'a TermTable) -> Self {
        self.terms = Some(terms);
        self
    }

    pub(crate) fn check<M: Modulator>(
        &self,
        subject: &Subject<'_, M>,
    ) -> Result<(), InterpretError> {
        let genes = self.pooled.genes();
        let columns = genes.columns.last().map_or(0, |c| *c as usize + 1);
        let lengths = [
            (
                "pooled spots against domains",
                subject.labels.len(),
                self.pooled.pooled().nrows(),
            ),
            (
                "symbols against columns of the pooled genes",
                columns.max(self.symbols.len()),
                self.symbols.len(),
            ),
            (
                "axes of the terms against those of the genes",
                genes.dims(),
                self.terms.map_or(genes.dims(), TermTable::dims),
            ),
        ];
        match lengths
            .into_iter()
            .find(|(_, expected, got)| expected != got)
        {
            Some((what, expected, got)) => Err(InterpretError::Length {
                what,
                expected,
                got,
            }),
            None => Ok(()),
        }
    }

    /// The terms nearest to where each domain's semantics lie, seen from the middle of the other domains.
    pub(crate) fn centroid_terms(
        &self,
        labels: &[u32],
        terms: &TermTable,
        k: usize,
        domains: &mut [DomainMeaning],
    ) {
        let means = domain_means(self.pooled.pooled(), labels, domains.len());
        let contrasts = contrasts(&means, labels);
        for domain in domains {
            let contrast = contrasts.row(domain.domain as usize).mapv(|v| v as f32);
            domain.centroid_terms = terms
                .nearest(contrast.view(), k)
                .into_iter()
                .map(|(term, cosine)| (terms.names()[term].clone(), f64::from(cosine)))
                .collect();
        }
    }
}

/// Means over the spots of each domain, [domains, d]; zeros for a domain without spots.
pub(crate) fn domain_means(x: ArrayView2<'_, f32>, labels: &[u32], domains: usize) -> Array2<f64> {
    let mut means = Array2::<f64>::zeros((domains, x.ncols()));
    let sizes = sizes(labels, domains);
    for (row, label) in x.outer_iter().zip(labels) {
        means
            .row_mut(*label as usize)
            .zip_mut_with(&row, |m, v| *m += f64::from(*v));
    }
    for (mut mean, size) in means.outer_iter_mut().zip(&sizes) {
        mean /= (*size).max(1) as f64;
    }
    means
}

/// Each domain's row minus the mean row of the other domains, each of which counts once, whatever its size.
pub(crate) fn contrasts(means: &Array2<f64>, labels: &[u32]) -> Array2<f64> {
    let sizes = sizes(labels, means.nrows());
    let filled: Vec<usize> = (0..means.nrows()).filter(|k| sizes[*k] > 0).collect();
    let mut sum = Array1::<f64>::zeros(means.ncols());
    for &k in &filled {
        sum += &means.row(k);
    }
    let others = (filled.len().max(2) - 1) as f64;
    let mut contrasts = Array2::zeros(means.dim());
    for &k in &filled {
        let own = means.row(k);
        let rest = (&sum - &own) / others;
        contrasts.row_mut(k).assign(&(&own - &rest));
    }
    contrasts
}

pub(crate) fn sizes(labels: &[u32], domains: usize) -> Vec<usize> {
    let mut sizes = vec![0; domains];
    for label in labels {
        sizes[*label as usize] += 1;
    }
    sizes
}

pub(crate) fn to_array(tensor: Tensor<2>) -> Array2<f32> {
    let [n, d] = tensor.dims();
    let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
    Array2::from_shape_vec((n, d), values).expect("a tensor has as many values as its shape says")
}

pub(crate) fn finite(what: &'static str, x: &Array2<f32>) -> Result<(), InterpretError> {
    match x
        .axis_iter(Axis(0))
        .position(|row| row.iter().any(|v| !v.is_finite()))
    {
        Some(spot) => Err(InterpretError::NotFinite { what, spot }),
        None => Ok(()),
    }
}
