//! The Spatial-MGCN encoder: three graph networks and attention over their views.

use crate::inputs::TwoGraphInput;
use crate::{
    Encoder, EncoderConfig, EncoderError, Gcn, Losses, Needs, Recipe, SemstConfig, SlideData,
    ViewAttention, ZinbDecoder, consistency_loss,
};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_sparse::neighbour_loss;
use serde::{Deserialize, Serialize};

/// Configures [`SpatialMgcn`]. Defaults are those of the released `config/DLPFC.ini`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpatialMgcnConfig {
    /// Hidden width of the graph networks and the decoder (`nhid1` = 128).
    pub nhid1: usize,
    /// Width of each view and of the embedding (`nhid2` = 64).
    pub nhid2: usize,
    /// Hidden width of the attention (16).
    pub attention_hidden: usize,
    /// Weight of the ZINB loss (`alpha` = 1; olfactory bulb 10).
    pub zinb_weight: f64,
    /// Weight of the consistency of the two common views (`beta` = 10; olfactory bulb 1).
    pub consistency_weight: f64,
    /// Weight of the neighbourhood regulariser (`gamma` = 0.1; breast cancer 1).
    pub regulariser_weight: f64,
}

impl Default for SpatialMgcnConfig {
    fn default() -> Self {
        Self {
            nhid1: 128,
            nhid2: 64,
            attention_hidden: 16,
            zinb_weight: 1.0,
            consistency_weight: 10.0,
            regulariser_weight: 0.1,
        }
    }
}

impl SpatialMgcnConfig {
    /// The released defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets both widths of the graph networks.
    pub fn with_widths(mut self, nhid1: usize, nhid2: usize) -> Self {
        (self.nhid1, self.nhid2) = (nhid1, nhid2);
        self
    }

    /// Sets the hidden width of the attention.
    pub fn with_attention_hidden(mut self, attention_hidden: usize) -> Self {
        self.attention_hidden = attention_hidden;
        self
    }

    /// Sets the weights of ZINB, consistency and regulariser.
    pub fn with_weights(mut self, zinb: f64, consistency: f64, regulariser: f64) -> Self {
        self.zinb_weight = zinb;
        self.consistency_weight = consistency;
        self.regulariser_weight = regulariser;
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When a width is zero or a weight is negative or not finite.
    pub fn check(&self) -> Result<(), EncoderError> {
        EncoderError::width("nhid1", self.nhid1)?;
        EncoderError::width("nhid2", self.nhid2)?;
        EncoderError::width("attention_hidden", self.attention_hidden)?;
        EncoderError::not_negative("zinb_weight", self.zinb_weight)?;
        EncoderError::not_negative("consistency_weight", self.consistency_weight)?;
        EncoderError::not_negative("regulariser_weight", self.regulariser_weight)
    }

    /// Initialises the encoder for `n_features` features.
    ///
    /// # Errors
    /// As [`SpatialMgcnConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<SpatialMgcn, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut init = Init::new(seed, device);
        let mut gcn = || Gcn::new(n_features, self.nhid1, self.nhid2, &mut init);
        let (spatial_gcn, feature_gcn, common_gcn) = (gcn(), gcn(), gcn());
        Ok(SpatialMgcn {
            spatial_gcn,
            feature_gcn,
            common_gcn,
            attention: ViewAttention::new(self.nhid2, self.attention_hidden, &mut init),
            mlp: init.linear(self.nhid2, self.nhid2),
            decoder: ZinbDecoder::new(self.nhid2, self.nhid1, n_features, &mut init, device),
            zinb_weight: self.zinb_weight,
            consistency_weight: self.consistency_weight,
            regulariser_weight: self.regulariser_weight,
        })
    }
}

impl EncoderConfig for SpatialMgcnConfig {
    type Encoder = SpatialMgcn;

