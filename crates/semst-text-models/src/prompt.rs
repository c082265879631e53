//! The prompt of a spot: a text with its highest genes, for a language model.

mod spot_genes;
mod spots;
mod template;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use self::spot_genes::SpotGenes;
pub use self::spots::{PromptRecord, PromptedSpots, PromptedVectors};
pub use self::template::{GENES, PromptFormat, PromptTemplate, PromptText};
use crate::TextModelError;

/// The tokens of a prompt from which its vector is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PooledTokens {
    /// All except padding, as in SemST's script. The common words make up most of the mean; centring removes this part.
    #[default]
    All,
    /// Only those of the names of the genes; for models that run locally.
    Genes,
}

/// How prompts are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromptConfig {
    /// Genes in a prompt. Default 10 (SemST's script; its paper has 20 or 30).
    pub top_k: usize,
    /// The pooled tokens. Default all (SemST's script).
    pub tokens: PooledTokens,
    /// How the system part and the user part become one text. The default depends on the model.
    pub format: PromptFormat,
    /// The text around the genes.
    pub template: PromptTemplate,
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self {
            top_k: 10,
            tokens: PooledTokens::default(),
            format: PromptFormat::default(),
            template: PromptTemplate::default(),
        }
    }
}

/// The distinct prompts of a slide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    /// The system part, the same for all.
    pub system: String,
    /// Distinct user parts, in the order in which spots first need them.
    pub distinct: Vec<String>,
    /// For each distinct prompt the columns of its genes, highest first.
    pub genes: Vec<Vec<u32>>,
    /// For each spot the index of its prompt.
    pub of_spot: Vec<u32>,
    /// The number of spots that express no gene: their prompt lists none.
    pub spots_without_genes: usize,
}

impl PromptConfig {
    /// Sets the number of genes in a prompt.
    #[must_use]
    pub fn with_top_k(mut self, top_k: usize) -> Self {
        self.top_k = top_k;
        self
    }

    /// Sets the pooled tokens.
    #[must_use]
    pub fn with_tokens(mut self, tokens: PooledTokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets how the system part and the user part are joined.
    #[must_use]
    pub fn with_format(mut self, format: PromptFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the text around the genes.
    #[must_use]
    pub fn with_template(mut self, template: PromptTemplate) -> Self {
        self.template = template;
        self
    }

    /// Writes the prompts of all spots: the first `top_k` genes of each, joined by `", "`. Spots with the same genes share a
    /// prompt.
    ///
    /// # Errors
    /// When `top_k` is 0, the template has no `{genes}`, or a spot lists a gene that has no name.
    ///
    /// ```
    /// use semst_text_models::{PromptConfig, PromptTemplate, SpotGenes};
    /// let symbols = ["MBP", "PLP1", "GFAP"].map(String::from);
    /// let highest = [vec![1, 0, 2], vec![1, 0]];
    /// let spots = SpotGenes { symbols: &symbols, highest: &highest };
    /// let template = PromptTemplate { system: String::new(), user: "Genes: {genes}".into() };
    ///
    /// let prompts = PromptConfig::default().with_top_k(2).with_template(template).write(&spots)?;
    /// assert_eq!(prompts.distinct, ["Genes: PLP1, MBP"]);
    /// assert_eq!(prompts.of_spot, [0, 0]);
    /// # Ok::<(), semst_text_models::TextModelError>(())
    /// ```
    pub fn write(&self, spots: &SpotGenes<'_>) -> Result<Prompts, TextModelError> {
        self.check()?;
        spots.check()?;
        let mut prompts = Prompts {
            system: self.template.system.clone(),
            distinct: Vec::new(),
            genes: Vec::new(),
            of_spot: Vec::with_capacity(spots.highest.len()),
            spots_without_genes: 0,
        };
        let mut known = HashMap::new();
        for genes in spots.highest {
            let genes = &genes[..genes.len().min(self.top_k)];
            prompts.spots_without_genes += usize::from(genes.is_empty());
            let number = *known.entry(genes).or_insert_with_key(|genes: &&[u32]| {
                let listed: Vec<&str> = genes
                    .iter()
                    .map(|&g| spots.symbols[g as usize].as_str())
                    .collect();
                prompts
                    .distinct
                    .push(self.template.user.replace(GENES, &listed.join(", ")));
                prompts.genes.push(genes.to_vec());
                prompts.distinct.len() as u32 - 1
            });
            prompts.of_spot.push(number);
        }
        Ok(prompts)
    }

    /// Checks what can be checked without spots.
    ///
    /// # Errors
    /// When `top_k` is 0, or the template has no `{genes}`.
    pub fn check(&self) -> Result<(), TextModelError> {
        let bad = |field, value: String, bound| {
            Err(TextModelError::Config {
                field,
                value,
                bound,
            })
        };
        if self.top_k == 0 {
            return bad("top_k", "0".into(), "at least 1");
        }
        if !self.template.user.contains(GENES) {
            return bad(
                "template.user",
                format!("{:?}", self.template.user),
                "a text with {genes} where the genes go",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
