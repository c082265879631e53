//! How a language model reads the spots of a slide.

use crate::SourceError;
use semst_io::SpatialDataset;
use semst_preprocess::{FeatureMatrix, Preprocess};
use semst_semantic_embedding::{
    Control, CountMatrix, Provenance, Scaling, Semantics, SpotExpression,
};
use semst_text_models::{
    EmbeddingCache, EmbeddingProgress, LocalConfig, PromptConfig, PromptedSpots, Prompts,
    ServedConfig, SpotGenes, TextModel,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// The number of highly variable genes that are ranked (SemST's script on DLPFC).
const RANKED_GENES: usize = 3000;

/// The prompts, the settings of the model, and the place of the cache.
///
/// # Examples
/// ```
/// use semst_semantic_sources::{SemanticsConfig, ShippedSemantics, SourceConfig};
///
/// let mut config = SemanticsConfig::<ShippedSemantics>::default();
/// config.source = ShippedSemantics::parse("llm:http://localhost:8000/v1#Qwen/Qwen3-4B")?;
/// config.prompted.prompts.top_k = 20;
/// assert!(serde_json::to_string(&config)?.contains(r#""top_k":20"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromptedConfig {
    /// The values by which the genes of a spot are ranked.
    pub ranking: PromptRanking,
    /// Where vectors are cached; it does not change results.
    pub cache: CacheChoice,
    /// How prompts are written and pooled.
    pub prompts: PromptConfig,
    /// How a served model is used.
    pub served: ServedConfig,
    /// How a model in a folder is run.
    pub local: LocalConfig,
}

/// The values by which the genes of a spot are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PromptRanking {
    /// 3000 highly variable genes, each spot scaled to one total, each gene to unit variance, as in SemST's script.
    #[default]
    Scaled,
    /// Log-normalised expression of all genes: genes that are high everywhere (mitochondrial, ribosomal) are first in most lists.
    Expression,
}

/// Where vectors of texts are cached.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheChoice {
    /// In the user's cache folder ([`EmbeddingCache::default_folder`]).
    #[default]
    Default,
    /// No cache.
    Off,
    /// In this folder.
    Folder(PathBuf),
}

/// Genes of a slide with the values for ranking.
#[derive(Debug, Clone)]
struct Ranked {
    values: CountMatrix,
    symbols: Vec<String>,
    words: &'static str,
}

impl CacheChoice {
    /// Opens the cache; `None` if no cache is used.
    ///
    /// # Errors
    /// As [`EmbeddingCache::open`].
    pub fn open(&self) -> Result<Option<EmbeddingCache>, SourceError> {
        let folder = match self {
            Self::Default => EmbeddingCache::default_folder(),
            Self::Off => None,
            Self::Folder(folder) => Some(folder.clone()),
        };
        Ok(folder.map(EmbeddingCache::open).transpose()?)
    }
}

impl PromptedConfig {
    /// Checks what can be checked without slide and model.
    ///
    /// # Errors
    /// The first field that is not valid.
    pub fn check(&self) -> Result<(), SourceError> {
        self.prompts.check()?;
        self.served.check()?;
        Ok(self.local.check()?)
    }

    /// The prompts of a slide; no model is needed.
    ///
    /// # Errors
    /// When the counts cannot be ranked.
    pub fn prompts(&self, slide: &SpatialDataset) -> Result<Prompts, SourceError> {
        let ranked = self.ranked(slide)?;
        let highest = ranked.spots(slide).highest_genes(self.prompts.top_k)?;
        Ok(self.prompts.write(&SpotGenes {
            symbols: &ranked.symbols,
            highest: &highest,
        })?)
    }

    /// Runs a model on every spot, and reports the progress. With a seed the names of the genes are permuted first, which is
    /// a control.
    ///
    /// # Errors
    /// When the counts cannot be ranked, the cache cannot be used, or the model cannot read the prompts.
    pub fn embed(
        &self,
        model: Arc<dyn TextModel>,
        slide: &SpatialDataset,
        scaling: Scaling,
        shuffled: Option<u64>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, SourceError> {
        let ranked = self.ranked(slide)?;
        let source = PromptedSpots::new(model.clone())
            .with_config(self.prompts.clone())
            .with_cache(self.cache.open()?)
            .with_ranked_on(ranked.words);
        read_spots(
            &source,
            model.as_ref(),
            &ranked.spots(slide),
            scaling,
            shuffled,
            watch,
        )
    }

    fn ranked(&self, slide: &SpatialDataset) -> Result<Ranked, SourceError> {
        match self.ranking {
            PromptRanking::Expression => Ok(Ranked {
                values: crate::source_config::log_expression(slide),
                symbols: slide.genes.symbols.clone(),
                words: "log-normalised expression of all genes",
            }),
            PromptRanking::Scaled => {
                // The 100 spots of the script are a fortieth of its slides; small slides would be left without genes.
                let min_cells = 100.min(slide.n_spots() / 40);
                let (features, _) = Preprocess::semst_paper(RANKED_GENES.min(slide.n_genes()))
                    .with_min_cells(min_cells)
                    .with_lognorm(slide.lognorm)
                    .run(&slide.counts)?;
                let symbols = features
                    .genes
                    .iter()
                    .map(|&g| slide.genes.symbols[g].clone());
                Ok(Ranked {
                    symbols: symbols.collect(),
                    values: match features.matrix {
                        FeatureMatrix::Sparse(values) => values,
                        FeatureMatrix::Dense(values) => {
                            CountMatrix::csr_from_dense(values.view(), 0.0)
                        }
                    },
                    words: "highly variable genes, spots scaled to one total, genes to unit variance",
                })
            }
        }
    }
}

impl Ranked {
    fn spots<'a>(&'a self, slide: &'a SpatialDataset) -> SpotExpression<'a> {
        SpotExpression {
            expression: &self.values,
            symbols: &self.symbols,
            ids: None,
            barcodes: &slide.barcodes,
        }
    }
}

/// Runs a model on the highest genes of each spot, and scales its vectors. With a seed the names of the genes are permuted
/// first.
fn read_spots(
    source: &PromptedSpots,
    model: &dyn TextModel,
    spots: &SpotExpression<'_>,
    scaling: Scaling,
    shuffled: Option<u64>,
    watch: &mut dyn FnMut(EmbeddingProgress),
) -> Result<Semantics, SourceError> {
    let shuffled_names = shuffled.map(|seed| Control::shuffled_names(spots.symbols, seed));
    let top_k = source.config().top_k;
    let genes = SpotGenes {
        symbols: shuffled_names.as_deref().unwrap_or(spots.symbols),
        highest: &spots.highest_genes(top_k)?,
    };
    let made = source.embed(&genes, watch)?;
    let vectors = scaling.apply(made.vectors)?;
    let permuted = shuffled.map_or("", |_| ", their names permuted between genes");
    let provenance = Provenance {
        source: format!("prompted spots: {}", model.name()),
        model: Some(model.name().to_owned()),
        recipe: Some(format!(
            "the {top_k} highest genes of a spot{permuted}, highest first, in a prompt; {}",
            made.pooling
        )),
        checksum: Some(model.checksum()),
        scaling: Some(scaling),
        control: shuffled.map(|_| Control::Shuffled),
        seed: shuffled,
        spots_without_genes: Some(made.spots_without_genes),
        prompts: serde_json::to_value(&made.record).ok(),
        dims: vectors.ncols(),
        ..Provenance::default()
    };
    Ok(Semantics::of_spots(vectors, provenance))
}

#[cfg(test)]
mod tests;
