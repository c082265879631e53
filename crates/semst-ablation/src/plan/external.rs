//! A row with results of another tool.

use std::collections::BTreeMap;

use semst::{Plugins, Shipped};
use serde::{Deserialize, Serialize};

use super::command::CommandEntry;
use super::settings::{said, taken};
use crate::AblationError;

/// A row of another tool: an embedding that is clustered by the heads of the plan, labels, or a command that embeds a slide.
///
/// A place is a file (`.npy`, `.npz`, `.csv`, `.tsv`, `.safetensors` for embeddings, `.csv`, `.tsv` of barcode and label
/// for labels), `FILE.h5ad#KEY`, or `#KEY` for the data set's own file; the key is one of `obsm` for embeddings and of
/// `obs` for labels. `{dataset}` and `{seed}` are replaced by the data set's name and the seed. Rows are matched by barcode
/// if there are names, else by order; spots that are missing, or whose row is NaN, are left out of the scores.
///
/// ```toml
/// [[external]]
/// name = "GraphST (torch)"
/// embedding = "peers/graphst/{dataset}_{seed}.npy"
///
/// [[external]]
/// name = "BANKSY"
/// labels = { starmap_mvc = "peers/banksy_mvc.csv", osmfish = "#banksy" }
///
/// [[external]]
/// name = "graph auto-encoder"
/// command = ["python3", "gae.py"]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Table", bound = "")]
pub struct ExternalEntry<P: Plugins = Shipped> {
    /// Its name in the tables.
    pub name: String,
    /// The kind of results of the tool.
    pub source: ExternalSource<P>,
}

/// The kind of results of another tool.
#[derive(Debug, Clone, PartialEq)]
pub enum ExternalSource<P: Plugins = Shipped> {
    /// Files with embeddings.
    Embedding(Places),
    /// Files with labels.
    Labels(Places),
    /// A command that makes an embedding.
    Command(Box<CommandEntry<P>>),
}

/// One place for all data sets, or one for each; data sets without a place have no such row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "toml::Value")]
pub enum Places {
    /// A pattern.
    All(String),
    /// By the name of the data set.
    Each(BTreeMap<String, String>),
}

impl TryFrom<toml::Value> for Places {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(place) => Ok(Self::All(place)),
            toml::Value::Table(places) => {
                let places = toml::Value::Table(places).try_into();
                places.map(Self::Each).map_err(|e| said(&e, None))
            }
            other => Err(format!(
                "must be a place, or a table of places by data set, not {}",
                other.type_str()
            )),
        }
    }
}

impl Places {
    /// The place for a data set, with `{seed}` not replaced.
    pub(crate) fn of(&self, dataset: &str) -> Option<String> {
        let place = match self {
            Self::All(place) => place,
            Self::Each(places) => places.get(dataset)?,
        };
        Some(place.replace("{dataset}", dataset))
    }
}

impl<P: Plugins> TryFrom<toml::Table> for ExternalEntry<P> {
    type Error = String;

    fn try_from(mut table: toml::Table) -> Result<Self, String> {
        let name: String = taken(&mut table, "name")?.ok_or("an external row needs its `name`")?;
        let wrong = |problem: String| format!("external row `{name}`: {problem}");
        let kinds = ["embedding", "labels", "command"];
        let given: Vec<&str> = kinds
            .into_iter()
            .filter(|k| table.contains_key(*k))
            .collect();
        let source = match given[..] {
            ["command"] => {
                let entry = toml::Value::Table(table).try_into();
                let entry: CommandEntry<P> = entry.map_err(|e| wrong(said(&e, None)))?;
                ExternalSource::Command(Box::new(entry))
            }
            [kind] => {
                let places: Option<Places> = taken(&mut table, kind).map_err(&wrong)?;
                if let Some(unknown) = table.keys().next() {
                    return Err(wrong(format!(
                        "a row of `{kind}` has no setting `{unknown}`"
                    )));
                }
                match (kind, places) {
                    ("labels", Some(places)) => ExternalSource::Labels(places),
                    (_, Some(places)) => ExternalSource::Embedding(places),
                    (_, None) => return Err(wrong(format!("`{kind}` is empty"))),
                }
            }
            _ => {
                return Err(wrong(format!("needs exactly one of {}", kinds.join(", "))));
            }
        };
        Ok(Self { name, source })
    }
}

impl<P: Plugins> ExternalEntry<P> {
    /// Checks the places with the names of the plan's data sets.
    pub(crate) fn check(&self, datasets: &[String]) -> Result<(), AblationError> {
        let places = match &self.source {
            ExternalSource::Embedding(places) | ExternalSource::Labels(places) => places,
            ExternalSource::Command(command) => return command.check(&self.name),
        };
        let Places::Each(by_name) = places else {
            return Ok(());
        };
        // Places of data sets that were taken out of the plan may stay, but a row without any data set is a mistake.
        let known = by_name.keys().any(|name| datasets.contains(name));
        match by_name.keys().next().filter(|_| !known) {
            Some(unknown) => {
                let problem = format!(
                    "`{}` has a place for `{unknown}`, which is no data set of the plan: it has {}",
                    self.name,
                    datasets.join(", ")
                );
                Err(AblationError::plan("external", problem))
            }
            None => Ok(()),
        }
    }
}
