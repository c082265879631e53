//! Trains any encoder with any modulator.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use semst_fsm_modulation::{ModulatorConfig, ShippedModulator};
//! use semst_gnn_encoders::{Encoder, Features, SemstConfig, SlideData};
//! use semst_spatial_graph::SpatialGraph;
//! use semst_training::{Modulated, NoObserver, TrainConfig, train};
//!
//! let device = Device::flex();
//! let ring = SpatialGraph::from_parts(3, vec![0, 1, 2, 3], vec![1, 2, 0], vec![1.0; 3], None)?;
//! let features = Features::dense(vec![1.0, 0.0, 2.0, 3.0, 0.0, 1.0], 3, 2, &device);
//! let slide = SlideData::new(features, ring.clone()).with_expression(ring);
//! let semantics = Tensor::<2>::ones([3, 5], &device);
//!
//! let trained_on = device.clone().autodiff();
//! let encoder = SemstConfig::new().with_widths(8, 4).init(2, 0, &trained_on)?;
//! let fsm = ShippedModulator::from_name("fsm")?.init(encoder.d_latent(), 5, 0, &trained_on)?;
//! let input = encoder.prepare(&slide, &device)?;
//! let model = Modulated::new(encoder, fsm);
//! let (model, history) = train(model, &input, &semantics, &TrainConfig::new(3), &mut NoObserver)?;
//! assert_eq!(history.epochs(), 3);
//! assert_eq!(model.embed(&input, semantics).dims(), [3, 4]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It reads no files, draws no progress bars and clusters nothing. Related crates: `semst-gnn-encoders` has the encoders,
//! `semst-fsm-modulation` the modulators, `semst-clustering-heads` the heads for the embedding.

mod adam;
mod batch_size;
mod clip;
mod config;
mod error;
mod expression;
mod history;
mod modulated;
mod parts;
mod progress;
mod slide_parts;
mod step_gradients;
mod train;
mod trainer;
mod training_slide;

pub use batch_size::BatchSize;
pub use config::TrainConfig;
pub use error::TrainError;
pub use history::{Ending, History};
pub use modulated::{Depth, Modulated};
pub use parts::{Part, Parts, embed_in_parts, train_in_parts};
pub use progress::{EpochEnd, Flow, NoObserver, Observer};
#[doc(inline)]
pub use semst_record::LossCurve;
pub use train::train;
pub use trainer::{Clustering, Trainer};
pub use training_slide::TrainingSlide;
