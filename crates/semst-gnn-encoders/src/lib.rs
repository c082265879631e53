//! Graph encoders that FSM plugs into.
//!
//! A [`Host`] is a self-supervised baseline cut at its latent: `encode` comes before the modulator, `readout` and `loss` after.
//! Shipped, and chosen by name with [`EncoderConfig`]: [`Semst`], [`Graphst`], [`Stagate`], [`SpatialMgcn`], [`Mafn`], [`Sedr`], and the
//! floors [`Diffusion`] and [`Pca`]. Another crate can add one: `testing` checks it (feature `testing`).
//!
//! ```
//! use burn::tensor::Device;
//! use semst_gnn_encoders::{Features, Host, SemstConfig, SlideData};
//! use semst_spatial_graph::SpatialGraph;
//!
//! let device = Device::flex();
//! let ring = SpatialGraph::from_parts(3, vec![0, 1, 2, 3], vec![1, 2, 0], vec![1.0; 3], None)?;
//! let features = Features::dense(vec![1.0, 0.0, 2.0, 3.0, 0.0, 1.0], 3, 2, &device);
//! let slide = SlideData { features, spatial: ring.clone(), expression: Some(ring) };
//! let host = SemstConfig::new().with_widths(8, 4).init(2, 0, &device)?;
//! let batch = host.prepare(&slide, &device)?;
//! let (latent, trace) = host.encode(&batch);
//! assert_eq!(host.readout(latent.clone(), &batch).dims(), [3, 4]);
//! assert_eq!(host.loss(latent, trace, &batch).terms().len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It reads no files and clusters nothing. Sister crates: `semst-fsm-modulation` modulates the latent,
//! `semst-training` trains host and modulator together, `semst-sparse` has the kernels.

mod batch;
mod draws;
mod features;
mod gcn;
mod host;
mod losses;
mod mlp;
mod two_graphs;
mod unit;
mod view_attention;
mod zinb_decoder;

mod diffusion;
mod graphst;
mod mafn;
mod pca;
mod second_phase;
mod sedr;
mod semst;
mod spatial_mgcn;
mod stagate;

mod encoder;
mod encoder_config;
mod error;
mod recipe;
#[cfg(feature = "testing")]
pub mod testing;

pub use batch::{Batch, SlideData, to_matrix};
pub use diffusion::{Diffusion, DiffusionConfig};
pub use encoder::{Encoder, EncoderTrace};
pub use encoder_config::EncoderConfig;
pub use error::EncoderError;
pub use features::Features;
pub use gcn::{Gcn, GcnLayer};
pub use graphst::{Graphst, GraphstConfig, GraphstPlatform};
pub use host::Host;
pub use losses::{
    Dec, LossTerm, Losses, consistency_loss, decorrelation_loss, reconstruction_loss,
};
pub use mafn::{Mafn, MafnConfig};
pub use mlp::Mlp;
pub use pca::{Pca, PcaConfig};
pub use recipe::{FeatureRecipe, GraphRecipe, Recipe};
pub use second_phase::SecondPhase;
pub use sedr::{Sedr, SedrConfig, SedrDraw, SedrTrace, Spread, scaled_cosine_error};
pub use semst::{Semst, SemstConfig};
pub use spatial_mgcn::{SpatialMgcn, SpatialMgcnConfig};
pub use stagate::{Stagate, StagateConfig};
pub use view_attention::ViewAttention;
pub use zinb_decoder::ZinbDecoder;
