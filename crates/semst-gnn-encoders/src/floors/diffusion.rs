//! The diffusion encoder: a floor that a trained network must exceed.

use crate::pca::ReconstructingReadout;
use crate::{Encoder, EncoderConfig, EncoderError, FixedInput, Losses, Recipe, SlideData};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use semst_fsm_modulation::Init;
use semst_spatial_graph::{Laplacian, diffuse_pieces};
use serde::{Deserialize, Serialize};

/// Configures [`Diffusion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiffusionConfig {
    /// How far features spread: a of `(I + aL)⁻¹` (docs/protocol.md: 10, and 30 in addition).
    pub strength: f64,
    /// The kind of Laplacian (symmetric).
    pub laplacian: Laplacian,
}

impl Default for DiffusionConfig {
    fn default() -> Self {
        Self {
            strength: 10.0,
            laplacian: Laplacian::Symmetric,
        }
    }
}

impl DiffusionConfig {
    /// The defaults of docs/protocol.md.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how far features spread.
    pub fn with_strength(mut self, strength: f64) -> Self {
        self.strength = strength;
        self
    }

    /// Sets the Laplacian.
    pub fn with_laplacian(mut self, laplacian: Laplacian) -> Self {
        self.laplacian = laplacian;
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When the strength is negative or above 1e6.
    pub fn check(&self) -> Result<(), EncoderError> {
        if !(0.0..=1e6).contains(&self.strength) {
            return Err(EncoderError::OutOfRange {
                field: "strength",
                value: self.strength,
                bound: "from 0 to 1e6",
            });
        }
        Ok(())
    }

    /// Initialises the encoder for `n_features` features, which should be few: principal components.
    ///
    /// # Errors
    /// As [`DiffusionConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Diffusion, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        Ok(Diffusion {
            readout: ReconstructingReadout::new(n_features, &mut Init::new(seed, device)),
            strength: self.strength,
            laplacian: self.laplacian,
        })
    }
}

impl EncoderConfig for DiffusionConfig {
    type Encoder = Diffusion;

    const NAME: &'static str = "diffusion";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn recipe(&self) -> Recipe {
        Recipe::floor()
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Diffusion, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// Features spread over the spatial graph, `(I + aL)⁻¹ X`, without training.
///
/// The latent [n, f] is clustered. Without a modulator there is nothing to train, and no training step is made. With a modulator,
/// a linear decoder reconstructs the features from the modulated latent, so that the modulator has an objective. Semantics help
/// only if they contain what smoothing has removed.
///
/// # References
/// docs/protocol.md, rule 9.
#[derive(Module, Debug)]
pub struct Diffusion {
    readout: ReconstructingReadout,
    strength: f64,
    #[module(skip)]
    laplacian: Laplacian,
}

impl Encoder for Diffusion {
    type Trace = ();
    type Input = FixedInput;

    fn d_latent(&self) -> usize {
        self.readout.n_features()
    }

    fn n_spots(&self, input: &FixedInput) -> usize {
        input.latent.dims()[0]
    }

    /// Spreads the features, on the CPU: a solve takes a few milliseconds.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<FixedInput, EncoderError> {
        data.check()?;
        let [n, f] = data.features.dims();
        let features = data.features.to_dense();
        let values: Vec<f32> = features.clone().into_data().iter::<f32>().collect();
        let spread = diffuse_pieces(&data.spatial, &values, self.strength, self.laplacian)?;
        let latent = Tensor::from_data(TensorData::new(spread, [n, f]), device);
        Ok(FixedInput { features, latent })
    }

    fn encode(&self, input: &FixedInput, _: u64) -> (Tensor<2>, Self::Trace) {
        (input.latent.clone(), ())
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
