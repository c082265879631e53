//! Vectors of spots from a language model that reads a prompt for each.

use std::sync::Arc;

use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use super::{PooledTokens, PromptConfig, PromptFormat, Prompts, SpotGenes};
use crate::{
    EmbeddingCache, EmbeddingJob, EmbeddingProgress, TextModel, TextModelError, TextRequest,
};

/// Vectors from a language model that reads the highest genes of each spot; each distinct prompt is read once. A spot
/// without genes gets the mean of the others.
///
/// ```no_run
/// use semst_text_models::{LocalConfig, ModelAddress, PromptConfig, PromptedSpots, ServedConfig, SpotGenes};
/// let address: ModelAddress = "hf:Qwen/Qwen3-0.6B".parse()?;
/// let model = address.open(&ServedConfig::default(), &LocalConfig::default())?;
/// let source = PromptedSpots::new(model).with_config(PromptConfig::default().with_top_k(20));
/// let symbols = ["MBP", "GFAP"].map(String::from);
/// let spots = SpotGenes { symbols: &symbols, highest: &[vec![0, 1], vec![1]] };
/// assert_eq!(source.embed(&spots, &mut |_| {})?.vectors.nrows(), 2);
/// # Ok::<(), semst_text_models::TextModelError>(())
/// ```
#[derive(Clone)]
pub struct PromptedSpots {
    model: Arc<dyn TextModel>,
    config: PromptConfig,
    cache: Option<EmbeddingCache>,
    ranked_on: Option<String>,
}

/// Vectors of spots from their prompts.
#[derive(Clone, Debug)]
pub struct PromptedVectors {
    /// `[spots, dims]`, as the model returns them.
    pub vectors: Array2<f32>,
    /// How a prompt became one vector, in words.
    pub pooling: String,
    /// The number of spots that list no gene.
    pub spots_without_genes: usize,
    /// How the prompts were written.
    pub record: PromptRecord,
}

/// How prompted vectors were made, for the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptRecord {
    /// The settings, with the format that was used, never `auto`.
    #[serde(flatten)]
    pub config: PromptConfig,
    /// The number of distinct prompts that list a gene.
    pub distinct: usize,
    /// The values by which the genes were ranked, if known.
    pub ranked_on: Option<String>,
}

impl std::fmt::Debug for PromptedSpots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PromptedSpots")
            .field("model", &self.model.name())
            .field("config", &self.config)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl PromptedSpots {
    /// The prompts of SemST's script, pooled over all tokens; no cache.
    pub fn new(model: Arc<dyn TextModel>) -> Self {
        Self {
            model,
            config: PromptConfig::default(),
            cache: None,
            ranked_on: None,
        }
    }

    /// Sets how prompts are written and pooled.
    #[must_use]
    pub fn with_config(mut self, config: PromptConfig) -> Self {
        self.config = config;
        self
    }

    /// How prompts are written and pooled.
    pub fn config(&self) -> &PromptConfig {
        &self.config
    }

    /// Sets a cache, which is searched first and gets the new vectors.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<EmbeddingCache>) -> Self {
        self.cache = cache;
        self
    }

    /// Sets the description of the values by which genes are ranked, for the record.
    #[must_use]
    pub fn with_ranked_on(mut self, what: impl Into<String>) -> Self {
        self.ranked_on = Some(what.into());
        self
    }

    /// Runs the model on the prompts, and reports the progress.
    ///
    /// # Errors
    /// When the settings do not fit the model, no spot lists a gene, or as [`EmbeddingJob::run`].
    pub fn embed(
        &self,
        spots: &SpotGenes<'_>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<PromptedVectors, TextModelError> {
        if self.config.tokens == PooledTokens::Genes && !self.model.pools_spans() {
            return Err(TextModelError::model(
                self.model.name(),
                "returns vectors of whole prompts only: pool all tokens",
            ));
        }
        let prompts = self.config.write(spots)?;
        let vectors = self.of_prompts(&prompts, spots.symbols, watch)?;
        let pooling = match self.config.tokens {
            PooledTokens::All => self.model.pooling(),
            PooledTokens::Genes => "mean of the tokens of the genes' names",
        };
        Ok(PromptedVectors {
            vectors: of_spots(vectors, &prompts.of_spot)?,
            pooling: pooling.into(),
            spots_without_genes: prompts.spots_without_genes,
            record: PromptRecord {
                config: self.config.clone().with_format(self.format()),
                distinct: prompts.genes.iter().filter(|g| !g.is_empty()).count(),
                ranked_on: self.ranked_on.clone(),
            },
        })
    }

    /// A vector for each prompt that lists genes.
    fn of_prompts(
        &self,
        prompts: &Prompts,
        names: &[String],
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Vec<Option<Array1<f32>>>, TextModelError> {
        let chat = self.format() == PromptFormat::ChatMl;
        let written: Vec<_> = prompts
            .genes
            .iter()
            .filter(|genes| !genes.is_empty())
            .map(|genes| {
                let listed: Vec<&str> = genes.iter().map(|&g| names[g as usize].as_str()).collect();
                self.config.template.text(&listed, chat)
            })
            .collect();
        let requests: Vec<TextRequest<'_>> = written
            .iter()
            .map(|prompt| TextRequest {
                text: &prompt.text,
                spans: match self.config.tokens {
                    PooledTokens::Genes => &prompt.spans,
                    PooledTokens::All => &[],
                },
            })
            .collect();
        let vectors = EmbeddingJob::new(self.model.as_ref())
            .with_cache(self.cache.as_ref())
            .run(&requests, watch)?;
        let mut rows = vectors.outer_iter().map(|row| row.to_owned());
        Ok(prompts
            .genes
            .iter()
            .map(|genes| (!genes.is_empty()).then(|| rows.next()).flatten())
            .collect())
    }

    fn format(&self) -> PromptFormat {
        match self.config.format {
            PromptFormat::Auto if self.model.reads_chat() => PromptFormat::ChatMl,
            PromptFormat::Auto => PromptFormat::Plain,
            chosen => chosen,
        }
    }
}

/// The vector of each spot's prompt; without one, the mean of the other spots.
fn of_spots(
    vectors: Vec<Option<Array1<f32>>>,
    of_spot: &[u32],
) -> Result<Array2<f32>, TextModelError> {
    let Some(dims) = vectors.iter().flatten().next().map(Array1::len) else {
        return Err(TextModelError::Length {
            what: format!("spots that express a gene, of {}", of_spot.len()),
            expected: of_spot.len().max(1),
            got: 0,
        });
    };
    let mut sum = Array1::<f64>::zeros(dims);
    let mut all = Array2::zeros((of_spot.len(), dims));
    let (mut bare, mut count) = (Vec::new(), 0usize);
    for (spot, &prompt) in of_spot.iter().enumerate() {
        match &vectors[prompt as usize] {
            Some(vector) => {
                all.row_mut(spot).assign(vector);
                sum.zip_mut_with(vector, |s, &v| *s += f64::from(v));
                count += 1;
            }
            None => bare.push(spot),
        }
    }
    let mean = sum.mapv(|s| (s / count as f64) as f32);
    for spot in bare {
        all.index_axis_mut(Axis(0), spot).assign(&mean);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
