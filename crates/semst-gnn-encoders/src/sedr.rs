//! The SEDR encoder: a masked auto-encoder with a variational graph branch.

mod config;
mod draw;

pub use config::{SedrConfig, Spread};
pub use draw::SedrDraw;

use crate::slide_data::to_matrix;
use crate::unit::unit;
use crate::{
    Dec, Encoder, EncoderConfig, EncoderError, GcnLayer, Losses, Phase, Recipe, SlideData,
};
use burn::module::{Module, Param};
use burn::nn::{BatchNorm, Linear};
use burn::tensor::activation::{log_sigmoid, relu};
use burn::tensor::{Device, Tensor};
use semst_preprocess::Preprocess;
use semst_sparse::{SparseMatrix, elu};
use semst_spatial_graph::{
    AddSelfLoops, Binary, Postprocess, ShippedGraph, SpatialGraph, SymmetricKnnGraph, Symmetrize,
};

impl EncoderConfig for SedrConfig {
    type Encoder = Sedr;

    const NAME: &'static str = "sedr";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 200,
            learning_rate: 1e-2,
            weight_decay: 1e-2,
            clip_norm: None,
            preprocess: Preprocess::sedr(),
            graph: ShippedGraph::Knn(SymmetricKnnGraph::new(12)),
            expression_k: None,
            source: "SEDR version 2, defaults and the DLPFC tutorial; each of its two phases",
        }
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Sedr, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The masked variational graph auto-encoder of SEDR (published version 2).
///
/// In training a learnt token is *added* to the features of most spots (the features stay). Two blocks of linear layer, batch
/// norm, ELU and dropout give f [n, 16]. A graph network gives mean and spread of g [n, 16]. The latent that FSM modulates, and
/// that is clustered, is `[f | g]` [n, 32]. One linear graph convolution reconstructs the features. Objective: scaled cosine
/// error of the masked spots, binary cross-entropy of neighbours against drawn non-neighbours by inner product with the
/// divergence of g, and the squared error of all spots. Off the autodiff device nothing is drawn, and g is its mean.
///
/// The second phase of the released code adds deep embedded clustering: see [`Sedr::with_dec`].
///
/// # References
/// Xu et al., SEDR, Genome Med. 2024; docs/methods.md 1.5.
#[derive(Module, Debug)]
pub struct Sedr {
    token: Param<Tensor<1>>,
    encoder: FeatureEncoder,
    gcn: VariationalGcn,
    decoder: Linear,
    dec: Option<Dec>,
    #[module(skip)]
    config: SedrConfig,
}

/// The input of [`Sedr`].
#[derive(Debug, Clone)]
pub struct SedrInput {
    /// Features [n, f], usually principal components.
    pub features: Tensor<2>,
    /// D^-½ (A + I) D^-½ of the symmetric spatial graph.
    pub spatial: SparseMatrix,
    /// The links for the loss over neighbours.
    pub neighbours: SparseMatrix,
    /// The same links on the CPU, where non-neighbours are drawn.
    pub links: SpatialGraph,
}

/// What [`Sedr`] keeps of the encoding for its loss.
#[derive(Debug, Clone)]
pub struct SedrTrace {
    /// Mean of the graph branch, [n, d_graph].
    pub mu: Tensor<2>,
    /// Its spread, as defined by [`Spread`], [n, d_graph].
    pub spread: Tensor<2>,
    /// Ones in the rows that were masked, [n, 1]; `None` off the autodiff device.
    pub masked: Option<Tensor<2>>,
}

impl Sedr {
    /// Adds deep embedded clustering with centres [k, d_latent] and a weight (released: 10 centres of k-means on the embedding of the
    /// first phase, weight 1), for a second training. The released code updates the target every 20 epochs; this one does so
    /// every epoch.
    ///
    /// # Errors
    /// When the width of the centres differs from that of the latent.
    pub fn with_dec(mut self, centres: Tensor<2>, weight: f64) -> Result<Self, EncoderError> {
        EncoderError::not_negative("dec_weight", weight)?;
        let (expected, got) = (self.d_latent(), centres.dims()[1]);
        if expected != got {
            return Err(EncoderError::Width {
                part: "a cluster centre",
                expected,
                got,
            });
        }
        self.dec = Some(Dec::new(centres));
        self.config.dec_weight = weight;
        Ok(self)
    }

