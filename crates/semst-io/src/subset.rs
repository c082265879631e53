//! Some of the spots of a file: those with a value in a column of `obs`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::dataset::SpatialDataset;
use crate::error::IoError;

/// A column of `obs`, and the value of the spots that take part: `library_id=A`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subset {
    /// The column of `obs`.
    pub key: String,
    /// The value.
    pub value: String,
}

impl FromStr for Subset {
    type Err = String;

    /// Reads `KEY=VALUE`; the key has no `=`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').unwrap_or_default();
        if key.is_empty() || value.is_empty() {
            return Err("must be KEY=VALUE, such as library_id=A".into());
        }
        if value.contains(['/', '\\', '\0']) {
            return Err(format!("the value {value} cannot be part of a file name"));
        }
        Ok(Self {
            key: key.into(),
            value: value.into(),
        })
    }
}

impl TryFrom<String> for Subset {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Subset> for String {
    fn from(subset: Subset) -> Self {
        subset.to_string()
    }
}

impl fmt::Display for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl Subset {
    /// The slide of these spots, called `NAME_VALUE`.
    ///
    /// # Errors
    /// [`IoError::MissingKey`] for the column, [`IoError::NoSpotOfSubset`] when no spot has the value.
    pub(crate) fn of(&self, slide: &SpatialDataset) -> Result<SpatialDataset, IoError> {
        let labels = slide.obs.labels(&self.key)?;
        let has = |label: &Option<String>| label.as_ref() == Some(&self.value);
        let keep: Vec<usize> = (0..labels.len()).filter(|&i| has(&labels[i])).collect();
        if keep.is_empty() {
            let mut values: Vec<String> = labels.into_iter().flatten().collect();
            values.sort_unstable();
            values.dedup();
            return Err(IoError::NoSpotOfSubset {
                key: self.key.clone(),
                value: self.value.clone(),
                values,
            });
        }
        let mut subset = slide.select_spots(&keep)?;
        subset.name = format!("{}_{}", slide.name, self.value);
        Ok(subset)
    }
}
