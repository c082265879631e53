//! Annotation of spots: named columns of one length.

use std::collections::HashMap;

use serde::Serialize;

use crate::error::IoError;
use crate::label_codes::is_missing_label;

/// One column of annotation.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum ObsColumn {
    /// A choice among named categories; `None` is unannotated.
    Categorical {
        /// The index into `categories` of each spot.
        codes: Vec<Option<u32>>,
        /// The names, unique.
        categories: Vec<String>,
        /// Whether their order is meaningful.
        ordered: bool,
    },
    /// Numbers; NaN is missing.
    Numeric(Vec<f64>),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// Free text.
    Text(Vec<String>),
    /// Yes or no.
    Bool(Vec<bool>),
}

impl ObsColumn {
    /// A categorical column from one label per spot; categories in sorted order, as in pandas.
    ///
    /// # Examples
    /// ```
    /// use semst_io::ObsColumn;
    /// let column = ObsColumn::from_labels(&[Some("L2"), None, Some("L1")]);
    /// assert_eq!(column.labels(), [Some("L2".to_string()), None, Some("L1".to_string())]);
    /// ```
    pub fn from_labels<S: AsRef<str>>(labels: &[Option<S>]) -> Self {
        let mut categories: Vec<String> = labels
            .iter()
            .flatten()
            .map(|label| label.as_ref().to_owned())
            .collect();
        categories.sort_unstable();
        categories.dedup();
        let code = |label: &S| {
            categories
                .binary_search_by(|name| name.as_str().cmp(label.as_ref()))
                .ok()
                .and_then(|at| u32::try_from(at).ok())
        };
        let codes = labels
            .iter()
            .map(|label| label.as_ref().and_then(code))
            .collect();
        Self::Categorical {
            codes,
            categories,
            ordered: false,
        }
    }

    /// A categorical column from cluster numbers; category `i` is called `names(i)`.
    ///
    /// # Examples
    /// ```
    /// let column = semst_io::ObsColumn::from_codes(&[1, 0, 1], |k| format!("domain {k}"));
    /// assert_eq!(column.labels()[0].as_deref(), Some("domain 1"));
    /// ```
    pub fn from_codes(codes: &[u32], names: impl Fn(u32) -> String) -> Self {
        let n = codes.iter().max().map_or(0, |&max| max + 1);
        Self::Categorical {
            codes: codes.iter().map(|&code| Some(code)).collect(),
            categories: (0..n).map(names).collect(),
            ordered: false,
        }
    }

    /// The number of spots.
    pub fn len(&self) -> usize {
        match self {
            Self::Categorical { codes, .. } => codes.len(),
            Self::Numeric(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    /// Whether there are no spots.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One label per spot; `None` where a spot is unannotated: no category, NaN, or a text that
    /// [`is_missing_label`](crate::is_missing_label).
    ///
    /// Numbers are written in their shortest form, so that `3.0` and `3` are the same label.
    pub fn labels(&self) -> Vec<Option<String>> {
        let known = |label: &String| !is_missing_label(label);
        let texts = self.texts().into_iter();
        texts.map(|label| label.filter(known)).collect()
    }

    /// One text per spot as the file has it; `None` where a spot has no category or NaN.
    pub(crate) fn texts(&self) -> Vec<Option<String>> {
        match self {
            Self::Categorical {
                codes, categories, ..
            } => codes
                .iter()
                .map(|code| code.map(|code| categories[code as usize].clone()))
                .collect(),
            Self::Numeric(values) => values
                .iter()
                .map(|value| (!value.is_nan()).then(|| value.to_string()))
                .collect(),
            Self::Integer(values) => values.iter().map(|value| Some(value.to_string())).collect(),
            Self::Text(values) => values.iter().cloned().map(Some).collect(),
            Self::Bool(values) => values
                .iter()
                .map(|&value| Some(if value { "True" } else { "False" }.to_owned()))
                .collect(),
        }
    }

    /// One number per spot, for numeric, whole-number and yes-or-no columns.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Self::Numeric(values) => Some(values.clone()),
            Self::Integer(values) => Some(values.iter().map(|&value| value as f64).collect()),
            Self::Bool(values) => Some(values.iter().map(|&value| f64::from(value)).collect()),
            Self::Categorical { .. } | Self::Text(_) => None,
        }
    }

    /// What the column holds, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Categorical { .. } => "categorical",
            Self::Numeric(_) => "numeric",
            Self::Integer(_) => "integer",
            Self::Text(_) => "text",
            Self::Bool(_) => "bool",
        }
    }

    pub(crate) fn select(&self, keep: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[T], keep: &[usize]) -> Vec<T> {
            keep.iter().map(|&at| values[at].clone()).collect()
        }
        match self {
            Self::Categorical {
                codes,
                categories,
                ordered,
            } => Self::Categorical {
                codes: pick(codes, keep),
                categories: categories.clone(),
                ordered: *ordered,
            },
            Self::Numeric(values) => Self::Numeric(pick(values, keep)),
            Self::Integer(values) => Self::Integer(pick(values, keep)),
            Self::Text(values) => Self::Text(pick(values, keep)),
            Self::Bool(values) => Self::Bool(pick(values, keep)),
        }
    }
}

