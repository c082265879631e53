//! The GraphST encoder: one graph convolution, reconstruction, and a contrast between spots and their surroundings.

use crate::draws::Draws;
use crate::slide_data::to_matrix;
use crate::unit::unit;
use crate::{
    Encoder, EncoderConfig, EncoderError, GraphInput, Losses, Recipe, SlideData,
    reconstruction_loss,
};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::{log_sigmoid, relu, sigmoid};
use burn::tensor::{Device, Int, Tensor};
use semst_fsm_modulation::Init;
use semst_preprocess::Preprocess;
use semst_spatial_graph::{
    AddSelfLoops, Binary, KnnGraph, Postprocess, ShippedGraph, SpatialGraph, Symmetrize,
};
use serde::{Deserialize, Serialize};

/// The differences of the released code between platforms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphstPlatform {
    /// `Â = D^-½ A D^-½ + I`: the identity is added after normalising (`datatype = "10X"`).
    #[default]
    Visium,
    /// `Â = D^-½ (A + I) D^-½`, and the rows of the readout have length one (`datatype = "Stereo"` or `"Slide"`).
    Stereo,
}

/// Configures [`Graphst`]. Defaults are those of the released version 1.1.1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphstConfig {
    /// Width of the latent (`dim_output` = 64).
    pub d_latent: usize,
    /// Normalisation of the graph and the readout (`datatype`, Visium).
    pub platform: GraphstPlatform,
    /// Weight of the reconstruction (`alpha` = 10).
    pub reconstruction_weight: f64,
    /// Weight of both contrasts (`beta` = 1).
    pub contrast_weight: f64,
}

impl Default for GraphstConfig {
    fn default() -> Self {
        Self {
            d_latent: 64,
            platform: GraphstPlatform::Visium,
            reconstruction_weight: 10.0,
            contrast_weight: 1.0,
        }
    }
}

impl GraphstConfig {
    /// The released defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the width of the latent.
    pub fn with_d_latent(mut self, d_latent: usize) -> Self {
        self.d_latent = d_latent;
        self
    }

    /// Sets the platform.
    pub fn with_platform(mut self, platform: GraphstPlatform) -> Self {
        self.platform = platform;
        self
    }

    /// Sets the weights of reconstruction and contrast.
    pub fn with_weights(mut self, reconstruction: f64, contrast: f64) -> Self {
        (self.reconstruction_weight, self.contrast_weight) = (reconstruction, contrast);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When the width is zero or a weight is negative or not finite.
    pub fn check(&self) -> Result<(), EncoderError> {
        EncoderError::width("d_latent", self.d_latent)?;
        EncoderError::not_negative("reconstruction_weight", self.reconstruction_weight)?;
        EncoderError::not_negative("contrast_weight", self.contrast_weight)
    }

    /// Initialises the encoder for `n_features` features: all weights Xavier-uniform, the bias zero.
    ///
    /// # Errors
    /// As [`GraphstConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Graphst, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut init = Init::new(seed, device);
        let d = self.d_latent;
        let bound = (6.0 / (n_features + d) as f64).sqrt();
        // PyTorch counts a bilinear weight [1, d, d] as d² inputs and d outputs.
        let bilinear = (6.0 / (d * d + d) as f64).sqrt();
        let mut linear = |d_input, d_output| Linear {
            weight: init.uniform(d_input, d_output, bound),
            bias: None,
        };
        let (encoder, decoder) = (linear(n_features, d), linear(d, n_features));
        Ok(Graphst {
            encoder,
            decoder,
            discriminator: Discriminator {
                weight: init.uniform(d, d, bilinear),
                bias: init.constant_vector(1, 0.0),
            },
            platform: self.platform,
            reconstruction_weight: self.reconstruction_weight,
            contrast_weight: self.contrast_weight,
        })
    }
}

impl EncoderConfig for GraphstConfig {
    type Encoder = Graphst;

    const NAME: &'static str = "graphst";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 600,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            clip_norm: None,
            preprocess: Preprocess::graphst(),
            graph: ShippedGraph::DirectedKnn(KnnGraph::new(3)),
            expression_k: None,
            source: "GraphST 1.1.1, defaults",
        }
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Graphst, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The network of GraphST.
///
/// The latent that FSM modulates is `Z = Â X W₁` [n, 64], before its ReLU and before the decoder. The released code clusters the
/// reconstruction `H = Â Z' W₂` [n, f], and that is the readout. Contrast: the embedding `ReLU(Z')` of a spot should agree with
/// the mean over its surroundings and not with that of a corrupted slide, whose rows of X are permuted again in every step. The
/// corrupted latent is not modulated, because its spots have no semantics.
///
/// # References
/// Long et al., GraphST, Nat. Commun. 2023; docs/methods.md 1.2.
#[derive(Module, Debug)]
pub struct Graphst {
    encoder: Linear,
    decoder: Linear,
    discriminator: Discriminator,
    #[module(skip)]
    platform: GraphstPlatform,
    reconstruction_weight: f64,
    contrast_weight: f64,
}

