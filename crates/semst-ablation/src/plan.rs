//! A plan: what is crossed.

pub(crate) mod command;
pub(crate) mod dataset;
pub(crate) mod encoder;
pub(crate) mod external;
pub(crate) mod head;
pub(crate) mod modulator;
pub(crate) mod semantics;
pub(crate) mod settings;

use std::collections::HashSet;
use std::path::PathBuf;

use semst::encoders::EncoderConfig;
use semst::io::ReadConfig;
use semst::{GraphConfig, Plugins, RunConfig, Shipped, SourceConfig, field_error};
use serde::{Deserialize, Serialize};

use crate::AblationError;
use dataset::DatasetEntry;
use encoder::EncoderEntry;
use external::ExternalEntry;
use head::HeadEntry;
use modulator::ModulatorEntry;
use semantics::SemanticsEntry;
use settings::said;

/// An ablation study, stored as TOML. Paths are relative to the file; `$SEMST_DATA` is expanded.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Plan<P: Plugins = Shipped> {
    /// Name of the study, the heading of its tables.
    pub name: String,
    /// Folder of the results. Default: the name of the plan, next to the plan.
    #[serde(default)]
    pub output: Option<PathBuf>,
    /// Initial settings (`semst run --preset`). Default: `default`.
    #[serde(default)]
    pub preset: Option<String>,
    /// Slides.
    pub datasets: Vec<DatasetEntry>,
    /// Encoders: names, or tables with settings.
    #[serde(default)]
    pub encoders: Vec<EncoderEntry<P>>,
    /// Encoders that only run without a modulator, and are called floors (docs/protocol.md, rule 9).
    #[serde(default)]
    pub floors: Vec<EncoderEntry<P>>,
    /// Modulators: names, or tables with settings. Default: `none` and `fsm`.
    #[serde(default = "default_modulators", alias = "modulations")]
    pub modulators: Vec<ModulatorEntry<P>>,
    /// Semantics: names, or tables with settings. Default: `builtin`.
    #[serde(default = "default_semantics")]
    pub semantics: Vec<SemanticsEntry<P>>,
    /// Seeds: a list, or their number, starting at 0. Default: 3, as in docs/protocol.md for development.
    #[serde(default)]
    pub seeds: Seeds,
    /// Clustering heads: names, or tables with settings. Default: `gmm` and `kmeans` (docs/protocol.md, rule 5).
    #[serde(default = "default_heads")]
    pub heads: Vec<HeadEntry<P>>,
    /// Epochs of every encoder whose entry does not set them.
    #[serde(default)]
    pub epochs: Option<usize>,
    /// The baselines of paired differences: one, or several.
    #[serde(default, deserialize_with = "one_or_many")]
    pub baseline: Vec<Baseline>,
    /// Number of trainings at the same time; they share the cores evenly. Default: 1, which already uses all cores.
    #[serde(default = "one")]
    pub jobs: usize,
    /// Estimated memory, in MiB, that the slides and all trainings at the same time may use together. Default: 8192.
    #[serde(default = "default_memory")]
    pub memory: usize,
    /// Results of other tools, scored by the same heads.
    #[serde(default)]
    pub external: Vec<ExternalEntry<P>>,
}

/// Seeds of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "must be a number of seeds, or a list of seeds from 0"
)]
pub enum Seeds {
    /// This many, starting at 0.
    Count(u64),
    /// These.
    List(Vec<u64>),
}

/// Names a method by its parts; a part that is left out is that of the method with which it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The encoder, floor or external row.
    pub encoder: Option<String>,
    /// The modulator.
    #[serde(alias = "modulation")]
    pub modulator: Option<String>,
    /// The semantics; without effect for the modulator `none`.
    pub semantics: Option<String>,
}

/// The most seeds of a plan. Scores settle after some tens.
const MOST_SEEDS: usize = 10_000;

impl Default for Seeds {
    fn default() -> Self {
        Self::Count(3)
    }
}

impl Seeds {
    /// All seeds.
    pub fn list(&self) -> Vec<u64> {
        match self {
            Self::Count(n) => (0..*n).collect(),
            Self::List(seeds) => seeds.clone(),
        }
    }
}

impl Plan {
    /// Reads and checks a plan.
    ///
    /// # Errors
    /// When the text is not TOML, an entry is unknown or missing, or a name is unknown.
    pub fn from_toml(text: &str) -> Result<Self, AblationError> {
        Self::parse(text)
    }
}

impl<P: Plugins> Plan<P> {
    /// As [`Plan::from_toml`], for plug-ins of a third party.
    ///
    /// # Errors
    /// As [`Plan::from_toml`].
    pub fn parse(text: &str) -> Result<Self, AblationError> {
        let syntax = |reason: String| AblationError::Syntax { reason };
        let values: toml::Table = toml::from_str(text)
            .map_err(|e| syntax(field_error::<toml::Table>(text, &toml::Table::new(), &e)))?;
        let plan: Self =
            toml::from_str(text).map_err(|e| syntax(field_error::<Self>(text, &values, &e)))?;
        plan.check()?;
        Ok(plan)
    }

