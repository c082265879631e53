//! The progress reports of a run.

use semst_clustering_heads::{Assignment, DomainCount};
use semst_semantic_embedding::Semantics;
use semst_text_models::EmbeddingProgress;
use semst_training::{EpochEnd, Flow};

/// A stage of a run that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Counts become features.
    Preprocess,
    /// Neighbours are searched.
    Graphs,
    /// Counts become the principal components of the views.
    Views,
    /// The number of domains is chosen.
    Count,
    /// Genes become semantics.
    Semantics,
    /// The network is trained.
    Train,
    /// The trained network is applied to all spots, and the result is smoothed.
    Embed,
    /// The embedding becomes domains.
    Cluster,
    /// Genes and functions that the modulator responds to are searched.
    Interpret,
}

impl Stage {
    /// A short description for users.
    pub fn words(self) -> &'static str {
        match self {
            Self::Preprocess => "selecting and normalising genes",
            Self::Graphs => "building neighbour graphs",
            Self::Views => "finding the principal components of the views",
            Self::Count => "choosing the number of domains",
            Self::Semantics => "reading what the genes mean",
            Self::Train => "training",
            Self::Embed => "embedding all spots",
            Self::Cluster => "assigning domains",
            Self::Interpret => "asking which genes speak",
        }
    }
}

/// Gets the progress of a run, and may stop it.
pub trait Watch {
    /// A stage begins.
    fn stage(&mut self, stage: Stage);

    /// An epoch of the training ended.
    fn epoch_end(&mut self, event: EpochEnd) -> Flow;

    /// The number of domains has been chosen.
    fn domains_counted(&mut self, _: &DomainCount) {}

    /// The domains have been found; a model is trained next.
    fn domains_found(&mut self, _: &Assignment) {}

    /// The semantics of the spots have been made.
    fn semantics_made(&mut self, _: &Semantics) {}

    /// A language model has embedded more texts; also reported once before the first.
    fn texts_read(&mut self, _: EmbeddingProgress) {}
}

/// A watch that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn stage(&mut self, _: Stage) {}

    fn epoch_end(&mut self, _: EpochEnd) -> Flow {
        Flow::Continue
    }
}
