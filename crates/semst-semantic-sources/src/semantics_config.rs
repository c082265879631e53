//! The source of the semantics of a run.

use crate::{
    PromptedConfig, ShippedSemantics, SourceConfig, SourceError, SourceRequest, SourceSettings,
};
use semst_io::SpatialDataset;
use semst_semantic_embedding::{Pooling, Scaling, Semantics, Species};
use semst_text_models::EmbeddingProgress;
use serde::{Deserialize, Serialize};

/// The semantics of a run: a source and its settings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "S: SourceConfig")]
pub struct SemanticsConfig<S = ShippedSemantics> {
    /// The vectors.
    pub source: S,
    /// How gene vectors become the vector of a spot.
    pub pooling: Pooling,
    /// How the vectors of the spots are then scaled.
    pub scaling: Scaling,
    /// Species of the shipped table; `None` detects it from the genes.
    pub species: Option<Species>,
    /// How a language model is used, if it is the source.
    #[serde(skip_serializing_if = "is_default")]
    pub prompted: PromptedConfig,
}

impl<S: SourceConfig> SemanticsConfig<S> {
    /// Checks everything that can be checked without a slide: the settings, and what the source reads.
    ///
    /// # Errors
    /// The first setting that is out of its bounds, file that is missing, or model that cannot be opened.
    pub fn check(&self) -> Result<(), SourceError> {
        self.pooling.check()?;
        self.scaling.check()?;
        self.prompted.check()?;
        self.source.check(&self.settings())
    }

    /// Vectors of all spots of a slide, `[n, s]`.
    ///
    /// # Errors
    /// As [`SourceConfig::make`].
    pub fn embed(&self, slide: &SpatialDataset, seed: u64) -> Result<Semantics, SourceError> {
        self.embed_watched(slide, seed, &mut |_| {})
    }

    /// As [`SemanticsConfig::embed`], and reports the progress of a language model.
    ///
    /// # Errors
    /// As [`SemanticsConfig::embed`].
    pub fn embed_watched(
        &self,
        slide: &SpatialDataset,
        seed: u64,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, SourceError> {
        let request = SourceRequest {
            slide,
            seed,
            settings: self.settings(),
        };
        self.source.make(&request, watch)
    }

    fn settings(&self) -> SourceSettings<'_> {
        SourceSettings {
            pooling: &self.pooling,
            scaling: &self.scaling,
            species: self.species,
            prompted: &self.prompted,
        }
    }
}

fn is_default(prompted: &PromptedConfig) -> bool {
    *prompted == PromptedConfig::default()
}
