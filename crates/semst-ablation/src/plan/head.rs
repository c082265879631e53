//! A clustering head of a plan.

use semst::clustering::HeadConfig;
use semst::{Plugins, Shipped};
use serde::Deserialize;

use super::settings::{name_or_table, read, taken};

/// A head: a name (`"gmm"`), or a table with its settings.
///
/// ```toml
/// heads = ["kmeans", { label = "gmm-short", name = "gmm", starts = 10, finalists = 3, rounds = 0 }]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value", bound = "")]
pub struct HeadEntry<P: Plugins = Shipped> {
    /// Its name in the tables. Default: the head's.
    pub label: String,
    /// The head. The number of domains is that of the slide.
    pub config: P::Head,
    /// Whether only its name was given.
    pub plain: bool,
}

impl<P: Plugins> HeadEntry<P> {
    /// A head with its default settings.
    ///
    /// # Errors
    /// When the name is unknown; the message lists the known names.
    pub fn named(name: &str) -> Result<Self, String> {
        Ok(Self {
            label: name.into(),
            config: P::Head::from_name(name).map_err(|e| e.to_string())?,
            plain: true,
        })
    }

    fn with_settings(self, name: &str, mut table: toml::Table) -> Result<Self, String> {
        let what = format!("head `{name}`");
        table.insert("name".into(), name.into());
        let config: P::Head = read(table, &what)?;
        // Settings out of bounds are an error before any work.
        config.check().map_err(|e| format!("{what}: {e}"))?;
        Ok(Self {
            config,
            plain: false,
            ..self
        })
    }
}

impl<P: Plugins> TryFrom<toml::Value> for HeadEntry<P> {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        name_or_table(value, "a head is", Self::named, |mut table| {
            let label: Option<String> = taken(&mut table, "label")?;
            let name: String =
                taken(&mut table, "name")?.ok_or("a head's table needs its `name`")?;
            let entry = Self::named(&name)?.with_settings(&name, table)?;
            Ok(Self {
                label: label.unwrap_or(name),
                ..entry
            })
        })
    }
}
