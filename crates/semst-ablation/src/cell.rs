//! A cell of the plan: one method on one slide with one seed, clustered by one head.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Method {
    /// Label of the encoder, or name of the external row.
    pub encoder: String,
    /// Label of the modulator; `-` for external rows.
    #[serde(alias = "modulation")]
    pub modulator: String,
    /// Label of the semantics; `-` if none are used.
    pub semantics: String,
    /// What kind of row it is.
    pub role: Role,
}

/// What kind of row a method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A floor, which a network must exceed.
    Floor,
    /// An encoder with a modulator, or a command that embeds.
    Method,
    /// The same, with semantics without meaning.
    Control,
    /// Results of another tool.
    External,
}

impl Role {
    /// The word in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Method => "method",
            Self::Control => "control",
            Self::External => "external",
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.encoder)?;
        for part in [&self.modulator, &self.semantics] {
            if part != "-" {
                write!(f, " · {part}")?;
            }
        }
        Ok(())
    }
}

/// A finished cell: the content of its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellRecord {
    /// Hash of everything that determines it; the name of its file.
    pub hash: String,
    /// Name of the data set.
    pub dataset: String,
    /// The row.
    pub method: Method,
    /// The seed.
    pub seed: u64,
    /// The head; `own` if another tool made the labels.
    pub head: String,
    /// The reason why there are no scores, if there are none.
    pub error: Option<String>,
    /// Spots of the slide.
    pub spots: usize,
    /// Number of spots that are scored: those with an answer of the method and, if there is a truth, with a known label.
    #[serde(default)]
    pub scored: Option<usize>,
    /// Requested number of domains.
    pub domains: usize,
    /// Number of domains in the result.
    pub found: usize,
    /// Scores by name (ARI, NMI, AMI, ACC, F1, CHAOS, PAS, …), those that are defined.
    pub scores: BTreeMap<String, f64>,
    /// The cost.
    pub costs: Costs,
    /// How it was made.
    pub origin: Origin,
}

/// The cost of a cell. Wall time, measured while other trainings may run at the same time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Seconds for features, graphs and semantics, which are shared by cells.
    pub seconds_shared: f64,
    /// Seconds for training and embedding, which are shared by heads; those of the whole command if a command made the embedding.
    pub seconds_embed: f64,
    /// Seconds of the head.
    pub seconds_head: f64,
    /// Peak memory of the process while it ran, in MiB; of all trainings together if several ran at the same time. If a command
    /// made the embedding, that of the command and the processes that it started.
    pub peak_mib: Option<f64>,
    /// Epochs that ran.
    pub epochs: usize,
    /// Total loss of the last epoch.
    pub final_loss: Option<f64>,
    /// Log-likelihood of a model-based head.
    pub log_likelihood: Option<f64>,
}

impl Costs {
    /// Seconds that the cell alone would take.
    pub fn seconds(&self) -> f64 {
        self.seconds_shared + self.seconds_embed + self.seconds_head
    }
}

/// How a cell was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Version of semst.
    pub version: String,
    /// Commit of the repository of the plan.
    pub commit: Option<String>,
    /// Model of the processor.
    pub cpu: String,
    /// Cores.
    pub cores: usize,
    /// Number of trainings at the same time.
    pub jobs: usize,
    /// Time of its end, in seconds since 1970.
    pub finished: u64,
    /// The whole configuration of the run, or the place of the external result.
    pub config: serde_json::Value,
}
