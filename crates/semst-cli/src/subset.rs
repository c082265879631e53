//! Some of the spots of a file: those with a value in a column of `obs`.

use anyhow::{Result, bail, ensure};
use semst::io::SpatialDataset;
use std::fmt;
use std::str::FromStr;

/// A column of `obs`, and the value of the spots that take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subset {
    key: String,
    value: String,
}

impl FromStr for Subset {
    type Err = String;

    /// Reads `KEY=VALUE`; the key has no `=`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok(Self {
                key: key.into(),
                value: value.into(),
            }),
            _ => Err("must be KEY=VALUE, such as library_id=A".into()),
        }
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
    /// When there is no such column, or no spot has the value.
    pub(crate) fn of(&self, slide: &SpatialDataset) -> Result<SpatialDataset> {
        let Self { key, value } = self;
        let labels = slide.obs.labels(key)?;
        let has = |label: &Option<String>| label.as_ref() == Some(value);
        let keep: Vec<usize> = (0..labels.len()).filter(|&i| has(&labels[i])).collect();
        if keep.is_empty() {
            let mut values: Vec<&String> = labels.iter().flatten().collect();
            values.sort_unstable();
            values.dedup();
            let some: Vec<&str> = values.iter().take(5).map(|v| v.as_str()).collect();
            bail!(
                "no spot has {value} in obs/{key}; its values are {}{}",
                some.join(", "),
                if values.len() > 5 { ", …" } else { "" }
            );
        }
        ensure!(
            !value.contains(['/', '\\', '\0']),
            "the value {value} cannot be part of a file name"
        );
        let mut subset = slide.select_spots(&keep)?;
        subset.name = format!("{}_{value}", slide.name);
        Ok(subset)
    }
}
