//! A slide of a plan.

use std::path::PathBuf;

use semst::io::{InputIs, ReadConfig};
use serde::{Deserialize, Serialize};

/// A slide, its truth and its number of domains.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetEntry {
    /// An `.h5ad` file or a Space Ranger folder.
    pub path: PathBuf,
    /// Its name in the tables. Default: the stem of the file.
    pub name: Option<String>,
    /// Column of `obs` with known domains, or a CSV/TSV file of barcodes and labels; used only for scores.
    pub truth: Option<String>,
    /// Number of domains. Default: the number of classes of the truth (docs/protocol.md, rule 4).
    pub domains: Option<Domains>,
    /// Layer with the counts. Default: found automatically.
    pub layer: Option<String>,
    /// The kind of the values: `counts` (default), `lognorm` or `auto`.
    #[serde(default, skip_serializing_if = "InputIs::is_counts")]
    pub input_is: InputIs,
    /// Column of `var` with the gene symbols. Default: found automatically.
    pub gene_symbols: Option<String>,
    /// Key of `obsm` with the coordinates. Default: `spatial`.
    pub spatial_key: Option<String>,
    /// The spots that take part, as `KEY=VALUE` of `obs`. Default: all.
    pub subset: Option<semst::io::Subset>,
    /// Whether sections that a column of `obs` names are one slide although they overlap or are apart.
    #[serde(default)]
    pub one_slide: bool,
    /// Preset for its platform. Default: that of the plan.
    pub preset: Option<String>,
}

/// The number of domains to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a number, or \"truth\"")]
pub enum Domains {
    /// This many.
    Count(usize),
    /// The number of classes of the truth.
    Word(TruthWord),
}

/// The word `truth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TruthWord {
    /// The number of classes of the truth.
    Truth,
}

impl DatasetEntry {
    /// A slide at a path, without truth.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// Its name in the tables.
    pub fn name(&self) -> String {
        let stem = || self.path.file_stem().map(|s| s.to_string_lossy().into());
        self.name.clone().or_else(stem).unwrap_or_default()
    }

    pub(crate) fn read_config(&self) -> ReadConfig {
        let mut config = ReadConfig::new();
        config.layer.clone_from(&self.layer);
        config.input_is = self.input_is;
        config.gene_symbols.clone_from(&self.gene_symbols);
        config.spatial_key.clone_from(&self.spatial_key);
        config.subset.clone_from(&self.subset);
        config.image = None;
        config
    }
}
