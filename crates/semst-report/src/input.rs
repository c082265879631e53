//! What a report is made of.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::labels::Labels;
use crate::table::Table;
use crate::tissue::Tissue;

/// Everything that a report shows. Parts that are empty leave no trace on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportInput {
    /// Heading of the page.
    pub title: String,
    /// A line below it, such as what the section is.
    pub subtitle: String,
    /// Spots.
    pub tissue: Tissue,
    /// Domains that were found.
    pub domains: Labels,
    /// Domains that are known, with the name of their column.
    pub truth: Option<(String, Labels)>,
    /// How sure each spot's domain is, 0 to 1.
    pub confidence: Option<Vec<f32>>,
    /// Genes that the data had.
    pub n_genes: usize,
    /// Loss by epoch: one entry per term.
    pub losses: Vec<LossCurve>,
    /// Scores.
    pub scores: Vec<Score>,
    /// What each domain means.
    pub semantics: Vec<DomainMeaning>,
    /// What the reader must know about that, such as why no gene is named.
    pub semantics_note: String,
    /// What was left out on the way.
    pub dropped: Vec<Dropped>,
    /// Further tables.
    pub tables: Vec<Table>,
    /// Every parameter; objects within become sections.
    pub parameters: Map<String, Value>,
    /// Software and its versions.
    pub versions: Vec<Version>,
    /// Seed of the run.
    pub seed: Option<u64>,
    /// Device of the run.
    pub device: String,
    /// Wall time of the run in seconds.
    pub seconds: Option<f64>,
    /// When the run ended, as it shall stand there; empty leaves it out, so that bytes repeat.
    pub date: String,
    /// The command that repeats the run.
    pub command: String,
}

impl ReportInput {
    /// A report of a title, spots and their domains.
    pub fn new(title: impl Into<String>, tissue: Tissue, domains: Labels) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            tissue,
            domains,
            truth: None,
            confidence: None,
            n_genes: 0,
            losses: Vec::new(),
            scores: Vec::new(),
            semantics: Vec::new(),
            semantics_note: String::new(),
            dropped: Vec::new(),
            tables: Vec::new(),
            parameters: Map::new(),
            versions: Vec::new(),
            seed: None,
            device: String::new(),
            seconds: None,
            date: String::new(),
            command: String::new(),
        }
    }
}

/// A term of the loss by epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Name of the term.
    pub name: String,
    /// Its value after each epoch.
    pub values: Vec<f64>,
}

/// A score and what it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Its name, such as `ARI`.
    pub name: String,
    /// Its value; none if it is not defined here.
    pub value: Option<f64>,
    /// One sentence for those who do not know it.
    pub definition: String,
}

/// What a domain means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainMeaning {
    /// Index of the domain.
    pub domain: u32,
    /// The domain in one line; its name alone heads the entry when this is empty.
    pub sentence: String,
    /// Functions, the strongest first.
    pub functions: Vec<Ranked>,
    /// Genes, the strongest first.
    pub genes: Vec<Ranked>,
}

/// A name with a number that ranks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The name.
    pub name: String,
    /// The number.
    pub score: f64,
}

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// What, such as `spots without counts`.
    pub what: String,
    /// How many.
    pub count: usize,
    /// Why, or examples.
    pub detail: String,
}

/// A piece of software.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}
