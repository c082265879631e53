//! The contents of a file, by name.

use std::fmt;

use serde::Serialize;

use crate::obs::ObsColumn;

/// The contents of a file, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Rows of `obs`.
    pub n_spots: usize,
    /// Rows of `var`.
    pub n_genes: usize,
    /// Columns of annotation.
    pub obs: Vec<ObsKey>,
    /// Matrices of spots × genes, with their size.
    pub matrices: Vec<String>,
    /// Keys of `obsm`.
    pub obsm: Vec<String>,
    /// Keys of `obsp`.
    pub obsp: Vec<String>,
    /// Keys of `uns`.
    pub uns: Vec<String>,
}

/// A column of annotation.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObsKey {
    /// Its name.
    pub key: String,
    /// `categorical`, `numeric`, `integer`, `text` or `bool`.
    pub kind: &'static str,
    /// The number of categories, for a categorical column.
    pub categories: Option<usize>,
    /// Spots without a value.
    pub missing: usize,
}

impl ObsKey {
    /// Describes a column.
    pub fn of(key: &str, column: &ObsColumn) -> Self {
        Self {
            key: key.into(),
            kind: column.kind(),
            categories: match column {
                ObsColumn::Categorical { categories, .. } => Some(categories.len()),
                _ => None,
            },
            missing: column.labels().iter().filter(|l| l.is_none()).count(),
        }
    }
}

impl fmt::Display for ObsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.key, self.kind)?;
        if let Some(categories) = self.categories {
            write!(f, ", {categories} categories")?;
        }
        if self.missing > 0 {
            write!(f, ", {} missing", self.missing)?;
        }
        f.write_str(")")
    }
}