/// Named columns of annotation, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Obs {
    columns: Vec<(String, ObsColumn)>,
    /// The place of each column: files hold thousands of them.
    places: HashMap<String, usize>,
}

impl Obs {
    /// No columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column, or replaces the one of that name.
    pub fn insert(&mut self, key: impl Into<String>, column: ObsColumn) {
        let key = key.into();
        match self.places.get(&key) {
            Some(&at) => self.columns[at].1 = column,
            None => {
                self.places.insert(key.clone(), self.columns.len());
                self.columns.push((key, column));
            }
        }
    }

    /// The column of that name.
    pub fn get(&self, key: &str) -> Option<&ObsColumn> {
        self.places.get(key).map(|&at| &self.columns[at].1)
    }

    /// The column of that name.
    ///
    /// # Errors
    /// [`IoError::MissingKey`], with the keys that exist.
    pub fn column(&self, key: &str) -> Result<&ObsColumn, IoError> {
        self.get(key).ok_or_else(|| IoError::MissingKey {
            table: "obs".into(),
            key: key.into(),
            keys: self.keys().map(String::from).collect(),
        })
    }

    /// One label per spot of the column of that name; see [`ObsColumn::labels`].
    ///
    /// # Errors
    /// [`IoError::MissingKey`], with the keys that exist.
    pub fn labels(&self, key: &str) -> Result<Vec<Option<String>>, IoError> {
        self.column(key).map(ObsColumn::labels)
    }

    /// The names of the columns.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(key, _)| key.as_str())
    }

    /// Names and columns.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ObsColumn)> {
        self.columns.iter().map(|(key, c)| (key.as_str(), c))
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub(crate) fn select(&self, keep: &[usize]) -> Self {
        Self {
            columns: self
                .columns
                .iter()
                .map(|(key, column)| (key.clone(), column.select(keep)))
                .collect(),
            places: self.places.clone(),
        }
    }
}

impl Serialize for ObsColumn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Numeric(values) => values.serialize(serializer),
            Self::Integer(values) => values.serialize(serializer),
            Self::Bool(values) => values.serialize(serializer),
            Self::Categorical { .. } | Self::Text(_) => self.labels().serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Obs, ObsColumn};

    #[test]
    fn labels_of_every_kind() {
        let some = |s: &str| Some(s.to_owned());
        let column = ObsColumn::Categorical {
            codes: vec![Some(1), None],
            categories: vec!["L1".into(), "WM".into()],
            ordered: true,
        };
        assert_eq!(column.labels(), [some("WM"), None]);
        assert_eq!(
            ObsColumn::Numeric(vec![3.0, f64::NAN, 0.5]).labels(),
            [some("3"), None, some("0.5")]
        );
        assert_eq!(ObsColumn::Integer(vec![-1]).labels(), [some("-1")]);
        assert_eq!(
            ObsColumn::Text(vec!["a".into(), String::new()]).labels(),
            [some("a"), None]
        );
        assert_eq!(
            ObsColumn::Bool(vec![true, false]).labels(),
            [some("True"), some("False")]
        );
    }

    #[test]
    fn a_missing_key_lists_those_that_exist() {
        let mut obs = Obs::new();
        obs.insert("layer", ObsColumn::Integer(vec![1]));
        obs.insert("sample", ObsColumn::Integer(vec![2]));
        obs.insert("layer", ObsColumn::Integer(vec![3]));
        let message = obs.labels("truth").map_err(|e| e.to_string());
        assert_eq!(
            message,
            Err("`truth` is not in obs; keys that are there: layer, sample".into())
        );
        assert_eq!(obs.get("layer"), Some(&ObsColumn::Integer(vec![3])));
    }
}
