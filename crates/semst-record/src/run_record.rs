//! The record itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Dropped, Losses, Parameters, SemanticsRecord};

/// Everything that a run leaves, except the arrays of spots: [`ArrayKeys`] says where those are.
///
/// What is absent in a file reads as its default, so a record without an optional part survives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// Layout of the record: [`RunRecord::LAYOUT`].
    pub layout: u32,
    /// Version of semst.
    pub version: String,
    /// The slide.
    pub slide: SlideFacts,
    /// How the slide was read.
    pub reading: Reading,
    /// Names of the parts of the method.
    pub method: MethodNames,
    /// Number of domains.
    pub domains: usize,
    /// How far the views of the slide agree on each number of domains; none where the number was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_count: Option<DomainAgreements>,
    /// Seed of the run, as it was given.
    pub seed: u64,
    /// Where the tensors were.
    pub device: String,
    /// Name of the program that ran; empty where the run did not come from a command line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub program: String,
    /// Every parameter.
    pub params: Parameters,
    /// What was dropped, renamed or lacking, and how often.
    pub dropped: BTreeMap<Dropped, usize>,
    /// Losses by epoch.
    pub losses: Losses,
    /// Scores by name; a score that is not defined is absent.
    pub scores: BTreeMap<String, f64>,
    /// The known labels of the scores, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<TruthSource>,
    /// Where the arrays of spots are.
    pub arrays: ArrayKeys,
    /// Where the semantics come from, and what the domains answer to.
    pub semantics: SemanticsRecord,
}

impl RunRecord {
    /// The layout that this version writes.
    pub const LAYOUT: u32 = 1;

    /// The words of the command that repeats the run, with its [`params`](Self::params) in the TOML file `config`.
    ///
    /// It follows from the record alone, so equal runs have equal commands, however they were started. None where the run did not
    /// come from a command line.
    pub fn command(&self, config: &str) -> Option<Vec<String>> {
        if self.program.is_empty() {
            return None;
        }
        let file = match self.reading.file.as_str() {
            "" => format!("{}.h5ad", self.slide.name),
            file => file.to_owned(),
        };
        let mut words = vec![self.program.clone(), "run".into(), file];
        words.extend(["--config".into(), config.into()]);
        let truth = self.truth.as_ref();
        let truth = truth.map(|truth| truth.file.as_ref().unwrap_or(&truth.key));
        let reading = &self.reading;
        for (option, value) in [
            ("--subset", reading.subset.as_ref()),
            ("--layer", reading.layer.as_ref()),
            ("--gene-symbols", reading.gene_symbols.as_ref()),
            ("--spatial-key", reading.spatial_key.as_ref()),
            ("--truth", truth),
        ] {
            words.extend(value.into_iter().flat_map(|v| [option.into(), v.clone()]));
        }
        Some(words)
    }

    /// Notes that something was dropped; a count of zero leaves no trace.
    pub fn drop_counted(&mut self, what: Dropped, count: usize) {
        if count > 0 {
            *self.dropped.entry(what).or_default() += count;
        }
    }

    /// Notes a score; one that is not finite leaves no trace.
    pub fn score(&mut self, name: impl Into<String>, value: f64) {
        if value.is_finite() {
            self.scores.insert(name.into(), value);
        }
    }
}

/// The slide of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlideFacts {
    /// Its name.
    pub name: String,
    /// Spots that took part.
    pub spots: usize,
    /// Genes that took part.
    pub genes: usize,
}

/// How a slide was read, so that the same file can be read in the same way again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Name of the file or folder, without the folders above it; empty where there was none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The slot or file of the counts.
    pub counts_from: String,
    /// The slot or file of the coordinates.
    pub coordinates_from: String,
    /// The slot or file of the gene symbols.
    pub symbols_from: String,
    /// The spots that took part, as `KEY=VALUE` of `obs`, where not all were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
    /// The layer of the counts, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The column in `var` of the gene symbols, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gene_symbols: Option<String>,
    /// The key in `obsm` of the coordinates, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spatial_key: Option<String>,
    /// Parts of the file that could not be read, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What was read as it is and may not be meant so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

