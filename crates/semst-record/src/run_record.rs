//! The record of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Clustered, Difference, Dropped, Join, Losses, Parameters, SemanticsRecord};

/// All results of a run, except the arrays of spots: [`ArrayKeys`] names their places.
///
/// Fields that are missing in a file get their defaults, so a record without an optional part can be read.
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
    /// What the domains were made of.
    pub clustered: Clustered,
    /// Number of domains.
    pub domains: usize,
    /// How well the views of the slide agree on each number of domains; `None` if the number was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_count: Option<DomainAgreements>,
    /// Seed of the run, as given.
    pub seed: u64,
    /// The device of the tensors.
    pub device: String,
    /// Name of the program that ran; empty if the run was not started from a command line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub program: String,
    /// Every parameter.
    pub params: Parameters,
    /// What was dropped, renamed or is missing, and how often.
    pub dropped: BTreeMap<Dropped, usize>,
    /// What was done in another way than asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// How tables from outside the slide were joined to its spots.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joins: Vec<Join>,
    /// Losses by epoch.
    pub losses: Losses,
    /// Scores by name; a score that is not defined is absent.
    pub scores: BTreeMap<String, f64>,
    /// The source of the known labels for the scores, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<TruthSource>,
    /// The places of the arrays of spots.
    pub arrays: ArrayKeys,
    /// The source of the semantics, and what the domains respond to.
    pub semantics: SemanticsRecord,
}

impl RunRecord {
    /// The layout that this version writes.
    pub const LAYOUT: u32 = 1;

    /// The words of the command that repeats the run, with its [`params`](Self::params) in the TOML file `config`.
    ///
    /// It depends only on the record, so equal runs have equal commands, no matter how they were started. `None` if the run was
    /// not started from a command line.
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
            ("--key-added", self.arrays.graph.as_ref()),
        ] {
            words.extend(value.into_iter().flat_map(|v| [option.into(), v.clone()]));
        }
        if self.semantics.method.is_none() && self.method.modulator != "none" {
            words.push("--no-interpret".into());
        }
        Some(words)
    }

    /// Records that something was dropped; a count of zero is not recorded.
    pub fn drop_counted(&mut self, what: Dropped, count: usize) {
        if count > 0 {
            *self.dropped.entry(what).or_default() += count;
        }
    }

    /// Records a score; one that is not finite is not recorded.
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
    /// Number of used spots.
    pub spots: usize,
    /// Number of used genes.
    pub genes: usize,
    /// SHA-256 of barcodes, genes, counts and coordinates.
    pub digest: String,
}

/// How a slide was read, so that the same file can be read in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Name of the file or folder, without its parent folders; empty if there was none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The slot or file of the counts.
    pub counts_from: String,
    /// The slot or file of the coordinates.
    pub coordinates_from: String,
    /// The slot or file of the gene symbols.
    pub symbols_from: String,
    /// The used spots, as `KEY=VALUE` of `obs`, if not all were requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
    /// The layer of the counts, if one was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The column in `var` of the gene symbols, if one was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gene_symbols: Option<String>,
    /// The key in `obsm` of the coordinates, if one was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spatial_key: Option<String>,
    /// Parts of the file that could not be read, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Things that were read as they are and may be mistakes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

/// Names of the parts of a method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MethodNames {
    /// The encoder; `none` if no model was trained.
    pub encoder: String,
    /// The modulator.
    pub modulator: String,
    /// The source of the semantics.
    pub semantics: String,
    /// The clustering head.
    pub head: String,
}

/// How well the views of a slide agree on numbers of domains; two columns of equal length.
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
    /// Describes in one line how the number `chosen` was found.
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

    /// The scored part of a slide with `spots` spots, such as `29 of 144 spots`; `None` if every spot has a label.
    pub fn part(&self, spots: usize) -> Option<String> {
        (self.labelled < spots).then(|| format!("{} of {spots} spots", self.labelled))
    }
}

/// The source of the known labels of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TruthSource {
    /// The column of `obs`, or the name of the file without its ending.
    pub key: String,
    /// Spots of the slide with a label: only these are scored.
    pub labelled: usize,
    /// Different labels.
    pub classes: usize,
    /// The file of barcodes and labels, if the labels are not a column of `obs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The places of the arrays of a run in its `.h5ad`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArrayKeys {
    /// The column of `obs` with the domains.
    pub domains: String,
    /// The column of `obs` with the confidence of each spot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// The column of `obs` with the known domains, if a file gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    /// The key of `obsm` with the embedding.
    pub embedding: String,
    /// The key of `obsm` with the semantics, if the modulator uses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semantics: Option<String>,
    /// The beginning of the keys of the spatial graph, squidpy's `key_added`; `None` is `spatial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<String>,
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
