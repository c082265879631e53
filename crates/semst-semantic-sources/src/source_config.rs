//! The place where a source of semantics plugs into a run.

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

/// A choice of semantics in a configuration: one of ours ([`ShippedSemantics`](crate::ShippedSemantics)), or a third party's.
///
/// | item | | purpose |
/// |---|---|---|
/// | `names` | required | what `parse` reads, for help texts and errors |
/// | `parse`, `name` | required | the short form on the command line and in a plan, both ways |
/// | `check` | required | looks at files, models and addresses before any work |
/// | `make` | required | vectors of all spots |
/// | `needs` | provided | the keys of `obsm` and `varm` that are read with the slide; default: none |
/// | `is_drawn` | provided | whether another seed gives other vectors; default: no |
/// | `is_control` | provided | whether the vectors replace real ones in a comparison; default: no |
/// | `map_file` | provided | changes the path of the file or folder that the vectors come from; default: there is none |
///
/// A source is deterministic: the same slide, settings and seed give the same bits.
pub trait SourceConfig:
    Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What [`SourceConfig::parse`] reads, with placeholders in capitals (`table:FILE`).
    fn names() -> &'static [&'static str];

    /// Reads the short form.
    ///
    /// # Errors
    /// [`SourceError::Unknown`] for an unknown name, and when an address in it is malformed.
    fn parse(text: &str) -> Result<Self, SourceError>;

    /// The short form that [`SourceConfig::parse`] reads.
    fn name(&self) -> String;

    /// Checks everything that can be known without a slide: a file is there, a model can be opened, an address is well-formed.
    ///
    /// # Errors
    /// The first thing that is missing or malformed.
    fn check(&self, settings: &SourceSettings<'_>) -> Result<(), SourceError>;

    /// Makes the vectors of all spots, `[n, s]`, and reports how far it is.
    ///
    /// # Errors
    /// When a file cannot be read, a model does not answer, or the source has nothing for these genes or spots.
    fn make(
        &self,
        request: &SourceRequest<'_>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, SourceError>;

    /// Adds to a way of reading what the source takes from the file of the slide; nothing, unless it says so.
    fn needs(&self, reading: ReadConfig) -> ReadConfig {
        reading
    }

    /// Whether the vectors are drawn with the seed of the run, so that another seed gives others.
    fn is_drawn(&self) -> bool {
        false
    }

    /// Whether the vectors stand in for real ones, so that a comparison counts the run as a control.
    fn is_control(&self) -> bool {
        false
    }

    /// Changes the path of the file or folder that the vectors come from, where there is one.
    fn map_file(&mut self, _change: impl FnOnce(&Path) -> PathBuf) {}
}

/// The settings next to the source in a [`SemanticsConfig`](crate::SemanticsConfig). A source uses those that apply to it.
#[derive(Debug, Clone, Copy)]
pub struct SourceSettings<'a> {
    /// How gene vectors become the vector of a spot.
    pub pooling: &'a Pooling,
    /// What happens to the spots' vectors then.
    pub scaling: &'a Scaling,
    /// Species of the shipped table; `None` looks at the genes.
    pub species: Option<Species>,
    /// How a language model is asked.
    pub prompted: &'a PromptedConfig,
}

/// What a source makes vectors for.
#[derive(Debug, Clone, Copy)]
pub struct SourceRequest<'a> {
    /// The slide.
    pub slide: &'a SpatialDataset,
    /// Seed of the run, for sources that draw.
    pub seed: u64,
    /// The settings next to the source.
    pub settings: SourceSettings<'a>,
}

impl SourceRequest<'_> {
    /// Pools the vectors of a gene table over the genes of each spot, as the settings say; with a control, its vectors take the
    /// place of the table's.
    ///
    /// Genes weigh by their log-normalised expression (10⁴ per spot, over all genes).
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

/// A slide as semantic sources see it.
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

/// Counts of each spot scaled to 10⁴, log(1 + x), all genes.
pub fn log_expression(slide: &SpatialDataset) -> CountMatrix {
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
