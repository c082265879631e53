//! A modulator of a plan.

use semst::modulation::ModulatorConfig;
use semst::training::Depth;
use semst::{Plugins, Shipped};
use serde::Deserialize;

use super::settings::{name_in, name_or_table, read, taken};

/// A modulator: a name (`"fsm"`, or `"fsm@all"` at all depths of the encoder), or a table with its settings
/// (`{ label = "fsm-wide", name = "fsm", ratio = 2.0 }`, `{ name = "fsm@all", ratio = 2.0 }`).
///
/// With only its name, FSM has the width of the preset, with random start or not, so that the two differ only in their start.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value", bound = "")]
pub struct ModulatorEntry<P: Plugins = Shipped> {
    /// Its name in the tables. Default: the modulator's.
    pub label: String,
    /// The modulator.
    pub config: P::Modulator,
    /// The modulated layers of the encoder.
    pub depth: Depth,
    /// Whether only its name was given.
    pub plain: bool,
}

impl<P: Plugins> ModulatorEntry<P> {
    /// A modulator with its default settings.
    ///
    /// # Errors
    /// When the name is unknown; the message lists the known names.
    pub fn named(name: &str) -> Result<Self, String> {
        let (plain, depth) = semst::modulator_at(name).map_err(|e| e.to_string())?;
        let config = P::Modulator::from_name(plain).map_err(|e| e.to_string())?;
        Ok(Self {
            label: name.into(),
            config,
            depth,
            plain: true,
        })
    }

    /// The modulator of a run that starts from a preset.
    pub(crate) fn in_preset(&self, preset: &P::Modulator) -> P::Modulator {
        match self.plain {
            true => self.config.clone().fill_from(preset),
            false => self.config.clone(),
        }
    }
}

impl<P: Plugins> TryFrom<toml::Value> for ModulatorEntry<P> {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        name_or_table(value, "a modulator is", Self::named, |mut table| {
            let label: Option<String> = taken(&mut table, "label")?;
            let plain = table.len() == 1;
            let name = name_in(&table, "a modulator's table")?;
            let named = Self::named(&name)?;
            let config = if plain {
                named.config
            } else {
                table.insert("name".into(), named.config.name().into());
                read(table, &format!("modulator `{name}`"))?
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
