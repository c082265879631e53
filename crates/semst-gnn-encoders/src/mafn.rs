//! The MAFN encoder: two graphs and their learnt mixture, fused by channel.

use crate::inputs::TwoGraphInput;
use crate::unit::length;
use crate::{
    Encoder, EncoderConfig, EncoderError, Gcn, Losses, Needs, Recipe, SemstConfig, SlideData,
    ZinbDecoder, decorrelation_loss,
};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_sparse::neighbour_loss;
use serde::{Deserialize, Serialize};

/// Configures [`Mafn`]. Defaults are those of the released `config/DLPFC.ini`, as listed in docs/methods.md 1.7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MafnConfig {
    /// Hidden width of the graph networks and the decoder (`nhid1` = 128).
    pub nhid1: usize,
    /// Width of each view and of the embedding (`nhid2` = 64).
    pub nhid2: usize,
    /// Weight of the ZINB loss (1).
    pub zinb_weight: f64,
    /// Weight of the decorrelation of the spatial and the feature view (0.1).
    pub decorrelation_weight: f64,
    /// Weight of the neighbourhood regulariser (0.1).
    pub regulariser_weight: f64,
}

impl Default for MafnConfig {
    fn default() -> Self {
        Self {
            nhid1: 128,
            nhid2: 64,
            zinb_weight: 1.0,
            decorrelation_weight: 0.1,
            regulariser_weight: 0.1,
        }
    }
}

impl MafnConfig {
    /// The released defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets both widths of the graph networks.
    pub fn with_widths(mut self, nhid1: usize, nhid2: usize) -> Self {
        (self.nhid1, self.nhid2) = (nhid1, nhid2);
        self
    }

    /// Sets the weights of ZINB, decorrelation and regulariser.
    pub fn with_weights(mut self, zinb: f64, decorrelation: f64, regulariser: f64) -> Self {
        self.zinb_weight = zinb;
        self.decorrelation_weight = decorrelation;
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
        EncoderError::not_negative("zinb_weight", self.zinb_weight)?;
        EncoderError::not_negative("decorrelation_weight", self.decorrelation_weight)?;
        EncoderError::not_negative("regulariser_weight", self.regulariser_weight)
    }

    /// Initialises the encoder for `n_features` features: both shares of the mixture 0.1, all weights of views one.
    ///
    /// # Errors
    /// As [`MafnConfig::check`].
    pub fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Mafn, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut init = Init::new(seed, device);
        let (d1, d2) = (self.nhid1, self.nhid2);
        let mut gcn = || Gcn::new(n_features, d1, d2, &mut init);
        let (spatial_gcn, feature_gcn, mixed_gcn) = (gcn(), gcn(), gcn());
        Ok(Mafn {
            spatial_gcn,
            feature_gcn,
            mixed_gcn,
            mix: init.constant_vector(2, 0.1),
            view: ViewLinears {
                spatial: init.linear(d2, d2),
                mixed: init.linear(d2, d2),
                feature: init.linear(d2, d2),
            },
            view_weights: init.constant_vector(3, 1.0),
            fusion: init.linear(3 * d2, d2),
            decoder: ZinbDecoder::new(d2, d1, n_features, &mut init, device),
            zinb_weight: self.zinb_weight,
            decorrelation_weight: self.decorrelation_weight,
            regulariser_weight: self.regulariser_weight,
        })
    }
}

impl EncoderConfig for MafnConfig {
    type Encoder = Mafn;

    const NAME: &'static str = "mafn";

    fn check(&self) -> Result<(), EncoderError> {
        Self::check(self)
    }

    fn needs(&self) -> Needs {
        Needs::new().with_expression_graph().with_count_loss()
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            epochs: 201,
            source: "MAFN after Spatial-MGCN, on which it is built",
            ..SemstConfig::new().recipe()
        }
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Mafn, EncoderError> {
        Self::init(self, n_features, seed, device)
    }
}

