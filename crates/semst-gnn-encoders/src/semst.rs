//! The SemST encoder: two graph networks, a projection, a count decoder.

use crate::inputs::TwoGraphInput;
use crate::{
    Encoder, EncoderConfig, EncoderError, Gcn, Losses, Mlp, Needs, Recipe, SlideData, ZinbDecoder,
    decorrelation_loss,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_preprocess::Preprocess;
use semst_sparse::neighbour_loss;
use semst_spatial_graph::ShippedGraph;
use serde::{Deserialize, Serialize};

/// Configures [`Semst`]. Defaults are those of the released `config/DLPFC.ini`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SemstConfig {
    /// Hidden width of the graph networks, projection and decoder (`nhid1` = 256).
    pub nhid1: usize,
    /// Width of each view and of the embedding (`nhid2` = 128).
    pub nhid2: usize,
    /// Weight a of the ZINB loss (1).
    pub zinb_weight: f64,
    /// Weight b of the decorrelation of the two views (0.1).
    pub decorrelation_weight: f64,
    /// Weight g of the neighbourhood regulariser (0.1).
    pub regulariser_weight: f64,
    /// Ridge on the dropout probability (0.05).
    pub ridge: f64,
}

impl Default for SemstConfig {
    fn default() -> Self {
        Self {
            nhid1: 256,
            nhid2: 128,
            zinb_weight: 1.0,
            decorrelation_weight: 0.1,
            regulariser_weight: 0.1,
            ridge: 0.05,
        }
    }
}

impl SemstConfig {
    /// The released defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets both widths.
    pub fn with_widths(mut self, nhid1: usize, nhid2: usize) -> Self {
        (self.nhid1, self.nhid2) = (nhid1, nhid2);
        self
    }

    /// Sets the weights a (ZINB), b (decorrelation) and g (regulariser).
    pub fn with_weights(mut self, zinb: f64, decorrelation: f64, regulariser: f64) -> Self {
        (
            self.zinb_weight,
            self.decorrelation_weight,
            self.regulariser_weight,
        ) = (zinb, decorrelation, regulariser);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When a width is zero or a weight is negative or not finite.
    pub fn check(&self) -> Result<(), EncoderError> {
        EncoderError::width("nhid1", self.nhid1)?;
        EncoderError::width("nhid2", self.nhid2)?;
        for (field, value) in [
            ("zinb_weight", self.zinb_weight),
            ("decorrelation_weight", self.decorrelation_weight),
            ("regulariser_weight", self.regulariser_weight),
            ("ridge", self.ridge),
        ] {
            EncoderError::not_negative(field, value)?;
        }
        Ok(())
    }

    /// Initialises the encoder for `n_features` features.
    ///
    /// # Errors
    /// As [`SemstConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Semst, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut init = Init::new(seed, device);
        Ok(Semst {
            spatial_gcn: Gcn::new(n_features, self.nhid1, self.nhid2, &mut init),
            feature_gcn: Gcn::new(n_features, self.nhid1, self.nhid2, &mut init),
            projection: Mlp::new(2 * self.nhid2, self.nhid1, self.nhid2, &mut init),
            decoder: ZinbDecoder::new(self.nhid2, self.nhid1, n_features, &mut init, device),
            nhid2: self.nhid2,
            zinb_weight: self.zinb_weight,
            decorrelation_weight: self.decorrelation_weight,
            regulariser_weight: self.regulariser_weight,
            ridge: self.ridge,
        })
    }
}

impl EncoderConfig for SemstConfig {
    type Encoder = Semst;

    const NAME: &'static str = "semst";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn needs(&self) -> Needs {
        Needs::new().with_expression_graph()
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 100,
            learning_rate: 1e-3,
            weight_decay: 5e-4,
            clip_norm: None,
            preprocess: Preprocess::semst_paper(3000),
            // 560 px on DLPFC, where spots lie 137 px apart.
            graph: ShippedGraph::Spacing {
                spacings: 4.1,
                neighbor: 1,
                include_self: true,
            },
            expression_k: Some(14),
            source: "SemST, config/DLPFC.ini",
        }
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Semst, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The dual-view network of SemST.
///
/// A two-layer GCN over the spatial graph and one over the expression graph give two views [n, nhid2];
/// their concatenation [n, 2·nhid2] is the latent that FSM modulates; a projection makes the embedding [n, nhid2] that is
/// clustered. Objective: `a · ZINB(embedding) + b · decorrelation(views) + g · regulariser(embedding)`.
///
/// # References
/// SemST, AAAI 2026 (arXiv 2511.11380); docs/methods.md 1.1.
#[derive(Module, Debug)]
pub struct Semst {
    spatial_gcn: Gcn,
    feature_gcn: Gcn,
    projection: Mlp,
    decoder: ZinbDecoder,
    nhid2: usize,
    zinb_weight: f64,
    decorrelation_weight: f64,
    regulariser_weight: f64,
    ridge: f64,
}

impl Encoder for Semst {
    /// The two views, spatial and feature, [n, nhid2] each.
    type Trace = (Tensor<2>, Tensor<2>);
    type Input = TwoGraphInput;

    fn d_latent(&self) -> usize {
        2 * self.nhid2
    }

    fn n_spots(&self, input: &TwoGraphInput) -> usize {
        input.features.dims()[0]
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<TwoGraphInput, EncoderError> {
        TwoGraphInput::new("semst", data, device)
    }

    fn inner_widths(&self) -> Vec<usize> {
        vec![self.spatial_gcn.d_hidden(), self.feature_gcn.d_hidden()]
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
        let spatial = self.spatial_gcn.forward_with(
            self.spatial_gcn.messages(x),
            |h| input.spatial.spmm(h),
            &mut |hidden| inner(0, hidden),
        );
        let feature = self.feature_gcn.forward_with(
            self.feature_gcn.messages(x),
            |h| input.expression.spmm(h),
            &mut |hidden| inner(1, hidden),
        );
        (
            Tensor::cat(vec![spatial.clone(), feature.clone()], 1),
            (spatial, feature),
        )
    }

    fn readout(&self, latent: Tensor<2>, _: &TwoGraphInput) -> Tensor<2> {
        self.projection.forward(latent)
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        (spatial, feature): Self::Trace,
        input: &TwoGraphInput,
        draw: u64,
    ) -> Losses {
        let embedding = self.projection.forward(latent);
        let counts = &input.counts;
        Losses::new()
            .with(
                "zinb",
                self.zinb_weight,
                self.decoder
                    .loss(embedding.clone(), counts, self.ridge as f32),
            )
            .with(
                "decorrelation",
                self.decorrelation_weight,
                decorrelation_loss(spatial, feature),
            )
            .with(
                "regulariser",
                self.regulariser_weight,
                neighbour_loss(embedding, &input.neighbours, draw),
            )
    }
}
