//! The size of an interpretation.

use serde::{Deserialize, Serialize};

use crate::attribution::{Scores, attribute};
use crate::centroid::weights;
use crate::function::FunctionFinder;
use crate::occlusion::occlude;
use crate::response::Answers;
use crate::{DomainSemantics, GeneSource, InterpretError, Interpretation, Subject};
use semst_fsm_modulation::Modulator;

/// Configures an interpretation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InterpretConfig {
    /// Genes reported for each domain (50).
    pub genes: usize,
    /// Largest number of functions reported for each domain (5).
    pub functions: usize,
    /// Leading genes that are removed in the check by occlusion (20); at most a twentieth of all genes, but at least 2.
    pub occluded: usize,
    /// Random sets of genes for comparison (10).
    pub random_sets: usize,
    /// Seed of the random sets.
    pub seed: u64,
}

impl Default for InterpretConfig {
    fn default() -> Self {
        Self {
            genes: 50,
            functions: 5,
            occluded: 20,
            random_sets: 10,
            seed: 0,
        }
    }
}

impl InterpretConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the seed of the random sets.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the number of genes reported for each domain.
    #[must_use]
    pub fn with_genes(mut self, genes: usize) -> Self {
        self.genes = genes;
        self
    }

    /// Sets how many leading genes are removed, and with how many random sets they are compared; 0 sets skip the check.
    #[must_use]
    pub fn with_occlusion(mut self, occluded: usize, random_sets: usize) -> Self {
        (self.occluded, self.random_sets) = (occluded, random_sets);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// When a number that must be positive is zero.
    pub fn check(&self) -> Result<(), InterpretError> {
        let positive = [("genes", self.genes), ("occluded", self.occluded)];
        match positive.into_iter().find(|(_, value)| *value == 0) {
            Some((field, value)) => Err(InterpretError::Config {
                field,
                value,
                bound: "at least 1",
            }),
            None => Ok(()),
        }
    }

    /// Interprets a trained modulation. For each domain it finds how strongly the domain answers and, if the semantics come from
    /// genes, to which genes and functions.
    ///
    /// # Errors
    /// When parts do not belong together, fewer than two domains have spots, or a number is not finite.
    ///
    /// # Complexity
    /// Eight backward passes of the modulator over all spots, one product of length S for each non-zero weight, one pass of the
    /// modulator for each random set.
    pub fn interpret<M: Modulator>(
        &self,
        subject: &Subject<'_, M>,
        genes: Option<GeneSource<'_>>,
    ) -> Result<Interpretation, InterpretError> {
        self.check()?;
        subject.check()?;
        let answers = Answers::of(subject)?;
        let mut domains: Vec<DomainSemantics> = answers
            .strengths
            .iter()
            .enumerate()
            .map(|(domain, strength)| DomainSemantics::new(domain as u32, *strength))
            .collect();
        if let Some(source) = genes {
            source.check(subject)?;
            let scores = attribute(subject, &source, &answers, self.seed)?;
            if let Some(terms) = source.terms {
                let finder = FunctionFinder::new(source.pooled.genes(), source.symbols, terms);
                let places = weights(&source, subject.labels, &scores);
                let answered: Vec<Vec<f64>> = scores.iter().map(Scores::weights).collect();
                let functions = finder.functions(&places, self.functions);
                let answered = finder.functions(&answered, self.functions);
                for (domain, (own, answered)) in
                    domains.iter_mut().zip(functions.into_iter().zip(answered))
                {
                    (domain.functions, domain.answered) = (own, answered);
                }
            }
            if self.random_sets > 0 {
                let occlusions = occlude(subject, &answers, &source, &scores, self)?;
                for (domain, occlusion) in domains.iter_mut().zip(occlusions) {
                    domain.occlusion = Some(occlusion);
                }
            }
            for (domain, scores) in domains.iter_mut().zip(&scores) {
                domain.genes = scores.named(source.symbols, source.pooled.genes(), self.genes);
            }
        }
        Ok(Interpretation {
            domains,
            note: None,
        })
    }
}
