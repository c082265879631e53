//! The columns that hold the index of a pandas table.

use parquet::file::metadata::FileMetaData;
use serde_json::Value;

/// The columns of the index, as the metadata of pandas name them. A range of row numbers has no column.
pub(super) fn columns(metadata: &FileMetaData) -> Vec<String> {
    let entries = metadata.key_value_metadata().into_iter().flatten();
    let text = entries
        .filter(|entry| entry.key == "pandas")
        .find_map(|entry| entry.value.as_deref());
    text.map(index_columns).unwrap_or_default()
}

fn index_columns(text: &str) -> Vec<String> {
    let Ok(Value::Object(mut pandas)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let Some(Value::Array(columns)) = pandas.remove("index_columns") else {
        return Vec::new();
    };
    let columns = columns.iter().filter_map(Value::as_str);
    columns.map(String::from).collect()
}

/// Whether a column is an index: pandas says so, or it has the name of one that was saved as a column.
pub(super) fn is_index(name: &str, columns: &[String]) -> bool {
    columns.iter().any(|column| column == name)
        || name.starts_with("__index_level_")
        || ["", "index", "Unnamed: 0"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::{index_columns, is_index};

    #[test]
    fn the_metadata_and_the_name_tell_an_index() {
        let stored = index_columns(r#"{"index_columns": ["barcode", {"kind": "range"}]}"#);
        assert_eq!(stored, ["barcode"]);
        assert!(index_columns("no json").is_empty());
        assert!(is_index("barcode", &stored) && is_index("__index_level_0__", &[]));
        assert!(!is_index("d0", &stored) && !is_index("barcode", &[]));
    }
}
