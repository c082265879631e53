//! Tables of settings in a plan.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Takes a key out of a table.
pub(crate) fn taken<T: DeserializeOwned>(
    table: &mut toml::Table,
    key: &str,
) -> Result<Option<T>, String> {
    table
        .remove(key)
        .map(|v| v.try_into().map_err(|e| format!("`{key}`: {e}")))
        .transpose()
}

/// An entry of a plan: `named` by its name alone, or as `tabled` reads a table; `what` is said in errors.
pub(crate) fn name_or_table<T>(
    value: toml::Value,
    what: &str,
    named: impl FnOnce(&str) -> Result<T, String>,
    tabled: impl FnOnce(toml::Table) -> Result<T, String>,
) -> Result<T, String> {
    match value {
        toml::Value::String(name) => named(&name),
        toml::Value::Table(table) => tabled(table),
        other => Err(format!(
            "{what} a name or a table, not {}",
            other.type_str()
        )),
    }
}

/// What a table of settings says, where `what` is said in errors.
///
/// serde passes over fields that it does not know, and a misspelt setting would be none: those are refused here.
pub(crate) fn read<T: DeserializeOwned + Serialize>(
    table: toml::Table,
    what: &str,
) -> Result<T, String> {
    let settings: Vec<String> = table.keys().cloned().collect();
    let config: T = toml::Value::Table(table)
        .try_into()
        .map_err(|e| format!("{what}: {e}"))?;
    let known = serde_json::to_value(&config).map_err(|e| e.to_string())?;
    match settings.iter().find(|s| known.get(s.as_str()).is_none()) {
        Some(unknown) => Err(format!("{what} has no setting `{unknown}`")),
        None => Ok(config),
    }
}
