//! Graph encoders that FSM can modulate.
//!
//! An [`Encoder`] is a self-supervised network in two parts: `encode` comes before the modulator, `readout` and `loss` after. An
//! [`EncoderConfig`] initialises it, [`ShippedEncoder`] has the shipped ones; the feature `testing` checks those of other crates.
//!
//! ```
//! use semst_gnn_encoders::{Encoder, Features, SemstConfig, SlideData};
//! use semst_spatial_graph::SpatialGraph;
//!
//! let device = burn::tensor::Device::flex();
//! let ring = SpatialGraph::from_parts(3, vec![0, 1, 2, 3], vec![1, 2, 0], vec![1.0; 3], None)?;
//! let features = Features::dense(vec![1.0, 0.0, 2.0, 3.0, 0.0, 1.0], 3, 2, &device);
//! let slide = SlideData::new(features, ring.clone()).with_expression(ring);
//! let encoder = SemstConfig::new().with_widths(8, 4).init(2, 0, &device)?;
//! let input = encoder.prepare(&slide, &device)?;
//! let (latent, _) = encoder.encode(&input, 0);
//! assert_eq!(encoder.readout(latent, &input).dims(), [3, 4]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Related crates: `semst-fsm-modulation` modulates the latent, `semst-training` trains both, `semst-sparse` has the kernels.

mod draws;
mod either;
mod encoder;
mod encoder_config;
mod error;
mod features;
mod floors;
mod gcn;
mod graphst;
mod inputs;
mod losses;
mod mafn;
mod mlp;
mod needs;
mod phase;
mod recipe;
mod sedr;
mod semst;
mod shipped;
mod slide_data;
mod spatial_mgcn;
mod stagate;
#[cfg(feature = "testing")]
pub mod testing;
mod unit;
mod view_attention;
mod zinb_decoder;

pub use either::{EitherEncoder, EitherEncoderModule, OfEither};
pub use encoder::Encoder;
pub use encoder_config::EncoderConfig;
pub use error::EncoderError;
pub use features::Features;
pub use floors::{
    Banksy, BanksyConfig, Cellcharter, CellcharterConfig, Cosmim, CosmimConfig, Diffusion,
    DiffusionConfig, FixedLatent, NichePca, NichePcaConfig, Pca, PcaConfig, Rasp, RaspConfig,
    Untrained,
};
pub use gcn::{Gcn, GcnLayer};
pub use graphst::{Graphst, GraphstConfig, GraphstPlatform};
pub use inputs::{FixedInput, GraphInput, TwoGraphInput};
pub use losses::{
    Dec, LossTerm, Losses, consistency_loss, decorrelation_loss, reconstruction_loss,
};
pub use mafn::{Mafn, MafnConfig};
pub use mlp::Mlp;
pub use needs::Needs;
pub use phase::Phase;
pub use recipe::Recipe;
pub use sedr::{Sedr, SedrConfig, SedrDraw, SedrInput, SedrTrace, Spread, scaled_cosine_error};
pub use semst::{Semst, SemstConfig};
pub use shipped::{ShippedEncoder, ShippedEncoderInput, ShippedEncoderModule, ShippedEncoderTrace};
pub use slide_data::{SlideData, to_matrix};
pub use spatial_mgcn::{SpatialMgcn, SpatialMgcnConfig};
pub use stagate::{Stagate, StagateConfig};
pub use view_attention::ViewAttention;
pub use zinb_decoder::ZinbDecoder;
