//! A modulation of a plan.

use semst::modulation::ModulationConfig;
use semst::training::Depth;
use serde::Deserialize;

use super::settings::{name_or_table, read, taken};

/// A modulation: a name (`"fsm"`, or `"fsm@all"` at all depths of the encoder), or a table with its settings
/// (`{ label = "fsm-wide", name = "fsm", ratio = 2.0 }`, `{ name = "fsm@all", ratio = 2.0 }`).
///
/// By its name alone, FSM has the width of the preset, random start or not, so that the two differ in their start only.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct ModulationEntry {
    /// Its name in the tables. Default: the modulation's.
    pub label: String,
    /// The modulation.
    pub config: ModulationConfig,
    /// At which depths of the encoder.
    pub depth: Depth,
    /// Whether it was given by its name alone.
    pub plain: bool,
}

impl ModulationEntry {
    /// A modulation with its default settings.
    ///
    /// # Errors
    /// When the name is unknown; the message lists those that are known.
    pub fn named(name: &str) -> Result<Self, String> {
        let (plain, depth) = semst::modulation_at(name).map_err(|e| e.to_string())?;
        let config = ModulationConfig::from_name(plain).map_err(|e| e.to_string())?;
        Ok(Self {
            label: name.into(),
            config,
            depth,
            plain: true,
        })
    }

    /// The modulation of a run that begins with a preset.
    pub(crate) fn in_preset(&self, preset: ModulationConfig) -> ModulationConfig {
        match (self.plain, self.config, preset) {
            (
                true,
                ModulationConfig::Fsm { .. },
                ModulationConfig::Fsm { ratio } | ModulationConfig::FsmZero { ratio },
            ) => ModulationConfig::Fsm { ratio },
            (
                true,
                ModulationConfig::FsmZero { .. },
                ModulationConfig::Fsm { ratio } | ModulationConfig::FsmZero { ratio },
            ) => ModulationConfig::FsmZero { ratio },
            (_, own, _) => own,
        }
    }
}

impl TryFrom<toml::Value> for ModulationEntry {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        name_or_table(value, "a modulation is", Self::named, |mut table| {
            let label: Option<String> = taken(&mut table, "label")?;
            let plain = table.len() == 1;
            let name = table.get("name").and_then(|n| n.as_str());
            let name = name
                .ok_or("a modulation's table needs its `name`")?
                .to_string();
            let named = Self::named(&name)?;
            let config = if plain {
                named.config
            } else {
                table.insert("name".into(), named.config.name().into());
                read(table, &format!("modulation `{name}`"))?
            };
            Ok(Self {
                label: label.unwrap_or(name),
                config,
                depth: named.depth,
                plain,
            })
        })
    }
}
