//! Semantics of a plan.

use semst::{Plugins, SemanticsConfig, Shipped, SourceConfig};
use serde::Deserialize;

use super::settings::{name_or_table, said, taken};

/// Semantics: a name as accepted by `semst run --semantics`, or a table with its settings.
///
/// ```toml
/// semantics = [
///     "builtin", "shuffled", "table:genes.npz",
///     { label = "idf", source = "builtin", pooling = { kind = "tf_idf" } },
/// ]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value", bound = "")]
pub struct SemanticsEntry<P: Plugins = Shipped> {
    /// Its name in the tables. Default: that of the source.
    pub label: String,
    /// The semantics; `None` for pooling and scaling means those of the preset.
    pub config: SemanticsConfig<P::Semantics>,
    /// Whether only its name was given; everything else is then taken from the preset.
    pub plain: bool,
}

impl<P: Plugins> SemanticsEntry<P> {
    /// Semantics by the name of their source.
    ///
    /// # Errors
    /// When the name is unknown; the message lists the known names.
    pub fn named(name: &str) -> Result<Self, String> {
        let source = P::Semantics::parse(name).map_err(|e| e.to_string())?;
        Ok(Self {
            label: name.into(),
            config: SemanticsConfig {
                source,
                ..SemanticsConfig::default()
            },
            plain: true,
        })
    }

    /// The semantics of a run that starts from a preset.
    pub(crate) fn in_preset(
        &self,
        preset: SemanticsConfig<P::Semantics>,
    ) -> SemanticsConfig<P::Semantics> {
        if self.plain {
            SemanticsConfig {
                source: self.config.source.clone(),
                ..preset
            }
        } else {
            self.config.clone()
        }
    }
}

impl<P: Plugins> TryFrom<toml::Value> for SemanticsEntry<P> {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        name_or_table(value, "semantics are", Self::named, |mut table| {
            let label: Option<String> = taken(&mut table, "label")?;
            let source: String = taken(&mut table, "source")?
                .ok_or("a table of semantics needs its `source`, such as \"builtin\"")?;
            let named = Self::named(&source)?;
            let plain = table.is_empty();
            let mut config: SemanticsConfig<P::Semantics> = toml::Value::Table(table)
                .try_into()
                .map_err(|e| format!("semantics `{source}`: {}", said(&e, None)))?;
            config.source = named.config.source;
            Ok(Self {
                label: label.unwrap_or(source),
                config,
                plain,
            })
        })
    }
}
