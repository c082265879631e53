//! The kind of the values in a matrix of expression.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the user says about the values in the file.
///
/// Methods whose loss is a likelihood of counts need counts. The others also work on log-normalised values, and then skip the
/// normalisation and the logarithm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputIs {
    /// Whole numbers; anything else is an error.
    #[default]
    Counts,
    /// The logarithm of one plus normalised counts, as after scanpy's `normalize_total` and `log1p`.
    Lognorm,
    /// Counts where the file has them, else log-normalised values.
    Auto,
}

impl InputIs {
    /// The names, in the order of the variants.
    pub const NAMES: [&str; 3] = ["counts", "lognorm", "auto"];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Whether this is the default.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "the form that serde calls"
    )]
    pub fn is_counts(&self) -> bool {
        *self == Self::Counts
    }
}

impl fmt::Display for InputIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for InputIs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Counts, Self::Lognorm, Self::Auto]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("must be one of {}", Self::NAMES.join(", ")))
    }
}
