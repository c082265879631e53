//! A clustering head of a plan.

use semst::clustering::{HEADS, HeadConfig};
use serde::Deserialize;

use super::encoder::taken;

/// A head: a name (`"gmm"`), or a table with its settings.
///
/// ```toml
/// heads = ["kmeans", { label = "gmm-short", name = "gmm", starts = 10, finalists = 3, rounds = 0 }]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct HeadEntry {
    /// Its name in the tables. Default: the head's.
    pub label: String,
    /// The head; how many domains it looks for is the slide's matter.
    pub config: HeadConfig,
    /// Whether it was given by its name alone.
    pub plain: bool,
}

impl HeadEntry {
    /// A head with its default settings.
    ///
    /// # Errors
    /// When the name is unknown; the message lists those that are known.
    pub fn named(name: &str) -> Result<Self, String> {
        let config = HeadConfig::named(name, 1).ok_or_else(|| {
            let known: Vec<&str> = HEADS.iter().map(|h| h.name).collect();
            format!("no head is called `{name}`: choose of {}", known.join(", "))
        })?;
        Ok(Self {
            label: name.into(),
            config,
            plain: true,
        })
    }

    fn with_settings(self, name: &str, table: &toml::Table) -> Result<Self, String> {
        let described = serde_json::to_value(&self.config).map_err(|e| e.to_string())?;
        let mut known = described.as_object().cloned().ok_or("a head is no table")?;
        for (setting, value) in table {
            // serde passes over fields it does not know: a misspelt setting would be none.
            if setting == "clusters" || !known.contains_key(setting) {
                return Err(format!("head `{name}` has no setting `{setting}`"));
            }
            let value = serde_json::to_value(value).map_err(|e| e.to_string())?;
            known.insert(setting.clone(), value);
        }
        let config: HeadConfig =
            serde_json::from_value(known.into()).map_err(|e| format!("head `{name}`: {e}"))?;
        // What is out of bounds is told before any work.
        config
            .clone()
            .init()
            .map_err(|e| format!("head `{name}`: {e}"))?;
        Ok(Self {
            config,
            plain: false,
            ..self
        })
    }
}

impl TryFrom<toml::Value> for HeadEntry {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(name) => Self::named(&name),
            toml::Value::Table(mut table) => {
                let label: Option<String> = taken(&mut table, "label")?;
                let name: String =
                    taken(&mut table, "name")?.ok_or("a head's table needs its `name`")?;
                let entry = Self::named(&name)?.with_settings(&name, &table)?;
                Ok(Self {
                    label: label.unwrap_or(name),
                    ..entry
                })
            }
            other => Err(format!(
                "a head is a name or a table, not {}",
                other.type_str()
            )),
        }
    }
}
