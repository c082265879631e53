//! A row that another tool made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::AblationError;

/// Results of another tool: an embedding that our heads cluster, or labels as they are.
///
/// A place is a file (`.npy`, `.npz`, `.csv`, `.tsv`, `.safetensors` for embeddings, `.csv`, `.tsv` of barcode and label
/// for labels), `FILE.h5ad#KEY`, or `#KEY` for the data set's own file; the key is one of `obsm` for embeddings and of
/// `obs` for labels. `{dataset}` and `{seed}` stand for what they say. Rows are matched by barcode where there are names,
/// else by order; spots that are missing are left out of the scores.
///
/// ```toml
/// [[external]]
/// name = "GraphST (torch)"
/// embedding = "peers/graphst/{dataset}_{seed}.npy"
///
/// [[external]]
/// name = "BANKSY"
/// labels = { starmap_mvc = "peers/banksy_mvc.csv", osmfish = "#banksy" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalEntry {
    /// Its name in the tables.
    pub name: String,
    /// Where the embeddings are.
    pub embedding: Option<Places>,
    /// Where the labels are.
    pub labels: Option<Places>,
}

/// One place for all data sets, or one for each; data sets without one have no such row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Places {
    /// A pattern.
    All(String),
    /// By the name of the data set.
    Each(BTreeMap<String, String>),
}

impl Places {
    /// The place for a data set, `{seed}` left as it is.
    pub(crate) fn of(&self, dataset: &str) -> Option<String> {
        let place = match self {
            Self::All(place) => place,
            Self::Each(places) => places.get(dataset)?,
        };
        Some(place.replace("{dataset}", dataset))
    }
}

impl ExternalEntry {
    /// Checks it against the names of the plan's data sets.
    pub(crate) fn check(&self, datasets: &[String]) -> Result<(), AblationError> {
        if self.embedding.is_some() == self.labels.is_some() {
            let problem = format!("`{}` needs `embedding` or `labels`, one of them", self.name);
            return Err(AblationError::plan("external", problem));
        }
        let places = [&self.embedding, &self.labels].into_iter().flatten();
        for place in places {
            let Places::Each(by_name) = place else {
                continue;
            };
            if let Some(unknown) = by_name.keys().find(|name| !datasets.contains(name)) {
                let problem = format!(
                    "`{}` has a place for `{unknown}`, which is no data set of the plan: it has {}",
                    self.name,
                    datasets.join(", ")
                );
                return Err(AblationError::plan("external", problem));
            }
        }
        Ok(())
    }
}
