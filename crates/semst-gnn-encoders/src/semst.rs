//! The SemST host: two graph networks, a projection, a count decoder.

use crate::error::{not_negative, positive};
use crate::two_graphs::{batch_of_two_graphs, counts_of, expression_of};
use crate::{
    Batch, EncoderError, Gcn, Host, Losses, Mlp, SlideData, ZinbDecoder, decorrelation_loss,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_sparse::neighbour_loss;
use serde::{Deserialize, Serialize};

/// Configures [`Semst`]. Defaults are those of the released `config/DLPFC.ini`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SemstConfig {
    /// Hidden width of the graph networks, projection and decoder (`nhid1` = 256).
    pub nhid1: usize,
    /// Width of each view and of the embedding (`nhid2` = 128).
    pub nhid2: usize,
    /// Weight a of the ZINB loss (1).
    pub zinb_weight: f64,
    /// Weight b of the decorrelation of the two views (.1).
    pub decorrelation_weight: f64,
    /// Weight g of the neighbourhood regulariser (.1).
    pub regulariser_weight: f64,
    /// Ridge on the dropout probability (.05).
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
        positive("nhid1", self.nhid1)?;
        positive("nhid2", self.nhid2)?;
        for (field, value) in [
            ("zinb_weight", self.zinb_weight),
            ("decorrelation_weight", self.decorrelation_weight),
            ("regulariser_weight", self.regulariser_weight),
            ("ridge", self.ridge),
        ] {
            not_negative(field, value)?;
        }
        Ok(())
    }

    /// Starts the host for `n_features` features.
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
        positive("n_features", n_features)?;
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

impl Host for Semst {
    /// The two views, spatial and feature, [n, nhid2] each.
    type Trace = (Tensor<2>, Tensor<2>);

    fn d_latent(&self) -> usize {
        2 * self.nhid2
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<Batch, EncoderError> {
        batch_of_two_graphs("semst", data, device)
    }

    fn inner_widths(&self) -> Vec<usize> {
        vec![self.spatial_gcn.d_hidden(), self.feature_gcn.d_hidden()]
    }

    fn encode(&self, batch: &Batch) -> (Tensor<2>, Self::Trace) {
        self.encode_with(batch, &mut |_, hidden| hidden)
    }

    fn encode_with(
        &self,
        batch: &Batch,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let x = &batch.features;
        let spatial = self.spatial_gcn.forward_with(
            self.spatial_gcn.messages(x),
            |h| batch.spatial.spmm(h),
            &mut |hidden| inner(0, hidden),
        );
        let feature = self.feature_gcn.forward_with(
            self.feature_gcn.messages(x),
            |h| expression_of(batch).spmm(h),
            &mut |hidden| inner(1, hidden),
        );
        (
            Tensor::cat(vec![spatial.clone(), feature.clone()], 1),
            (spatial, feature),
        )
    }

    fn readout(&self, latent: Tensor<2>, _: &Batch) -> Tensor<2> {
        self.projection.forward(latent)
    }

    fn loss(&self, latent: Tensor<2>, (spatial, feature): Self::Trace, batch: &Batch) -> Losses {
        let embedding = self.projection.forward(latent);
        let counts = counts_of(batch);
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
                neighbour_loss(embedding, &batch.neighbours, batch.draw),
            )
    }
}