    /// Encodes with the given draws of training, or without them in evaluation, and with a function applied to the hidden layer.
    pub fn encode_drawn(
        &self,
        input: &SedrInput,
        draw: Option<&SedrDraw>,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, SedrTrace) {
        let mut x = input.features.clone();
        if let Some(draw) = draw {
            x = x + draw.masked.clone().matmul(self.token.val().unsqueeze());
        }
        let drop = |h: Tensor<2>, i: usize| match draw.and_then(|d| d.dropout.as_ref()) {
            Some(factors) => h * factors[i].clone(),
            None => h,
        };
        let hidden = inner(0, drop(self.encoder.block1(x), 0));
        let f = drop(self.encoder.block2(hidden), 1);
        let (mu, spread) = self.gcn.forward(f.clone(), &input.spatial);
        let g = match draw {
            Some(draw) => {
                let std = match self.config.spread {
                    Spread::LogStd => spread.clone().exp(),
                    Spread::LogVariance => spread.clone().div_scalar(2.0).exp(),
                };
                mu.clone() + draw.noise.clone() * std
            }
            None => mu.clone(),
        };
        let masked = draw.map(|draw| draw.masked.clone());
        (Tensor::cat(vec![f, g], 1), SedrTrace { mu, spread, masked })
    }

    /// The objective with given non-neighbours, whose values are ignored.
    pub fn objective(
        &self,
        latent: Tensor<2>,
        trace: SedrTrace,
        non_neighbours: &SparseMatrix,
        input: &SedrInput,
    ) -> Losses {
        let x = input.features.clone();
        let config = &self.config;
        // Â (Z W) = (Â Z) W: the graph is applied to the narrower matrix.
        let y = self.decoder.forward(input.spatial.spmm(latent.clone()));
        let error = (y.clone() - x.clone()).square().mean_dim(1).mean();
        let divergence = self.divergence(trace.mu, trace.spread);
        let mut losses = Losses::new()
            .with(
                "cosine",
                config.cosine_weight,
                scaled_cosine_error(y, x, config.cosine_power, trace.masked),
            )
            .with("divergence", config.graph_weight, divergence)
            .with("reconstruction", config.self_weight, error);
        if input.neighbours.nnz() > 0 {
            let near = input.neighbours.sddmm(latent.clone(), latent.clone());
            let far = non_neighbours.sddmm(latent.clone(), latent.clone());
            let pairs = log_sigmoid(Tensor::cat(vec![near, far.neg()], 0)).mean();
            losses = losses.with("neighbours", config.graph_weight, pairs.neg());
        }
        if let Some(dec) = &self.dec {
            let target = Dec::target(dec.assign(latent.clone()));
            losses = losses.with("dec", config.dec_weight, dec.loss(latent, target));
        }
        losses
    }

    fn divergence(&self, mu: Tensor<2>, spread: Tensor<2>) -> Tensor<1> {
        let n = mu.dims()[0].max(1) as f64;
        // If the spread is the logarithm of deviations, Kipf's code divides by the number of spots a second time.
        let (log_variance, scale) = match self.config.spread {
            Spread::LogStd => (spread.mul_scalar(2.0), -0.5 / n),
            Spread::LogVariance => (spread, -0.5),
        };
        let terms = log_variance.clone() + 1.0 - mu.square() - log_variance.exp();
        terms.sum_dim(1).mean().mul_scalar(scale)
    }

    fn is_training(&self) -> bool {
        let norm = &self.encoder.norm1;
        norm.training.is_enabled() && norm.gamma.val().is_autodiff()
    }
}

