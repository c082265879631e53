//! A column of a flat table: text, whole numbers or numbers, with or without a value in each row.

/// A column: at most one value per row.
pub(crate) enum Column {
    Text(Vec<Option<String>>),
    Whole(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
}

impl Column {
    /// The value of a row as text; empty if it is missing.
    pub(crate) fn cell(&self, row: usize) -> String {
        match self {
            Self::Text(values) => values[row].clone(),
            Self::Whole(values) => values[row].map(|v| v.to_string()),
            Self::Number(values) => values[row].map(|v| v.to_string()),
        }
        .unwrap_or_default()
    }
}
