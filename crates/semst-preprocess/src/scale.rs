//! Scaling of genes to unit variance.

use serde::{Deserialize, Serialize};

/// Divides every gene by its standard deviation (N − 1), as scanpy's `pp.scale`; genes that do not vary stay unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scale {
    /// Whether the mean is subtracted first, which makes the matrix dense (default no; SEDR yes).
    pub center: bool,
    /// Values above this are set to it; with `center`, values below its negative are set to the negative (SemST, GraphST: 10).
    pub max_value: Option<f64>,
}

impl Scale {
    /// Without centring or clipping.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the mean subtracted.
    pub fn centered(self) -> Self {
        Self {
            center: true,
            ..self
        }
    }

    /// With values clipped.
    pub fn with_max_value(self, max_value: f64) -> Self {
        Self {
            max_value: Some(max_value),
            ..self
        }
    }

    pub(crate) fn clip(&self, value: f64) -> f64 {
        match self.max_value {
            Some(max) if self.center => value.clamp(-max, max),
            Some(max) => value.min(max),
            None => value,
        }
    }
}

/// One over the standard deviation of every column; one where the deviation is zero.
pub(crate) fn inverse_deviations(variances: &[f64]) -> Vec<f64> {
    variances
        .iter()
        .map(|&variance| {
            if variance > 0.0 {
                variance.sqrt().recip()
            } else {
                1.0
            }
        })
        .collect()
}
