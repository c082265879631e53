//! The STAGATE encoder: a graph attention auto-encoder with tied weights.

use crate::draws::Draws;
use crate::losses::reconstruction::tied_reconstruction_loss;
use crate::slide_data::to_matrix;
use crate::{Encoder, EncoderConfig, EncoderError, GraphInput, Losses, Recipe, SlideData};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation::sigmoid};
use semst_preprocess::Preprocess;
use semst_sparse::{SparseMatrix, elu};
use semst_spatial_graph::{AddSelfLoops, Binary, Postprocess, ShippedGraph};
use serde::{Deserialize, Serialize};

/// Configures [`Stagate`]. Defaults are those of the released STAGATE_pyG.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StagateConfig {
    /// Width of the attention layers (`hidden_dims[0]` = 512).
    pub d_hidden: usize,
    /// Width of the latent (`hidden_dims[1]` = 30).
    pub d_latent: usize,
}

impl Default for StagateConfig {
    fn default() -> Self {
        Self {
            d_hidden: 512,
            d_latent: 30,
        }
    }
}

impl StagateConfig {
    /// The released defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets both widths.
    pub fn with_widths(mut self, d_hidden: usize, d_latent: usize) -> Self {
        (self.d_hidden, self.d_latent) = (d_hidden, d_latent);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When a width is zero.
    pub fn check(&self) -> Result<(), EncoderError> {
        EncoderError::width("d_hidden", self.d_hidden)?;
        EncoderError::width("d_latent", self.d_latent)
    }

    /// Initialises the encoder for `n_features` features: Xavier-normal with gain 1.414, the decoder as the transposed encoder.
    ///
    /// # Errors
    /// As [`StagateConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Stagate, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut draws = Draws::new(seed);
        let (hidden, latent) = (self.d_hidden, self.d_latent);
        let mut xavier = |rows: usize, cols: usize, fans: usize| {
            draws.normal(rows, cols, 1.414 * (2.0 / fans as f64).sqrt(), device)
        };
        let weight1 = xavier(n_features, hidden, n_features + hidden);
        let weight2 = xavier(hidden, latent, hidden + latent);
        // PyTorch counts an attention vector [1, 1, h] as h inputs and h outputs.
        let mut vector = || Param::from_tensor(xavier(1, hidden, 2 * hidden).reshape([hidden]));
        let attention = Attention {
            source: vector(),
            target: vector(),
        };
        let linear = |weight| Linear {
            weight: Param::from_tensor(weight),
            bias: None,
        };
        Ok(Stagate {
            decoder3: linear(weight2.clone().transpose()),
            decoder4: linear(weight1.clone().transpose()),
            encoder1: linear(weight1),
            encoder2: linear(weight2),
            attention,
        })
    }
}

impl EncoderConfig for StagateConfig {
    type Encoder = Stagate;

    const NAME: &'static str = "stagate";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 1000,
            learning_rate: 1e-3,
            weight_decay: 1e-4,
            clip_norm: Some(5.0),
            preprocess: Preprocess::stagate(),
            // 150 px on DLPFC, where the distance of spots is 137 px: the six around a spot. The authors recommend a radius with
            // five to ten neighbours; measured by the sixth nearest spot, this works on any slide.
            graph: ShippedGraph::Spacing {
                spacings: 1.1,
                neighbor: 6,
                include_self: false,
            },
            expression_k: None,
            source: "STAGATE_pyG, train_STAGATE defaults and the DLPFC tutorial",
        }
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Stagate, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The graph attention auto-encoder of STAGATE (PyG version).
///
/// `P = X W₁`; spot j sends to spot i with the weight `softmax_j σ(a_src·P_j + a_dst·P_i)`; `h₁ = ELU(Σ_j w_ij P_j)`; the latent
/// that FSM modulates, and that is clustered, is `h₁ W₂` [n, 30]; the decoder is the reverse, with the same attention weights.
///
/// The matrices of the decoder are those of the encoder, transposed. They are separate parameters here, as in the released code,
/// so that each has its own moments in Adam; after a step both copies get both updates ([`Encoder::after_step`]). In the released
/// code the weight decay of the second copy uses the value after the first update; here both use the old value, which differs by
/// rate × decay = 1e-7 of a weight.
///
/// # References
/// Dong & Zhang, STAGATE, Nat. Commun. 2022; docs/methods.md 1.3.
#[derive(Module, Debug)]
pub struct Stagate {
    encoder1: Linear,
    attention: Attention,
    encoder2: Linear,
    decoder3: Linear,
    decoder4: Linear,
}

