//! Spatial domains guided by what genes mean.
//!
//! `semst` finds the domains of a tissue (cortical layers, tumour, stroma) in spatially resolved transcriptomics.
//! It implements SemST (AAAI 2026): a language model turns genes into vectors of meaning, two graph networks encode where
//! a spot lies and whom it resembles, and FSM lets the meaning scale and shift the spatial features.
//!
//! ```
//! use semst::prelude::*;
//!
//! let slide = semst::simulate::LayeredTissue::new(0).with_spots(160).generate()?.into_dataset()?;
//! let mut config = RunConfig::preset("default")?.with_domains(7);
//! config.train.epochs = 2;
//! let run = Pipeline::new(config)?.run(&slide, &mut Silent)?;
//! assert_eq!(run.assignment.labels.len(), slide.n_spots());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate is the façade: it re-exports the crates that do the work and walks a slide through them ([`Pipeline`]).
//! Method researchers take single crates instead.

mod device;
mod error;
mod graph_config;
mod pipeline;
mod plugins;
pub mod prelude;
mod presets;
mod prompted_config;
mod record_slot;
mod run_config;
mod run_record;
mod semantics_config;
mod shipped_graph;
mod shipped_semantics;
mod slots;
mod source_config;
mod summary;
mod vector_place;

pub use device::{DEVICES, device};
pub use error::Error;
pub use graph_config::GraphConfig;
pub use pipeline::interpret::Trained;
pub use pipeline::stage::{Silent, Stage, Watch};
pub use pipeline::views::Views;
pub use pipeline::{Pipeline, Prepared, Run};
pub use plugins::{Plugins, Shipped};
pub use presets::PRESETS;
pub use prompted_config::{CacheChoice, PromptRanking, PromptedConfig};
pub use record_slot::read_record;
pub use run_config::{RunConfig, modulator_at};
pub use semantics_config::SemanticsConfig;
pub use semst_clustering_heads::{DomainAgreement, DomainCount};
pub use shipped_graph::ShippedGraph;
pub use shipped_semantics::ShippedSemantics;
pub use slots::domain_name;
pub use source_config::{SourceConfig, SourceRequest, SourceSettings};
pub use summary::{Truth, domain_labels, tissue};
pub use vector_place::{VectorPlace, VectorSlot};

#[doc(inline)]
pub use semst_clustering_heads as clustering;
#[doc(inline)]
pub use semst_evaluation as evaluation;
#[doc(inline)]
pub use semst_fsm_modulation as modulation;
#[doc(inline)]
pub use semst_gnn_encoders as encoders;
#[doc(inline)]
pub use semst_interpretation as interpretation;
#[doc(inline)]
pub use semst_io as io;
#[doc(inline)]
pub use semst_preprocess as preprocess;
#[doc(inline)]
pub use semst_record as record;
#[doc(inline)]
pub use semst_report as report;
#[doc(inline)]
pub use semst_semantic_embedding as semantics;
#[doc(inline)]
pub use semst_simulate as simulate;
#[doc(inline)]
pub use semst_sparse as sparse;
#[doc(inline)]
pub use semst_spatial_graph as graph;
#[doc(inline)]
pub use semst_text_models as text_models;
#[doc(inline)]
pub use semst_training as training;