/// The adaptive fusion network of MAFN.
///
/// GCNs over the spatial graph, the expression graph and a learnt mixture of both; a linear layer for each view. Each channel of
/// a spot is divided by its length over the three views, and each view is weighted by a learnt scalar. Their concatenation
/// [spatial | mixed | feature], [n, 3·nhid2], is the latent that FSM modulates; a linear layer makes the embedding that is
/// clustered.
/// Objective: ZINB without ridge, decorrelation of the spatial and the feature view, and the neighbourhood regulariser.
///
/// # References
/// MAFN (docs/methods.md 1.7), from which SemST took its decorrelation.
#[derive(Module, Debug)]
pub struct Mafn {
    spatial_gcn: Gcn,
    feature_gcn: Gcn,
    mixed_gcn: Gcn,
    mix: Param<Tensor<1>>,
    view: ViewLinears,
    view_weights: Param<Tensor<1>>,
    fusion: Linear,
    decoder: ZinbDecoder,
    zinb_weight: f64,
    decorrelation_weight: f64,
    regulariser_weight: f64,
}

/// The linear layer of each view.
#[derive(Module, Debug)]
struct ViewLinears {
    spatial: Linear,
    mixed: Linear,
    feature: Linear,
}

impl Encoder for Mafn {
    /// The spatial and the feature view before their linear layers, [n, nhid2] each.
    type Trace = (Tensor<2>, Tensor<2>);
    type Input = TwoGraphInput;

    fn d_latent(&self) -> usize {
        self.fusion.weight.val().dims()[0]
    }

    fn n_spots(&self, input: &TwoGraphInput) -> usize {
        input.features.dims()[0]
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<TwoGraphInput, EncoderError> {
        TwoGraphInput::new("mafn", data, device)
    }

    /// Spatial, feature, mixed.
    fn inner_widths(&self) -> Vec<usize> {
        [&self.spatial_gcn, &self.feature_gcn, &self.mixed_gcn]
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
        let spatial = self.spatial_gcn.forward_with(
            self.spatial_gcn.messages(x),
            |h| near.spmm(h),
            &mut |hidden| inner(0, hidden),
        );
        let feature = self.feature_gcn.forward_with(
            self.feature_gcn.messages(x),
            |h| expression.spmm(h),
            &mut |hidden| inner(1, hidden),
        );
        // (m₀ A + m₁ B) h = m₀ (A h) + m₁ (B h), so that no third graph is built.
        let share = |i| scalar(self.mix.val(), i);
        let mixed = self.mixed_gcn.forward_with(
            self.mixed_gcn.messages(x),
            |h| near.spmm(h.clone()) * share(0) + expression.spmm(h) * share(1),
            &mut |hidden| inner(2, hidden),
        );
        let views = [
            self.view.spatial.forward(spatial.clone()),
            self.view.mixed.forward(mixed),
            self.view.feature.forward(feature.clone()),
        ];
        (self.fuse(views), (spatial, feature))
    }

    fn readout(&self, latent: Tensor<2>, _: &TwoGraphInput) -> Tensor<2> {
        self.fusion.forward(latent)
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        (spatial, feature): Self::Trace,
        input: &TwoGraphInput,
        draw: u64,
    ) -> Losses {
        let embedding = self.fusion.forward(latent);
        let zinb = self.decoder.loss(embedding.clone(), &input.counts, 0.0);
        let decorrelation = decorrelation_loss(spatial, feature);
        let regulariser = neighbour_loss(embedding, &input.neighbours, draw);
        Losses::new()
            .with("zinb", self.zinb_weight, zinb)
            .with("decorrelation", self.decorrelation_weight, decorrelation)
            .with("regulariser", self.regulariser_weight, regulariser)
    }
}

impl Mafn {
    /// Divides each channel by its length over the views, weights the views, and concatenates them.
    fn fuse(&self, views: [Tensor<2>; 3]) -> Tensor<2> {
        let [a, b, c] = views.each_ref().map(|view| view.clone().square());
        let norm = length(a + b + c);
        let weighted = views
            .into_iter()
            .enumerate()
            .map(|(i, view)| view / norm.clone() * scalar(self.view_weights.val(), i));
        Tensor::cat(weighted.collect(), 1)
    }
}

/// Element i of a vector, as a matrix [1, 1] that broadcasts over any other.
fn scalar(vector: Tensor<1>, i: usize) -> Tensor<2> {
    vector.narrow(0, i, 1).unsqueeze()
}