impl Encoder for Stagate {
    /// The spatial graph with the attention weights of the first layer, and the features times its weight.
    type Trace = (SparseMatrix, Tensor<2>);
    type Input = GraphInput;

    fn d_latent(&self) -> usize {
        self.encoder2.weight.val().dims()[1]
    }

    fn n_spots(&self, input: &GraphInput) -> usize {
        input.features.dims()[0]
    }

    /// Links are used without their weights; every spot also sends to itself.
    fn prepare(&self, data: &SlideData, device: &Device) -> Result<GraphInput, EncoderError> {
        data.check()?;
        let links = Binary.apply(data.spatial.without_diagonal())?;
        let links = to_matrix(&AddSelfLoops::default().apply(links)?, device)?;
        Ok(GraphInput::new(data.features.clone(), links.clone(), links))
    }

    fn inner_widths(&self) -> Vec<usize> {
        vec![self.encoder1.weight.val().dims()[1]]
    }

    fn encode(&self, input: &GraphInput, draw: u64) -> (Tensor<2>, Self::Trace) {
        self.encode_with(input, draw, &mut |_, hidden| hidden)
    }

    fn encode_with(
        &self,
        input: &GraphInput,
        _: u64,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let projected = input.features.matmul(self.encoder1.weight.val());
        let attended = self.attention.forward(projected.clone(), &input.spatial);
        let hidden = inner(0, elu(attended.spmm(projected.clone())));
        (self.encoder2.forward(hidden), (attended, projected))
    }

    /// Only the encoder counts: the decoder does not change the embedding.
    fn hops(&self) -> Option<usize> {
        Some(1)
    }

    fn readout(&self, latent: Tensor<2>, _: &GraphInput) -> Tensor<2> {
        latent
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        (attended, projected): Self::Trace,
        input: &GraphInput,
        _: u64,
    ) -> Losses {
        // W (h W₂ᵀ) = (W h) W₂ᵀ: attention is applied to the narrower matrix.
        let hidden = elu(self.decoder3.forward(attended.spmm(latent)));
        let weight = self.decoder4.weight.val();
        let error = tied_reconstruction_loss(&input.features, hidden, weight, projected);
        Losses::new().with("reconstruction", 1.0, error)
    }

    fn after_step(mut self, before: &Self) -> Self {
        (self.encoder1, self.decoder4) = tie(self.encoder1, self.decoder4, &before.decoder4);
        (self.encoder2, self.decoder3) = tie(self.encoder2, self.decoder3, &before.decoder3);
        self
    }
}

/// Applies both updates to both copies of a matrix: `W = W_old + ΔW_encoder + (ΔW_decoder)ᵀ`.
fn tie(encoder: Linear, decoder: Linear, decoder_old: &Linear) -> (Linear, Linear) {
    let value = |layer: &Linear| layer.weight.val().inner();
    let tied = value(&encoder) + (value(&decoder) - value(decoder_old)).transpose();
    (set(encoder, tied.clone()), set(decoder, tied.transpose()))
}

/// Replaces the weight of a layer; it remains the same parameter for the optimiser.
fn set(mut layer: Linear, value: Tensor<2>) -> Linear {
    layer.weight = layer.weight.map(|old| {
        if old.is_autodiff() {
            Tensor::from_inner(value).set_require_grad(old.is_require_grad())
        } else {
            value
        }
    });
    layer
}

/// Additive attention with a sigmoid before the softmax.
#[derive(Module, Debug)]
struct Attention {
    source: Param<Tensor<1>>,
    target: Param<Tensor<1>>,
}

impl Attention {
    /// The graph with its attention weights as entries; rows receive, columns send.
    fn forward(&self, projected: Tensor<2>, links: &SparseMatrix) -> SparseMatrix {
        let vectors = Tensor::stack::<2>(vec![self.target.val(), self.source.val()], 1);
        let scores = projected.matmul(vectors);
        let (target, source) = (scores.clone().narrow(1, 0, 1), scores.narrow(1, 1, 1));
        let one = target.ones_like();
        // <(t_i, 1), (1, s_j)> = t_i + s_j
        let sums = links.sddmm(
            Tensor::cat(vec![target, one.clone()], 1),
            Tensor::cat(vec![one, source], 1),
        );
        links.clone().with_values(links.edge_softmax(sigmoid(sums)))
    }
}
