//! Spot vectors from a language model that reads each spot's genes.

use std::sync::Arc;

use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::{
    EmbeddingCache, EmbeddingJob, EmbeddingProgress, PooledTokens, PromptConfig, PromptFormat,
    Prompts, Provenance, Scaling, SemanticError, SemanticSource, Semantics, SpotExpression,
    TextModel, TextRequest,
};

/// Writes a prompt for each spot, lets a language model read it, and takes the mean of its last hidden states:
/// where SemST takes meaning from (docs/methods.md 5.4).
///
/// Genes are ranked on the values given: SemST ranks highly variable genes, scaled. Spots of the same genes share a
/// prompt. A spot without genes gets the mean of the others.
///
/// ```no_run
/// use std::sync::Arc;
/// use semst_semantic_embedding::{LocalConfig, ModelAddress, PromptConfig, PromptedSpots, SemanticSource, ServedConfig};
/// # fn go(spots: &semst_semantic_embedding::SpotExpression<'_>) -> Result<(), semst_semantic_embedding::SemanticError> {
/// let address = ModelAddress::parse("hf:Qwen/Qwen3-0.6B")?;
/// let model = address.open(&ServedConfig::default(), &LocalConfig::default())?;
/// let source = PromptedSpots::new(model).with_config(PromptConfig::default().with_top_k(20));
/// let semantics = source.spot_embeddings(spots)?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PromptedSpots {
    model: Arc<dyn TextModel>,
    config: PromptConfig,
    scaling: Scaling,
    cache: Option<EmbeddingCache>,
    shuffled: Option<u64>,
    ranked_on: Option<String>,
}

/// How prompted vectors were made, for the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptRecord {
    /// The settings; the format is the one used, never `auto`.
    #[serde(flatten)]
    pub config: PromptConfig,
    /// Different prompts that list a gene.
    pub distinct: usize,
    /// What the genes were ranked on, where known.
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
            scaling: Scaling::default(),
            cache: None,
            shuffled: None,
            ranked_on: None,
        }
    }

    /// Writes and pools the prompts so.
    #[must_use]
    pub fn with_config(mut self, config: PromptConfig) -> Self {
        self.config = config;
        self
    }

    /// Scales the vectors so; the default centres them, which takes off what all prompts share.
    #[must_use]
    pub fn with_scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// Keeps vectors in a cache, and looks there first.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<EmbeddingCache>) -> Self {
        self.cache = cache;
        self
    }

    /// Control: the names of the genes are permuted by this seed before they are written, so that the model reads
    /// as many different prompts, of the wrong genes.
    #[must_use]
    pub fn with_shuffled_names(mut self, seed: Option<u64>) -> Self {
        self.shuffled = seed;
        self
    }

    /// Says what the values are that genes are ranked on, for the record.
    #[must_use]
    pub fn with_ranked_on(mut self, what: impl Into<String>) -> Self {
        self.ranked_on = Some(what.into());
        self
    }

    /// As [`SemanticSource::spot_embeddings`], and tells how far it is.
    ///
    /// # Errors
    /// As there.
    pub fn embed(
        &self,
        spots: &SpotExpression<'_>,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Semantics, SemanticError> {
        if self.config.tokens == PooledTokens::Genes && !self.model.pools_spans() {
            return Err(SemanticError::model(
                self.model.name(),
                "returns vectors of whole prompts only: pool all tokens",
            ));
        }
        let names = self.names(spots.symbols);
        let spots = SpotExpression {
            symbols: &names,
            ..*spots
        };
        let prompts = self.config.write(&spots)?;
        let vectors = self.of_prompts(&prompts, &names, watch)?;
        let vectors = self
            .scaling
            .apply(of_spots(vectors, &prompts.of_spot, spots.barcodes)?)?;
        let provenance = self.provenance(&prompts, vectors.ncols());
        Ok(Semantics::of_spots(vectors, provenance))
    }

    /// A vector for each prompt that lists genes.
    fn of_prompts(
        &self,
        prompts: &Prompts,
        names: &[String],
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Vec<Option<Array1<f32>>>, SemanticError> {
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

    fn names(&self, symbols: &[String]) -> Vec<String> {
        match self.shuffled {
            None => symbols.to_vec(),
            Some(seed) => Chance::new(seed)
                .permutation(symbols.len())
                .into_iter()
                .map(|g| symbols[g].clone())
                .collect(),
        }
    }

    fn format(&self) -> PromptFormat {
        match self.config.format {
            PromptFormat::Auto if self.model.reads_chat() => PromptFormat::ChatMl,
            PromptFormat::Auto => PromptFormat::Plain,
            chosen => chosen,
        }
    }

    fn provenance(&self, prompts: &Prompts, dims: usize) -> Provenance {
        let pooled = match self.config.tokens {
            PooledTokens::All => self.model.pooling(),
            PooledTokens::Genes => "mean of the tokens of the genes' names",
        };
        let shuffled = self
            .shuffled
            .map_or("", |_| ", their names permuted between genes");
        Provenance {
            source: format!("prompted spots: {}", self.model.name()),
            model: Some(self.model.name().to_owned()),
            recipe: Some(format!(
                "the {} highest genes of a spot{shuffled}, highest first, in a prompt; {pooled}",
                self.config.top_k
            )),
            checksum: Some(self.model.checksum()),
            scaling: Some(self.scaling.clone()),
            control: self.shuffled.map(|_| crate::Control::Shuffled),
            seed: self.shuffled,
            spots_without_genes: Some(prompts.spots_without_genes),
            prompts: Some(PromptRecord {
                config: self.config.clone().with_format(self.format()),
                distinct: prompts.genes.iter().filter(|g| !g.is_empty()).count(),
                ranked_on: self.ranked_on.clone(),
            }),
            dims,
            ..Provenance::default()
        }
    }
}

impl SemanticSource for PromptedSpots {
    fn spot_embeddings(&self, spots: &SpotExpression<'_>) -> Result<Semantics, SemanticError> {
        self.embed(spots, &mut |_| {})
    }
}

/// The vector of each spot's prompt; without one, the mean of the other spots.
fn of_spots(
    vectors: Vec<Option<Array1<f32>>>,
    of_spot: &[u32],
    barcodes: &[String],
) -> Result<Array2<f32>, SemanticError> {
    let Some(dims) = vectors.iter().flatten().next().map(Array1::len) else {
        return Err(SemanticError::Length {
            what: format!("spots that express a gene, of {}", barcodes.len()),
            expected: barcodes.len().max(1),
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
