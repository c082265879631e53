//! The diffusion host: the floor that a network has to beat.

use crate::batch::to_matrix;
use crate::error::positive;
use crate::pca::ReconstructingReadout;
use crate::{Batch, EncoderError, Features, Host, Losses, SlideData};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_spatial_graph::{Laplacian, diffuse};
use serde::{Deserialize, Serialize};

/// Configures [`Diffusion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiffusionConfig {
    /// How far features spread: a of `(I + aL)⁻¹` (docs/protocol.md: 10, and 30 beside it).
    pub strength: f64,
    /// Which Laplacian (symmetric).
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

    /// Starts the host for `n_features` features, which should be few: principal components.
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
        positive("n_features", n_features)?;
        Ok(Diffusion {
            readout: ReconstructingReadout::new(n_features, &mut Init::new(seed, device)),
            strength: self.strength,
            laplacian: self.laplacian,
        })
    }
}

/// Features spread over the spatial graph, `(I + aL)⁻¹ X`: no training, nothing learnt.
///
/// The latent [n, f] is what is clustered. Without a modulator there is nothing to train, and training ends before it starts.
/// With one, a linear decoder reconstructs the features from the modulated latent, so that the modulator has an objective:
/// semantics come in as far as they say what smoothing has taken away.
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

impl Host for Diffusion {
    type Trace = ();

    fn d_latent(&self) -> usize {
        self.readout.n_features()
    }

    /// Spreads the features, on the processor: a solve is a few milliseconds.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<Batch, EncoderError> {
        data.check()?;
        let [n, f] = data.features.dims();
        let features = data.features.to_dense();
        let values: Vec<f32> = features.clone().into_data().iter::<f32>().collect();
        let spread = diffuse(&data.spatial, &values, self.strength, self.laplacian)?;
        let links = to_matrix(&data.spatial, device)?;
        let mut batch = Batch::new(Features::Dense(features), links.clone(), links);
        let Features::Dense(latent) = Features::dense(spread, n, f, device) else {
            unreachable!("dense features are dense")
        };
        batch.latent = Some(latent);
        Ok(batch)
    }

    fn encode(&self, batch: &Batch) -> (Tensor<2>, Self::Trace) {
        let latent = batch.latent.clone();
        (latent.expect("prepare() puts the latent in"), ())
    }

    fn readout(&self, latent: Tensor<2>, _: &Batch) -> Tensor<2> {
        latent
    }

    fn loss(&self, latent: Tensor<2>, (): Self::Trace, batch: &Batch) -> Losses {
        self.readout.loss(latent, batch)
    }

    fn is_trainable(&self) -> bool {
        false
    }
}