    /// Checks what can be checked without the data.
    ///
    /// # Errors
    /// Names the first entry that is not valid.
    pub fn check(&self) -> Result<(), AblationError> {
        let filled = |field: &str, n: usize| match n {
            0 => Err(AblationError::plan(field, "is empty: name at least one")),
            _ => Ok(()),
        };
        filled("datasets", self.datasets.len())?;
        filled("heads", self.heads.len())?;
        let n_seeds = match &self.seeds {
            Seeds::Count(n) => usize::try_from(*n).unwrap_or(usize::MAX),
            Seeds::List(seeds) => seeds.len(),
        };
        filled("seeds", n_seeds)?;
        if n_seeds > MOST_SEEDS {
            let problem = format!("is {n_seeds}, but must be at most {MOST_SEEDS}");
            return Err(AblationError::plan("seeds", problem));
        }
        filled("jobs", self.jobs)?;
        filled(
            "encoders",
            self.encoders.len() + self.floors.len() + self.external.len(),
        )?;
        if !self.encoders.is_empty() {
            filled("modulators", self.modulators.len())?;
            filled("semantics", self.semantics.len())?;
        }
        let encoders = self.encoders.iter().chain(&self.floors);
        let rows = encoders
            .map(|e| e.label.clone())
            .chain(self.external.iter().map(|e| e.name.clone()));
        unique("encoders, floors and external", rows)?;
        unique("datasets", self.datasets.iter().map(DatasetEntry::name))?;
        unique(
            "modulators",
            self.modulators.iter().map(|m| m.label.clone()),
        )?;
        unique("semantics", self.semantics.iter().map(|s| s.label.clone()))?;
        unique("heads", self.heads.iter().map(|h| h.label.clone()))?;
        unique("seeds", self.seeds.list().iter().map(u64::to_string))?;
        for dataset in &self.datasets {
            RunConfig::<P>::of_preset(self.preset_of(dataset))
                .map_err(|e| AblationError::plan("preset", format!("is of no use: {e}")))?;
        }
        for encoder in &self.encoders {
            let chosen = encoder.modulators.iter().flatten();
            let unknown = |m: &&String| self.modulators.iter().all(|known| known.label != **m);
            if let Some(unknown) = chosen.clone().find(unknown) {
                let field = format!("encoders.{}.modulators", encoder.label);
                let problem = format!("`{unknown}` is none of the plan's modulators");
                return Err(AblationError::plan(field, problem));
            }
        }
        let datasets: Vec<String> = self.datasets.iter().map(DatasetEntry::name).collect();
        self.external.iter().try_for_each(|e| e.check(&datasets))?;
        self.baseline.iter().try_for_each(|b| self.knows(b))
    }

    /// The initial preset of the runs of a data set.
    pub(crate) fn preset_of<'a>(&'a self, dataset: &'a DatasetEntry) -> &'a str {
        let own = dataset.preset.as_deref();
        own.or(self.preset.as_deref()).unwrap_or("default")
    }

    /// How to read a data set, including everything that the runs of the plan need from its file.
    pub(crate) fn reading(&self, dataset: &DatasetEntry) -> ReadConfig {
        let encoders = self.encoders.iter().chain(&self.floors);
        let graphs = encoders.clone().filter_map(|e| e.spatial_graph.as_ref());
        let keys = graphs.flat_map(|graph| graph.obsp());
        let reading = keys.fold(dataset.read_config(), ReadConfig::with_obsp);
        let keys = encoders.flat_map(|e| e.config.needs().obsm);
        let reading = keys.fold(reading, ReadConfig::with_obsm);
        let sources = self.semantics.iter().map(|s| &s.config.source);
        sources.fold(reading, |reading, source| source.needs(reading))
    }

    /// Checks that the parts of a baseline are in the plan.
    fn knows(&self, baseline: &Baseline) -> Result<(), AblationError> {
        let encoders = self
            .encoders
            .iter()
            .chain(&self.floors)
            .map(|e| e.label.as_str());
        let rows = encoders.chain(self.external.iter().map(|e| e.name.as_str()));
        let parts: [(&str, &Option<String>, Vec<&str>); 3] = [
            ("encoder", &baseline.encoder, rows.collect()),
            (
                "modulator",
                &baseline.modulator,
                self.modulators
                    .iter()
                    .map(|m| m.label.as_str())
                    .chain(["none"])
                    .collect(),
            ),
            (
                "semantics",
                &baseline.semantics,
                self.semantics
                    .iter()
                    .map(|s| s.label.as_str())
                    .chain(["-", "none"])
                    .collect(),
            ),
        ];
        for (part, name, known) in parts {
            if let Some(name) = name.as_deref().filter(|n| !known.contains(n)) {
                let problem = format!("`{name}` is not in the plan: it has {}", known.join(", "));
                return Err(AblationError::plan(format!("baseline.{part}"), problem));
            }
        }
        Ok(())
    }
}

fn unique(field: &str, names: impl Iterator<Item = String>) -> Result<(), AblationError> {
    let mut seen = HashSet::new();
    for name in names {
        if seen.contains(&name) {
            let problem = format!("name `{name}` twice: tell them apart by `label` or `name`");
            return Err(AblationError::plan(field, problem));
        }
        seen.insert(name);
    }
    Ok(())
}

fn one() -> usize {
    1
}

fn default_memory() -> usize {
    8192
}

fn default_heads<P: Plugins>() -> Vec<HeadEntry<P>> {
    ["gmm", "kmeans"]
        .into_iter()
        .filter_map(|name| HeadEntry::named(name).ok())
        .collect()
}

fn default_modulators<P: Plugins>() -> Vec<ModulatorEntry<P>> {
    ["none", "fsm"]
        .into_iter()
        .filter_map(|name| ModulatorEntry::named(name).ok())
        .collect()
}

fn default_semantics<P: Plugins>() -> Vec<SemanticsEntry<P>> {
    SemanticsEntry::named("builtin").into_iter().collect()
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Baseline>, D::Error> {
    let items = match toml::Value::deserialize(from)? {
        toml::Value::Array(items) => items,
        one => vec![one],
    };
    let read = |item: toml::Value| item.try_into().map_err(|e| said(&e, None));
    let read: Result<Vec<Baseline>, String> = items.into_iter().map(read).collect();
    read.map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests;
