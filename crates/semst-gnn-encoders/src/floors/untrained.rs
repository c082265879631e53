//! The encoders whose latent is a fixed function of the slide.

use crate::{
    Encoder, EncoderConfig, EncoderError, Features, FixedInput, Losses, SlideData,
    reconstruction_loss,
};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::Array2;
use semst_fsm_modulation::Init;
use std::fmt::Debug;

/// A latent that is computed from a slide without training: all that [`Untrained`] needs to be an encoder.
pub trait FixedLatent: Clone + Debug + Send + Sync + 'static {
    /// Width of the latent for `n_features` features.
    fn width(&self, n_features: usize) -> usize;

    /// Computes the latent [n, width]. The parts of the slide have the same spots.
    ///
    /// # Errors
    /// When a part that it needs is missing or cannot be used.
    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError>;

    /// As [`Encoder::hops`].
    fn hops(&self) -> Option<usize> {
        None
    }
}

/// An encoder without training: the latent [n, d] of a [`FixedLatent`] is clustered.
///
/// Without a modulator there is nothing to train, and no training step is made. With a modulator, a linear decoder reconstructs
/// the features from the modulated latent, so that the modulator has an objective. Semantics help only if they contain what the
/// latent lacks.
///
/// # References
/// docs/protocol.md, rule 9.
#[derive(Module, Debug)]
pub struct Untrained<C: FixedLatent> {
    decoder: Linear,
    #[module(skip)]
    config: C,
}

impl<C: FixedLatent + EncoderConfig> Untrained<C> {
    /// The encoder of a configuration for `n_features` features.
    ///
    /// # Errors
    /// As [`EncoderConfig::check`], or when there are no features.
    pub fn new(
        config: &C,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self, EncoderError> {
        config.check()?;
        EncoderError::positive("n_features", n_features)?;
        let width = config.width(n_features);
        Ok(Self {
            decoder: Init::new(seed, device).linear(width, n_features),
            config: config.clone(),
        })
    }
}

impl<C: FixedLatent> Encoder for Untrained<C> {
    type Trace = ();
    type Input = FixedInput;

    fn d_latent(&self) -> usize {
        self.decoder.weight.val().dims()[0]
    }

    fn n_spots(&self, input: &FixedInput) -> usize {
        input.latent.dims()[0]
    }

    /// Computes the latent, on the CPU.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<FixedInput, EncoderError> {
        data.check()?;
        let latent = self.config.latent(data)?;
        let shape = [latent.nrows(), latent.ncols()];
        let values: Vec<f32> = latent.into_iter().collect();
        Ok(FixedInput {
            features: data.features.clone(),
            latent: Tensor::from_data(TensorData::new(values, shape), device),
        })
    }

    fn encode(&self, input: &FixedInput, _: u64) -> (Tensor<2>, Self::Trace) {
        (input.latent.clone(), ())
    }

    fn readout(&self, latent: Tensor<2>, _: &FixedInput) -> Tensor<2> {
        latent
    }

    /// Mean squared error of the features from a latent. If the latent is not tracked, the value has no gradients: the embedding
    /// would not change by training.
    fn loss(&self, latent: Tensor<2>, (): Self::Trace, input: &FixedInput, _: u64) -> Losses {
        let fixed = !latent.is_tracked();
        let error = match (&input.features, &self.decoder.bias) {
            (Features::Sparse(_), Some(bias)) => {
                // The bias is the weight of a column of ones, so that sparse features stay sparse.
                let ones = Tensor::ones([latent.dims()[0], 1], &latent.device());
                let weight = vec![self.decoder.weight.val(), bias.val().unsqueeze()];
                let hidden = Tensor::cat(vec![latent, ones], 1);
                reconstruction_loss(&input.features, hidden, Tensor::cat(weight, 0))
            }
            (features, _) => {
                let [n, f] = features.dims();
                let error = self.decoder.forward(latent) - features.to_dense();
                let sum = error.square().sum_dim(1).sum();
                sum.div_scalar((n * f).max(1) as f64)
            }
        };
        let error = if fixed { error.inner() } else { error };
        Losses::new().with("reconstruction", 1.0, error)
    }

    fn hops(&self) -> Option<usize> {
        self.config.hops()
    }

    fn is_trainable(&self) -> bool {
        false
    }
}