/// Names of the parts of a method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MethodNames {
    /// The encoder.
    pub encoder: String,
    /// The modulator.
    pub modulator: String,
    /// The source of the semantics.
    pub semantics: String,
    /// The clustering head.
    pub head: String,
}

/// How far the views of a slide agree on numbers of domains; two columns of equal length.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DomainAgreements {
    /// The numbers that were tried, ascending.
    pub domains: Vec<usize>,
    /// The agreement on each of them, at most 1.
    pub agreement: Vec<f64>,
    /// Whether the views agree so little that the number is a guess.
    #[serde(default)]
    pub weak: bool,
}

impl DomainAgreements {
    /// Says in one line how the number `chosen` was found.
    pub fn sentence(&self, chosen: usize) -> String {
        let pairs = || self.domains.iter().zip(&self.agreement);
        let own = pairs().find(|(domains, _)| **domains == chosen);
        let mut others: Vec<_> = pairs().filter(|(domains, _)| **domains != chosen).collect();
        others.sort_by(|a, b| b.1.total_cmp(a.1));
        let others = others.iter().take(2);
        let others: Vec<String> = others.map(|(k, a)| format!("{k} ({a:.2})")).collect();
        let how = match self.weak {
            true => "a guess, because the views of the slide agree on no number",
            false => "chosen by the agreement of views",
        };
        format!(
            "{chosen} domains, {how} ({:.2}; next: {})",
            own.map_or(0.0, |(_, agreement)| *agreement),
            others.join(", ")
        )
    }
}

impl TruthSource {
    /// One line about the labels of a slide with `spots` spots.
    pub fn sentence(&self, spots: usize) -> String {
        let Self {
            key,
            labelled,
            classes,
            ..
        } = self;
        format!("known domains {key}: {classes} labels on {labelled} of {spots} spots")
    }
}

/// Where the known labels of a run came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TruthSource {
    /// The column of `obs`, or the name of the file without its ending.
    pub key: String,
    /// Spots of the slide with a label.
    pub labelled: usize,
    /// Different labels.
    pub classes: usize,
    /// The file of barcodes and labels, where the labels are not a column of `obs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Where the arrays of a run are in its `.h5ad`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArrayKeys {
    /// The column of `obs` with the domains.
    pub domains: String,
    /// The column of `obs` with the confidence in each spot's domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// The key of `obsm` with the embedding.
    pub embedding: String,
    /// The key of `obsm` with the semantics, where the modulator uses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semantics: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_survives() -> Result<(), serde_json::Error> {
        let empty = RunRecord::default();
        assert_eq!(
            serde_json::from_value::<RunRecord>(serde_json::to_value(&empty)?)?,
            empty
        );
        assert_eq!(serde_json::from_str::<RunRecord>("{}")?, empty);
        Ok(())
    }

    #[test]
    fn counts_of_zero_and_undefined_scores_leave_no_trace() {
        let mut record = RunRecord::default();
        record.drop_counted(Dropped::ZeroGenes, 0);
        record.score("ASW", f64::NAN);
        assert_eq!(record, RunRecord::default());
    }

    #[test]
    fn the_number_of_domains_is_explained() {
        let tried = DomainAgreements {
            domains: vec![4, 5, 6],
            agreement: vec![0.5, 0.9, 0.7],
            weak: false,
        };
        assert_eq!(
            tried.sentence(5),
            "5 domains, chosen by the agreement of views (0.90; next: 6 (0.70), 4 (0.50))"
        );
        let weak = DomainAgreements {
            weak: true,
            ..tried
        };
        assert!(weak.sentence(5).starts_with("5 domains, a guess"));
    }
}
