//! Configuration of SEDR.

use super::{FeatureEncoder, Sedr, VariationalGcn};
use crate::{EncoderError, GcnLayer};
use burn::module::Param;
use burn::nn::{BatchNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use serde::{Deserialize, Serialize};

/// The meaning of the second output of the graph branch; it determines the divergence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// ln σ, and the divergence divided by the number of spots a second time: Kipf's VGAE, as in the released code.
    #[default]
    LogStd,
    /// ln σ², as in textbooks.
    LogVariance,
}

/// Configures [`Sedr`]. Defaults are those of the published version 2 and its tutorial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SedrConfig {
    /// Width of the first block (64).
    pub d_hidden: usize,
    /// Width of the second block, one half of the latent (16).
    pub d_feature: usize,
    /// Hidden width of the graph branch (64).
    pub d_graph_hidden: usize,
    /// Width of the graph branch, the other half of the latent (16).
    pub d_graph: usize,
    /// Fraction of the spots that get the token in a step (0.8).
    pub mask_share: f64,
    /// Dropout after each block (0.2).
    pub dropout: f64,
    /// Convention of the variational branch (ln σ).
    pub spread: Spread,
    /// Weight of the scaled cosine error (10).
    pub cosine_weight: f64,
    /// Power of the scaled cosine error (`alpha` = 3).
    pub cosine_power: u32,
    /// Weight of neighbours and divergence (0.1).
    pub graph_weight: f64,
    /// Weight of the squared error of all spots (1).
    pub self_weight: f64,
    /// Weight of deep embedded clustering, used after [`Sedr::with_dec`] (1).
    pub dec_weight: f64,
    /// Centres of deep embedded clustering in the second phase of training, which is as long as the first; 0 means no second
    /// phase (10).
    pub dec_centres: usize,
}

impl Default for SedrConfig {
    fn default() -> Self {
        Self {
            d_hidden: 64,
            d_feature: 16,
            d_graph_hidden: 64,
            d_graph: 16,
            mask_share: 0.8,
            dropout: 0.2,
            spread: Spread::LogStd,
            cosine_weight: 10.0,
            cosine_power: 3,
            graph_weight: 0.1,
            self_weight: 1.0,
            dec_weight: 1.0,
            dec_centres: 10,
        }
    }
}

impl SedrConfig {
    /// The released defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the widths of both blocks and of both layers of the graph branch.
    pub fn with_widths(
        mut self,
        d_hidden: usize,
        d_feature: usize,
        d_graph_hidden: usize,
        d_graph: usize,
    ) -> Self {
        (self.d_hidden, self.d_feature) = (d_hidden, d_feature);
        (self.d_graph_hidden, self.d_graph) = (d_graph_hidden, d_graph);
        self
    }

    /// Sets the fraction of masked spots and the dropout.
    pub fn with_noise(mut self, mask_share: f64, dropout: f64) -> Self {
        (self.mask_share, self.dropout) = (mask_share, dropout);
        self
    }

    /// Sets the number of centres in the second phase; 0 leaves it out.
    pub fn with_dec_centres(mut self, dec_centres: usize) -> Self {
        self.dec_centres = dec_centres;
        self
    }

    /// Sets the convention of the variational branch.
    pub fn with_spread(mut self, spread: Spread) -> Self {
        self.spread = spread;
        self
    }

    /// Sets the weights of cosine error, graph terms and squared error.
    pub fn with_weights(mut self, cosine: f64, graph: f64, own: f64) -> Self {
        (self.cosine_weight, self.graph_weight, self.self_weight) = (cosine, graph, own);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When a width is zero, a fraction is out of its range, or a weight is negative or not finite.
    pub fn check(&self) -> Result<(), EncoderError> {
        for (field, value) in [
            ("d_hidden", self.d_hidden),
            ("d_feature", self.d_feature),
            ("d_graph_hidden", self.d_graph_hidden),
            ("d_graph", self.d_graph),
            ("cosine_power", self.cosine_power as usize),
        ] {
            EncoderError::width(field, value)?;
        }
        let inside = |field, value: f64, holds: bool, bound| match holds {
            true => Ok(()),
            false => Err(EncoderError::OutOfRange {
                field,
                value,
                bound,
            }),
        };
        let (mask, dropout) = (self.mask_share, self.dropout);
        inside(
            "mask_share",
            mask,
            mask > 0.0 && mask <= 1.0,
            "above 0 and at most 1",
        )?;
        inside(
            "dropout",
            dropout,
            (0.0..1.0).contains(&dropout),
            "at least 0 and below 1",
        )?;
        let centres = self.dec_centres;
        let few = centres <= 16_384;
        inside("dec_centres", centres as f64, few, "at most 16384")?;
        EncoderError::not_negative("cosine_weight", self.cosine_weight)?;
        EncoderError::not_negative("graph_weight", self.graph_weight)?;
        EncoderError::not_negative("self_weight", self.self_weight)?;
        EncoderError::not_negative("dec_weight", self.dec_weight)
    }

    /// Initialises the encoder for `n_features` features: linear layers as in PyTorch, graph layers Xavier-uniform, the token
    /// zero.
    ///
    /// # Errors
    /// As [`SedrConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Sedr, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut init = Init::new(seed, device);
        let norm = |width| {
            BatchNormConfig::new(width)
                .with_epsilon(1e-3)
                .with_momentum(0.01)
                .init(device)
        };
        let xavier = |a: usize, b: usize| (6.0 / (a + b) as f64).sqrt();
        let (f, hidden) = (self.d_feature, self.d_graph_hidden);
        let encoder = FeatureEncoder {
            layer1: init.linear(n_features, self.d_hidden),
            norm1: norm(self.d_hidden),
            layer2: init.linear(self.d_hidden, f),
            norm2: norm(f),
        };
        let mut layer = |a: usize, b: usize| GcnLayer::without_bias(a, b, xavier(a, b), &mut init);
        let gcn = VariationalGcn {
            shared: layer(f, hidden),
            mu: layer(hidden, self.d_graph),
            logvar: layer(hidden, self.d_graph),
        };
        let d_latent = f + self.d_graph;
        Ok(Sedr {
            token: Param::from_tensor(Tensor::zeros([n_features], device)),
            encoder,
            gcn,
            decoder: Linear {
                weight: init.uniform(d_latent, n_features, xavier(d_latent, n_features)),
                bias: None,
            },
            dec: None,
            config: self.clone(),
        })
    }
}