impl Graphst {
    /// The objective with a given permutation `[n]` of the rows of X for the corrupted view; `product` is `X W₁` [n, d_latent].
    pub fn objective(
        &self,
        latent: Tensor<2>,
        product: Tensor<2>,
        permutation: Tensor<1, Int>,
        input: &GraphInput,
    ) -> Losses {
        // Permuting rows after the product is the same as permuting rows of X.
        let corrupted = relu(input.spatial.spmm(product.select(0, permutation)));
        let embedding = relu(latent.clone());
        let here = self.surroundings(embedding.clone(), input);
        let there = self.surroundings(corrupted.clone(), input);
        let (own, other) = (
            self.discriminator.project(embedding),
            self.discriminator.project(corrupted),
        );
        let contrast = |same: &Tensor<2>, different: &Tensor<2>, context: &Tensor<2>| {
            let yes = self.discriminator.score(same.clone(), context.clone());
            let no = self.discriminator.score(different.clone(), context.clone());
            (log_sigmoid(yes) + log_sigmoid(no.neg()))
                .mean()
                .mul_scalar(-0.5)
        };
        // Â (Z W₂) = (Â Z) W₂: the graph is applied to the narrower matrix.
        let hidden = input.spatial.spmm(latent);
        let reconstruction =
            reconstruction_loss(&input.features, hidden, self.decoder.weight.val());
        Losses::new()
            .with("reconstruction", self.reconstruction_weight, reconstruction)
            .with(
                "contrast",
                self.contrast_weight,
                contrast(&own, &other, &here),
            )
            .with(
                "contrast_corrupted",
                self.contrast_weight,
                contrast(&other, &own, &there),
            )
    }

    /// Readout vectors of the surroundings, `σ(unit(M E))`: the row sums of M cancel in the normalisation.
    fn surroundings(&self, embedding: Tensor<2>, input: &GraphInput) -> Tensor<2> {
        sigmoid(unit(input.neighbours.spmm(embedding), 1))
    }
}

impl Encoder for Graphst {
    /// `X W₁` [n, d_latent], from which the corrupted view is made.
    type Trace = Tensor<2>;
    type Input = GraphInput;

    fn d_latent(&self) -> usize {
        self.encoder.weight.val().dims()[1]
    }

    fn n_spots(&self, input: &GraphInput) -> usize {
        input.features.dims()[0]
    }

    /// The spatial graph is read as directed (the released code: the 3 nearest spots of each spot). Its rows and the spot
    /// itself are the surroundings; the convolution uses its union with its transpose. Weights are ignored.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<GraphInput, EncoderError> {
        data.check()?;
        let near = Binary.apply(data.spatial.without_diagonal())?;
        let links = Symmetrize.apply(near.clone())?;
        let operator = match self.platform {
            GraphstPlatform::Visium => with_self(links.sym_normalized())?,
            GraphstPlatform::Stereo => with_self(links)?.sym_normalized(),
        };
        Ok(GraphInput::new(
            data.features.clone(),
            to_matrix(&operator, device)?,
            to_matrix(&with_self(near)?, device)?,
        ))
    }

    fn encode(&self, input: &GraphInput, _: u64) -> (Tensor<2>, Self::Trace) {
        let product = input.features.matmul(self.encoder.weight.val());
        (input.spatial.spmm(product.clone()), product)
    }

    /// One link in the encoder, one in the decoder, and one more, because the degrees of both ends are the weights of the links
    /// before.
    fn hops(&self) -> Option<usize> {
        Some(3)
    }

    fn readout(&self, latent: Tensor<2>, input: &GraphInput) -> Tensor<2> {
        let reconstruction = self.decoder.forward(input.spatial.spmm(latent));
        match self.platform {
            GraphstPlatform::Visium => reconstruction,
            GraphstPlatform::Stereo => unit(reconstruction, 1),
        }
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        product: Self::Trace,
        input: &GraphInput,
        draw: u64,
    ) -> Losses {
        let device = input.spatial.columns().device();
        let permutation = Draws::new(draw).permutation(input.features.dims()[0], &device);
        self.objective(latent, product, permutation, input)
    }
}

fn with_self(graph: SpatialGraph) -> Result<SpatialGraph, EncoderError> {
    Ok(AddSelfLoops::default().apply(graph)?)
}

/// A bilinear form, `uᵀ W c + b` of each row.
#[derive(Module, Debug)]
struct Discriminator {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Discriminator {
    /// `u W`, [n, d].
    fn project(&self, u: Tensor<2>) -> Tensor<2> {
        u.matmul(self.weight.val())
    }

    /// The form of each row from `u W` and `c`, [n, 1].
    fn score(&self, projected: Tensor<2>, c: Tensor<2>) -> Tensor<2> {
        (projected * c).sum_dim(1) + self.bias.val().unsqueeze()
    }
}
