//! The trait through which a run uses a source of semantics.

use crate::{PromptedConfig, SourceError};
use semst_io::{ReadConfig, SpatialDataset};
use semst_preprocess::Normalize;
use semst_semantic_embedding::{
    Control, CountMatrix, GeneTable, PooledGenes, Pooling, Scaling, SemanticSource, Semantics,
    Species, SpotExpression,
};
use semst_text_models::EmbeddingProgress;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// A choice of semantics in a configuration: a shipped one ([`ShippedSemantics`](crate::ShippedSemantics)), or one of a third
/// party.
///
/// | item | | purpose |
/// |---|---|---|
/// | `names` | required | the forms that `parse` accepts, for help texts and errors |
/// | `parse`, `name` | required | the short form on the command line and in a plan, both ways |
/// | `check` | required | checks files, models and addresses before any work |
/// | `make` | required | vectors of all spots |
/// | `needs` | provided | the keys of `obsm` and `varm` that are read with the slide; default: none |
/// | `is_drawn` | provided | whether another seed gives other vectors; default: no |
/// | `is_control` | provided | whether the vectors are a control in a comparison; default: no |
/// | `map_file` | provided | changes the path of the file or folder of the vectors; default: there is none |
///
/// A source is deterministic: the same slide, settings and seed give the same bits.
pub trait SourceConfig:
    Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The forms that [`SourceConfig::parse`] accepts, with placeholders in capitals (`table:FILE`).
    fn names() -> &'static [&'static str];

    /// Reads the short form.
    ///
    /// # Errors
    /// [`SourceError::Unknown`] for an unknown name, and when an address in it is malformed.
    fn parse(text: &str) -> Result<Self, SourceError>;

    /// The short form that [`SourceConfig::parse`] accepts.
    fn name(&self) -> String;

    /// Checks everything that can be checked without a slide: a file exists, a model can be opened, an address is well-formed.
    ///
    /// # Errors
    /// The first thing that is missing or malformed.
    fn check(&self, settings: &SourceSettings<'_>) -> Result<(), SourceError>;

    /// Makes the vectors of all spots, `[n, s]`, and reports the progress.
    ///
    /// # Errors
    /// When a file cannot be read, a model does not answer, or the source has nothing for these genes or spots.
    fn make(
        &self,
        request: &SourceRequest<'_>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, SourceError>;

    /// Adds the keys to read from the file of the slide to a configuration of reading; none by default.
    fn needs(&self, reading: ReadConfig) -> ReadConfig {
        reading
    }

    /// Whether the vectors are drawn with the seed of the run, so that another seed gives other vectors.
    fn is_drawn(&self) -> bool {
        false
    }

    /// Whether the vectors replace real ones, so that a comparison counts the run as a control.
    fn is_control(&self) -> bool {
        false
    }

    /// Changes the path of the file or folder of the vectors, if there is one.
    fn map_file(&mut self, _change: impl FnOnce(&Path) -> PathBuf) {}
}

/// The settings next to the source in a [`SemanticsConfig`](crate::SemanticsConfig). A source uses those that apply to it.
#[derive(Debug, Clone, Copy)]
pub struct SourceSettings<'a> {
    /// How gene vectors become the vector of a spot.
    pub pooling: &'a Pooling,
    /// How the vectors of the spots are then scaled.
    pub scaling: &'a Scaling,
    /// Species of the shipped table; `None` detects it from the genes.
    pub species: Option<Species>,
    /// How a language model is used.
    pub prompted: &'a PromptedConfig,
}

/// The slide and settings for which a source makes vectors.
#[derive(Debug, Clone, Copy)]
pub struct SourceRequest<'a> {
    /// The slide.
    pub slide: &'a SpatialDataset,
    /// Seed of the run, for sources that use random numbers.
    pub seed: u64,
    /// The settings next to the source.
    pub settings: SourceSettings<'a>,
}

impl SourceRequest<'_> {
    /// Pools the vectors of a gene table over the genes of each spot with the settings; a control replaces the vectors of the
    /// table.
    ///
    /// Genes are weighted by their log-normalised expression (10⁴ per spot, over all genes).
    ///
    /// # Errors
    /// When no gene of the slide is in the table, or the settings do not fit.
    pub fn pool(
        &self,
        table: GeneTable,
        control: Option<Control>,
    ) -> Result<Semantics, SourceError> {
        let source = PooledGenes::new(table)
            .with_pooling(self.settings.pooling.clone())
            .with_scaling(self.settings.scaling.clone())
            .with_control(control, self.seed);
        let expression = log_expression(self.slide);
        Ok(source.spot_embeddings(&spot_expression(self.slide, &expression))?)
    }
}

/// A slide as input of semantic sources.
pub fn spot_expression<'a>(
    slide: &'a SpatialDataset,
    expression: &'a CountMatrix,
) -> SpotExpression<'a> {
    SpotExpression {
        expression,
        symbols: &slide.genes.symbols,
        ids: slide.genes.ids.as_deref(),
        barcodes: &slide.barcodes,
    }
}

/// Counts of each spot scaled to 10⁴, log(1 + x), all genes; log-normalised values as they are.
pub fn log_expression(slide: &SpatialDataset) -> CountMatrix {
    if slide.lognorm {
        return slide.counts.clone();
    }
    let normalize = Normalize::new(1e4);
    let mut x = slide.counts.clone();
    let factors = normalize.factors(&slide.counts);
    let indptr: Vec<usize> = x.indptr().raw_storage().to_vec();
    let values = x.data_mut();
    for (row, factor) in factors.into_iter().enumerate() {
        for v in &mut values[indptr[row]..indptr[row + 1]] {
            *v = (f64::from(*v) * factor).ln_1p() as f32;
        }
    }
    x
}