/// `mean over the masked rows of (1 - cos(y, x))^power`, or over all rows. Returns `[1]`.
pub fn scaled_cosine_error(
    y: Tensor<2>,
    x: Tensor<2>,
    power: u32,
    masked: Option<Tensor<2>>,
) -> Tensor<1> {
    let cosine = (unit(y, 1) * unit(x, 1)).sum_dim(1);
    let error = (cosine.neg() + 1.0).powi_scalar(power as i32);
    match masked {
        Some(rows) => (error * rows.clone()).sum() / rows.sum().clamp_min(1.0),
        None => error.mean(),
    }
}

impl Encoder for Sedr {
    type Trace = SedrTrace;
    type Input = SedrInput;

    fn d_latent(&self) -> usize {
        self.config.d_feature + self.config.d_graph
    }

    fn n_spots(&self, input: &SedrInput) -> usize {
        input.features.dims()[0]
    }

    /// The spatial graph is made symmetric; weights and self-links are ignored. Features, usually principal components,
    /// are made dense.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<SedrInput, EncoderError> {
        data.check()?;
        let links = Symmetrize.apply(Binary.apply(data.spatial.without_diagonal())?)?;
        let operator = AddSelfLoops::default()
            .apply(links.clone())?
            .sym_normalized();
        Ok(SedrInput {
            features: data.features.to_dense(),
            spatial: to_matrix(&operator, device)?,
            neighbours: to_matrix(&links, device)?,
            links,
        })
    }

    fn inner_widths(&self) -> Vec<usize> {
        vec![self.config.d_hidden]
    }

    fn encode(&self, input: &SedrInput, draw: u64) -> (Tensor<2>, Self::Trace) {
        self.encode_with(input, draw, &mut |_, hidden| hidden)
    }

    fn encode_with(
        &self,
        input: &SedrInput,
        draw: u64,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let device = input.spatial.columns().device();
        let draw = self
            .is_training()
            .then(|| SedrDraw::new(&self.config, self.n_spots(input), draw, &device));
        self.encode_drawn(input, draw.as_ref(), inner)
    }

    /// Deep embedded clustering, if it is configured and has not begun.
    fn next_phase(&self) -> Option<Phase> {
        let n_centres = self.config.dec_centres;
        (n_centres > 0 && self.dec.is_none()).then_some(Phase { n_centres })
    }

    fn enter_phase(self, centres: Tensor<2>) -> Result<Self, EncoderError> {
        let weight = self.config.dec_weight;
        self.with_dec(centres, weight)
    }

    /// Two convolutions, and one link more, because the degrees of both ends are the weights of the links before.
    fn hops(&self) -> Option<usize> {
        Some(3)
    }

    fn readout(&self, latent: Tensor<2>, _: &SedrInput) -> Tensor<2> {
        latent
    }

    fn loss(&self, latent: Tensor<2>, trace: Self::Trace, input: &SedrInput, draw: u64) -> Losses {
        let device = input.spatial.columns().device();
        let non_neighbours = draw::non_neighbours(&input.links, draw, &device);
        self.objective(latent, trace, &non_neighbours, input)
    }
}

/// Two blocks of linear layer, batch norm and ELU.
#[derive(Module, Debug)]
struct FeatureEncoder {
    layer1: Linear,
    norm1: BatchNorm,
    layer2: Linear,
    norm2: BatchNorm,
}

impl FeatureEncoder {
    fn block1(&self, x: Tensor<2>) -> Tensor<2> {
        elu(self.norm1.forward(self.layer1.forward(x)))
    }

    fn block2(&self, x: Tensor<2>) -> Tensor<2> {
        elu(self.norm2.forward(self.layer2.forward(x)))
    }
}

/// One graph convolution, then one each for mean and spread.
#[derive(Module, Debug)]
struct VariationalGcn {
    shared: GcnLayer,
    mu: GcnLayer,
    logvar: GcnLayer,
}

impl VariationalGcn {
    fn forward(&self, x: Tensor<2>, adjacency: &SparseMatrix) -> (Tensor<2>, Tensor<2>) {
        let shared = relu(self.shared.forward(x, adjacency));
        let mu = self.mu.forward(shared.clone(), adjacency);
        (mu, self.logvar.forward(shared, adjacency))
    }
}
