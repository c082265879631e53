//! The errors of a run.

use semst_clustering_heads::ClusterError;
use semst_device::DeviceError;
use semst_evaluation::EvaluationError;
use semst_fsm_modulation::ModulatorError;
use semst_gnn_encoders::EncoderError;
use semst_interpretation::InterpretError;
use semst_io::IoError;
use semst_preprocess::PreprocessError;
use semst_report::ReportError;
use semst_semantic_embedding::SemanticError;
use semst_semantic_sources::SourceError;
use semst_spatial_graph::GraphError;
use semst_training::TrainError;
use thiserror::Error;

/// The reason why a run failed: the stage, and the error of the stage as source.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Features could not be made.
    #[error("preprocessing failed")]
    Preprocess(#[from] PreprocessError),
    /// A graph could not be built.
    #[error("the spatial graph cannot be built")]
    Graph(#[from] GraphError),
    /// Semantics could not be made.
    #[error("the semantics cannot be made")]
    Semantics(#[from] SourceError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The configuration of the encoder is not valid, or the encoder cannot use the slide.
    #[error("the encoder cannot be set up")]
    Encoder(#[from] EncoderError),
    /// The configuration of the modulator is not valid.
    #[error("the modulator cannot be set up")]
    Modulator(#[from] ModulatorError),
    /// Training failed.
    #[error("training failed")]
    Train(#[from] TrainError),
    /// Clustering failed.
    #[error("the domains cannot be assigned")]
    Cluster(#[from] ClusterError),
    /// The domains could not be interpreted.
    #[error("the domains cannot be interpreted")]
    Interpret(#[from] InterpretError),
    /// Scores could not be computed.
    #[error("the scores cannot be computed")]
    Evaluation(#[from] EvaluationError),
    /// A picture or report could not be made.
    #[error("the report cannot be made")]
    Report(#[from] ReportError),
    /// An unknown name of a preset.
    #[error("no preset is called `{name}`: choose one of {known}")]
    UnknownPreset {
        /// The requested name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// An unknown name of a depth.
    #[error("no depth is called `{depth}`: set it to {name}@latent or {name}@all")]
    UnknownDepth {
        /// The modulator.
        name: String,
        /// The requested depth.
        depth: String,
    },
    /// A modulator at inner layers of an encoder that has none.
    #[error(
        "the encoder {encoder} has no inner layers to modulate: leave out `@all`, or choose one of semst, stagate, spatial-mgcn, mafn, sedr"
    )]
    NoInnerLayers {
        /// The encoder.
        encoder: &'static str,
    },
    /// The number of domains was not given, and cannot be chosen.
    #[error("the number of domains is not known: give it with --domains K ({why})")]
    NoDomains {
        /// Why it cannot be chosen.
        why: &'static str,
    },
    /// Fewer than two domains.
    #[error("{domains} domains are too few: give at least 2 with --domains K")]
    TooFewDomains {
        /// The given number.
        domains: usize,
    },
    /// A column and the coordinates show that the slide has several sections.
    #[error(
        "obs/{column} divides the spots into {sections} sections that {how}; set `subset` to run each on its own ({column}={first}), or set `one_slide` if they are one"
    )]
    Sections {
        /// The column of `obs`.
        column: String,
        /// The first section.
        first: String,
        /// Number of sections.
        sections: usize,
        /// The position of the sections relative to each other.
        how: String,
    },
    /// Fewer spots than a step needs.
    #[error("{n} spots are too few for {k} {what}: set a smaller number")]
    TooFewSpots {
        /// Number of spots.
        n: usize,
        /// The required number.
        k: usize,
        /// What the spots are needed for.
        what: &'static str,
    },
    /// Log-normalised values for an encoder whose loss is a likelihood of counts.
    #[error(
        "the loss of the encoder {encoder} is a likelihood of counts, and the slide has log-normalised values: give counts, or set `encoder` to semst, stagate, graphst, sedr, pca or diffusion"
    )]
    NeedsCounts {
        /// The encoder.
        encoder: &'static str,
    },
    /// The trained network gives values that are not finite.
    #[error(
        "the embedding has the value {value} at spot {spot}, column {column}, after training: set `learning_rate` to a smaller value or `epochs` to fewer, or choose another encoder"
    )]
    NotFinite {
        /// The spot, counted from 0.
        spot: usize,
        /// The column.
        column: usize,
        /// The value.
        value: f32,
    },
    /// The record of a run cannot be read.
    #[error("the record in uns/semst cannot be read: {reason}")]
    Record {
        /// The reason.
        reason: String,
    },
    /// Stages of a run that do not fit together.
    #[error("{reason}")]
    Stages {
        /// What does not fit, and what to change.
        reason: &'static str,
    },
    /// A configuration file does not hold a configuration.
    #[error("the configuration cannot be read: {reason}")]
    Config {
        /// The message of the parser.
        reason: String,
    },
}

impl From<SemanticError> for Error {
    fn from(error: SemanticError) -> Self {
        Self::Semantics(error.into())
    }
}
