//! Spatial domains guided by the meaning of genes.
//!
//! `semst` finds the domains of a tissue (cortical layers, tumour, stroma) in spatially resolved transcriptomics.
//! It implements SemST (AAAI 2026): a language model turns genes into vectors, the semantics. Two graph networks encode the
//! place and the expression of each spot, and FSM uses the semantics to scale and shift the result.
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
//! This crate is the façade: it re-exports the crates that do the work, and runs their stages on a slide ([`Pipeline`]).
//! To develop methods, use the single crates.

mod config_file;
mod error;
mod features;
mod field_error;
mod joins;
mod modulator_name;
mod nearest_name;
mod pipeline;
mod plugins;
pub mod prelude;
mod presets;
mod record_slot;
mod run_config;
mod run_record;
mod slots;
mod summary;
mod view_genes;

pub use config_file::ConfigFile;
pub use error::Error;
pub use features::features;
pub use field_error::field_error;
pub use joins::recorded_join;
pub use modulator_name::modulator_at;
pub use pipeline::interpret::Trained;
pub use pipeline::stage::{Silent, Stage, Watch};
pub use pipeline::views::Views;
pub use pipeline::{Pipeline, Prepared, Run};
pub use plugins::{Plugins, Shipped};
pub use presets::PRESETS;
pub use record_slot::read_record;
pub use run_config::RunConfig;
pub use semst_clustering_heads::{DomainAgreement, DomainCount};
pub use semst_device::{DEVICES, device};
pub use semst_semantic_sources::{
    CacheChoice, PromptRanking, PromptedConfig, SemanticsConfig, ShippedSemantics, SourceConfig,
    SourceError, SourceRequest, SourceSettings, VectorPlace, VectorSlot,
};
pub use semst_spatial_graph::{GraphConfig, GraphData, ShippedGraph, Strength};
pub use slots::domain_name;
pub use summary::{Truth, domain_labels, tissue};
pub use view_genes::ViewGenes;

#[doc(inline)]
pub use {
    semst_clustering_heads as clustering, semst_evaluation as evaluation,
    semst_fsm_modulation as modulation, semst_gnn_encoders as encoders, semst_guard as guard,
    semst_interpretation as interpretation, semst_io as io, semst_preprocess as preprocess,
    semst_record as record, semst_report as report, semst_semantic_embedding as semantics,
    semst_simulate as simulate, semst_sparse as sparse, semst_spatial_graph as graph,
    semst_text_models as text_models, semst_training as training,
};
