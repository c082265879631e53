//! The encoder that uses no coordinates: its latent is the features.

use crate::{Encoder, EncoderConfig, EncoderError, FixedInput, Losses, Recipe, SlideData};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use serde::{Deserialize, Serialize};

/// Configures [`Pca`], which has no settings: it uses the given features, which are the components.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PcaConfig {}

impl PcaConfig {
    /// The only configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Initialises the encoder for `n_features` features, which should be few: principal components.
    ///
    /// # Errors
    /// When there are no features.
    pub fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Pca, EncoderError> {
        EncoderError::positive("n_features", n_features)?;
        Ok(Pca {
            readout: ReconstructingReadout::new(n_features, &mut Init::new(seed, device)),
        })
    }
}

impl EncoderConfig for PcaConfig {
    type Encoder = Pca;

    const NAME: &'static str = "pca";

    fn check(&self) -> Result<(), EncoderError> {
        Ok(())
    }

    fn recipe(&self) -> Recipe {
        Recipe::floor()
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Pca, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The features themselves [n, f], without the coordinates of the spots: the lower floor of docs/protocol.md.
///
/// Trained only with a modulator, like [`crate::Diffusion`].
#[derive(Module, Debug)]
pub struct Pca {
    readout: ReconstructingReadout,
}

impl Encoder for Pca {
    type Trace = ();
    type Input = FixedInput;

    fn d_latent(&self) -> usize {
        self.readout.n_features()
    }

    fn n_spots(&self, input: &FixedInput) -> usize {
        input.latent.dims()[0]
    }

    fn prepare(&self, data: &SlideData, _: &Device) -> Result<FixedInput, EncoderError> {
        data.check()?;
        let features = data.features.to_dense();
        Ok(FixedInput {
            latent: features.clone(),
            features,
        })
    }

    fn encode(&self, input: &FixedInput, _: u64) -> (Tensor<2>, Self::Trace) {
        (input.latent.clone(), ())
    }

    /// Zero links: the graph is not used.
    fn hops(&self) -> Option<usize> {
        Some(0)
    }

    fn readout(&self, latent: Tensor<2>, _: &FixedInput) -> Tensor<2> {
        latent
    }

    fn loss(&self, latent: Tensor<2>, (): Self::Trace, input: &FixedInput, _: u64) -> Losses {
        self.readout.loss(latent, input)
    }

    fn is_trainable(&self) -> bool {
        false
    }
}

/// A linear decoder that gives a modulator of a fixed latent an objective.
#[derive(Module, Debug)]
pub(crate) struct ReconstructingReadout {
    decoder: Linear,
}

impl ReconstructingReadout {
    /// From and to `n_features`, initialised as in PyTorch.
    pub(crate) fn new(n_features: usize, init: &mut Init) -> Self {
        Self {
            decoder: init.linear(n_features, n_features),
        }
    }

    pub(crate) fn n_features(&self) -> usize {
        self.decoder.weight.val().dims()[1]
    }

    /// Mean squared error of the features from a latent. If the latent is not tracked, the value has no gradients:
    /// the embedding would not change by training.
    pub(crate) fn loss(&self, latent: Tensor<2>, input: &FixedInput) -> Losses {
        let [n, f] = input.features.dims();
        let fixed = !latent.is_tracked();
        let error = self.decoder.forward(latent) - input.features.clone();
        let error = error
            .square()
            .sum_dim(1)
            .sum()
            .div_scalar((n * f).max(1) as f64);
        Losses::new().with(
            "reconstruction",
            1.0,
            if fixed { error.inner() } else { error },
        )
    }
}
