//! The subject of an interpretation: a trained modulator, its inputs, and the domains.

use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use semst_fsm_modulation::Modulator;
use semst_semantic_embedding::{PooledSpots, TermTable};

use crate::InterpretError;

/// Largest number of spots of a domain for which gradients of genes are computed.
const ASKED: usize = 1024;

/// Spots that pass through the modulator together, so that memory does not grow with the slide.
pub(crate) const BLOCK: usize = 4096;

/// A trained modulator with its inputs, and the domains to compare.
#[derive(Debug)]
pub struct Subject<'a, M: Modulator> {
    modulator: &'a M,
    /// For each feature of the latent its root mean square, with the sign of its mean.
    typical: Vec<f32>,
    pub(crate) semantics: ArrayView2<'a, f32>,
    pub(crate) labels: &'a [u32],
}

impl<'a, M: Modulator> Subject<'a, M> {
    /// A trained modulator, latents [any, d] and the semantics [n, s] of its training, and a domain, counted from 0, for each
    /// spot.
    ///
    /// Only the scale of each feature of the latents is used, so those of some spots are enough.
    pub fn new(
        modulator: &'a M,
        latent: ArrayView2<'a, f32>,
        semantics: ArrayView2<'a, f32>,
        labels: &'a [u32],
    ) -> Self {
        Self {
            modulator,
            typical: typical(latent),
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

    /// The response of the modulator to semantics [n, s], [n, any], block by block.
    pub(crate) fn respond(&self, semantics: ArrayView2<'_, f32>) -> Array2<f32> {
        let device = self.device();
        let mut responses = Array2::zeros((0, 0));
        for (at, block) in semantics.axis_chunks_iter(Axis(0), BLOCK).enumerate() {
            let response = to_array(self.response(tensor(block, &device)));
            if at == 0 {
                responses = Array2::zeros((semantics.nrows(), response.ncols()));
            }
            let from = at * BLOCK;
            responses
                .slice_mut(s![from..from + block.nrows(), ..])
                .assign(&response);
        }
        responses
    }

    /// Gradient of each row's answer along a direction with respect to its semantics [n, s], [n, s].
    pub(crate) fn gradient(
        &self,
        semantics: ArrayView2<'_, f32>,
        direction: ArrayView1<'_, f32>,
    ) -> Array2<f32> {
        let device = self.device();
        let semantics = tensor(semantics, &device).require_grad();
        let response = self.response(semantics.clone());
        let direction = tensor(direction.insert_axis(Axis(0)), &device);
        // The gradient of a sum over spots is, for each spot, that of its own summand, because the rows of a modulator are
        // independent.
        let grads = (response * direction).sum().backward();
        match semantics.grad(&grads) {
            Some(gradient) => to_array(gradient),
            None => {
                let [n, s] = semantics.dims();
                Array2::zeros((n, s))
            }
        }
    }

    fn response(&self, semantics: Tensor<2>) -> Tensor<2> {
        let ([n, _], d) = (semantics.dims(), self.typical.len());
        let typical = TensorData::new(self.typical.clone(), [1, d]);
        let latent = Tensor::<2>::from_data(typical, &semantics.device());
        self.modulator.response(latent.expand([n, d]), semantics)
    }

    /// The device of the modulator's parameters; the CPU if it has none.
    fn device(&self) -> Device {
        self.modulator
            .devices()
            .into_iter()
            .next()
            .unwrap_or_else(Device::flex)
            .autodiff()
    }
}

fn typical(latent: ArrayView2<'_, f32>) -> Vec<f32> {
    let zeros = Array1::<f64>::zeros(latent.ncols());
    let (mut sum, mut squares) = (zeros.clone(), zeros);
    for row in latent.outer_iter() {
        sum.zip_mut_with(&row, |s, v| *s += f64::from(*v));
        squares.zip_mut_with(&row, |s, v| *s += f64::from(*v).powi(2));
    }
    let n = latent.nrows().max(1) as f64;
    let sign = |s: f64| if s < 0.0 { -1.0 } else { 1.0 };
    sum.iter()
        .zip(&squares)
        .map(|(s, q)| (sign(*s) * (q / n).sqrt()) as f32)
        .collect()
}

/// The genes from which the semantics of a subject were pooled.
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

    /// Uses these terms as names of functions; they must be in the space of the genes.
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

/// Each domain's row minus the mean over the spots of all other domains.
pub(crate) fn contrasts(means: &Array2<f64>, labels: &[u32]) -> Array2<f64> {
    let sizes = sizes(labels, means.nrows());
    let mut sum = Array1::<f64>::zeros(means.ncols());
    for (mean, n) in means.outer_iter().zip(&sizes) {
        sum.scaled_add(*n as f64, &mean);
    }
    let mut contrasts = Array2::zeros(means.dim());
    for (k, n) in sizes.iter().enumerate().filter(|(_, n)| **n > 0) {
        let own = means.row(k);
        let others = labels.len() - n;
        if others > 0 {
            let rest = (&sum - &own.mapv(|v| v * *n as f64)) / others as f64;
            contrasts.row_mut(k).assign(&(&own - &rest));
        }
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

/// At most 1,024 spots of a domain, evenly spaced. A mean over them approximates the mean over the domain, at a cost that does
/// not grow with the slide.
pub(crate) fn asked(spots: &[usize]) -> Vec<usize> {
    let step = spots.len().div_ceil(ASKED).max(1);
    spots.iter().copied().step_by(step).collect()
}

/// The spots of each domain.
pub(crate) fn members(labels: &[u32], domains: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); domains];
    for (spot, label) in labels.iter().enumerate() {
        members[*label as usize].push(spot);
    }
    members
}

fn tensor(values: ArrayView2<'_, f32>, device: &Device) -> Tensor<2> {
    let shape = [values.nrows(), values.ncols()];
    let values: Vec<f32> = values.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn to_array(tensor: Tensor<2>) -> Array2<f32> {
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