    const NAME: &'static str = "spatial-mgcn";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn needs(&self) -> Needs {
        Needs::new().with_expression_graph().with_count_loss()
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 201,
            source: "Spatial-MGCN, config/DLPFC.ini; it kept the best epoch by truth, this is the last",
            ..SemstConfig::new().recipe()
        }
    }

    fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<SpatialMgcn, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The three-view network of Spatial-MGCN.
///
/// A GCN over the spatial graph, one over the expression graph, and one with the same weights over both, whose two outputs are
/// averaged. Attention over [spatial, common, feature] makes the fused view [n, nhid2], which is the latent that FSM modulates.
/// A linear layer makes the embedding that is clustered.
/// Objective: ZINB without ridge, consistency of the two common views, and the neighbourhood regulariser.
///
/// # References
/// Wang et al., Spatial-MGCN, Brief. Bioinf. 2023; docs/methods.md 1.7.
#[derive(Module, Debug)]
pub struct SpatialMgcn {
    spatial_gcn: Gcn,
    feature_gcn: Gcn,
    common_gcn: Gcn,
    attention: ViewAttention,
    mlp: Linear,
    decoder: ZinbDecoder,
    zinb_weight: f64,
    consistency_weight: f64,
    regulariser_weight: f64,
}

impl Encoder for SpatialMgcn {
    /// The common network over the spatial and over the expression graph, [n, nhid2] each.
    type Trace = (Tensor<2>, Tensor<2>);
    type Input = TwoGraphInput;

    fn d_latent(&self) -> usize {
        self.mlp.weight.val().dims()[0]
    }

    fn n_spots(&self, input: &TwoGraphInput) -> usize {
        input.features.dims()[0]
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<TwoGraphInput, EncoderError> {
        TwoGraphInput::new("spatial-mgcn", data, device)
    }

    /// Spatial, feature, common; the common layer is used over both graphs.
    fn inner_widths(&self) -> Vec<usize> {
        [&self.spatial_gcn, &self.feature_gcn, &self.common_gcn]
            .map(Gcn::d_hidden)
            .into()
    }

    fn encode(&self, input: &TwoGraphInput, draw: u64) -> (Tensor<2>, Self::Trace) {
        self.encode_with(input, draw, &mut |_, hidden| hidden)
    }

    fn encode_with(
        &self,
        input: &TwoGraphInput,
        _: u64,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let x = &input.features;
        let (near, expression) = (&input.spatial, &input.expression);
        let common = self.common_gcn.messages(x);
        let mut view = |i, gcn: &Gcn, messages, graph: &semst_sparse::SparseMatrix| {
            gcn.forward_with(messages, |h| graph.spmm(h), &mut |hidden| inner(i, hidden))
        };
        let spatial = view(0, &self.spatial_gcn, self.spatial_gcn.messages(x), near);
        let feature = view(
            1,
            &self.feature_gcn,
            self.feature_gcn.messages(x),
            expression,
        );
        let common_near = view(2, &self.common_gcn, common.clone(), near);
        let common_expression = view(2, &self.common_gcn, common, expression);
        let both = (common_near.clone() + common_expression.clone()).div_scalar(2.0);
        let fused = self.attention.forward(&[spatial, both, feature]);
        (fused, (common_near, common_expression))
    }

    fn readout(&self, latent: Tensor<2>, _: &TwoGraphInput) -> Tensor<2> {
        self.mlp.forward(latent)
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        (near, expression): Self::Trace,
        input: &TwoGraphInput,
        draw: u64,
    ) -> Losses {
        let embedding = self.mlp.forward(latent);
        let zinb = self.decoder.loss(embedding.clone(), &input.counts, 0.0);
        let regulariser = neighbour_loss(embedding, &input.neighbours, draw);
        Losses::new()
            .with("zinb", self.zinb_weight, zinb)
            .with(
                "consistency",
                self.consistency_weight,
                consistency_loss(near, expression),
            )
            .with("regulariser", self.regulariser_weight, regulariser)
    }
}
