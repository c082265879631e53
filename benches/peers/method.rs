//! The three timed methods, each with the recipe of its authors (docs/methods.md 1.1 to 1.3).

use burn::tensor::Device;
use ndarray::ArrayView2;
use semst_fsm_modulation::{ModulatorConfig, ShippedModulator, ShippedModulatorModule};
use semst_gnn_encoders::{Encoder, EncoderConfig, ShippedEncoder, ShippedEncoderModule};
use semst_preprocess::Preprocess;
use semst_spatial_graph::{GraphBuilder, GraphError, KnnGraph, RadiusGraph, SpatialGraph};
use semst_training::TrainConfig;

/// Number of highly variable genes.
pub(crate) const GENES: usize = 3_000;
/// Width of the semantics, equal to that of the shipped table. The paper's width is 2,560; both sides get the same.
pub(crate) const SEMANTICS: usize = 256;
/// Number of domains of k-means.
pub(crate) const DOMAINS: usize = 7;
/// Seed of all initial weights.
const SEED: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Semst,
    Stagate,
    Graphst,
}

type Error = Box<dyn std::error::Error>;

impl Method {
    pub(crate) fn from_name(name: &str) -> Result<Self, Error> {
        match name {
            "semst" => Ok(Self::Semst),
            "stagate" => Ok(Self::Stagate),
            "graphst" => Ok(Self::Graphst),
            _ => Err(format!("{name}: no such method; there are semst, stagate, graphst").into()),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Semst => "semst",
            Self::Stagate => "stagate",
            Self::Graphst => "graphst",
        }
    }

    pub(crate) fn preprocess(self) -> Preprocess {
        match self {
            Self::Semst => Preprocess::semst_paper(GENES),
            Self::Stagate => Preprocess::stagate().with_n_top_genes(GENES),
            Self::Graphst => Preprocess::graphst().with_n_top_genes(GENES),
        }
    }

    /// Links in space: 560 px with the spot itself (SemST), 150 px (STAGATE), the 3 nearest, directed (GraphST).
    pub(crate) fn links(self, spots: ArrayView2<'_, f64>) -> Result<SpatialGraph, GraphError> {
        match self {
            Self::Semst => RadiusGraph::new(560.0).with_self().build(spots),
            Self::Stagate => RadiusGraph::new(150.0).build(spots),
            Self::Graphst => KnnGraph::new(3).build(spots),
        }
    }

    /// Cosine neighbours in expression, if the method uses them.
    pub(crate) fn expression_k(self) -> Option<usize> {
        (self == Self::Semst).then_some(14)
    }

    pub(crate) fn host(
        self,
        n_features: usize,
        device: &Device,
    ) -> Result<ShippedEncoderModule, Error> {
        Ok(ShippedEncoder::from_name(self.name())?.init(n_features, SEED, device)?)
    }

    pub(crate) fn modulator(
        self,
        host: &ShippedEncoderModule,
        device: &Device,
    ) -> Result<ShippedModulatorModule, Error> {
        let config = match self {
            Self::Semst => ShippedModulator::Fsm { ratio: 1.2 },
            _ => ShippedModulator::None,
        };
        Ok(config.init(host.d_latent(), SEMANTICS, SEED, device)?)
    }

    pub(crate) fn training(self, epochs: usize) -> TrainConfig {
        let config = TrainConfig::new(epochs);
        match self {
            Self::Semst => config,
            Self::Stagate => config.with_weight_decay(1e-4).with_clip_norm(5.0),
            Self::Graphst => config.with_weight_decay(0.0),
        }
    }

    /// Epochs of the authors' own runs.
    pub(crate) fn recipe_epochs(self) -> usize {
        match self {
            Self::Semst => 100,
            Self::Stagate => 1_000,
            Self::Graphst => 600,
        }
    }
}
