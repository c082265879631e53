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
        .map(|v| v.try_into().map_err(|e| said(&e, Some(key))))
        .transpose()
}

/// The `name` in the table of an entry; `what` starts the error message.
pub(crate) fn name_in(table: &toml::Table, what: &str) -> Result<String, String> {
    let name = table.get("name").cloned();
    let name = name.ok_or_else(|| format!("{what} needs its `name`"))?;
    name.try_into().map_err(|e| said(&e, Some("name")))
}

/// The message of the parser with the field at its end, from where [`semst::field_error`] takes it; `within` is the key of the
/// value that was parsed.
pub(crate) fn said(error: &toml::de::Error, within: Option<&str>) -> String {
    let text = error.to_string();
    let text = text.trim().replace('\n', " ");
    let field = text
        .strip_suffix('`')
        .and_then(|rest| rest.rsplit_once(" in `"));
    match (field, within) {
        (Some((before, field)), Some(key)) => format!("{before} in `{key}.{field}`"),
        (None, Some(key)) => format!("{text} in `{key}`"),
        (_, None) => text,
    }
}

/// Reads an entry of a plan, with `named` for a name and `tabled` for a table; `what` starts the error message.
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

/// Reads a table of settings; `what` starts the error message.
///
/// serde ignores unknown fields, so a misspelt setting would have no effect. Here it is an error.
pub(crate) fn read<T: DeserializeOwned + Serialize>(
    table: toml::Table,
    what: &str,
) -> Result<T, String> {
    let settings: Vec<String> = table.keys().cloned().collect();
    let config: T = toml::Value::Table(table)
        .try_into()
        .map_err(|e| format!("{what}: {}", said(&e, None)))?;
    let known = serde_json::to_value(&config).map_err(|e| e.to_string())?;
    match settings.iter().find(|s| known.get(s.as_str()).is_none()) {
        Some(unknown) => Err(format!("{what} has no setting `{unknown}`")),
        None => Ok(config),
    }
}
