//! A name for every spot.

use serde::{Deserialize, Serialize};

use crate::color::Rgb;
use crate::error::ReportError;
use crate::palette::palette;

/// Domains (or any classes) of spots: an index per spot and the names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// Index of the name of each spot; `None` if the spot is not labelled.
    pub codes: Vec<Option<u32>>,
    /// The names.
    pub names: Vec<String>,
    /// A colour for each name; [`palette`] by default.
    pub colors: Option<Vec<Rgb>>,
}

impl Labels {
    /// Labels every spot.
    pub fn new<S: Into<String>>(codes: Vec<u32>, names: impl IntoIterator<Item = S>) -> Self {
        Self::with_gaps(codes.into_iter().map(Some).collect(), names)
    }

    /// Labels some of the spots; the others are drawn in pale grey.
    pub fn with_gaps<S: Into<String>>(
        codes: Vec<Option<u32>>,
        names: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            codes,
            names: names.into_iter().map(Into::into).collect(),
            colors: None,
        }
    }

    /// Labels by number: the names are `Domain 0`, `Domain 1`, …
    #[must_use]
    pub fn numbered(codes: Vec<u32>) -> Self {
        let n = codes.iter().max().map_or(0, |max| max + 1);
        Self::new(codes, (0..n).map(|i| format!("Domain {i}")))
    }

    /// Sets a colour for each name.
    #[must_use]
    pub fn with_colors(mut self, colors: Vec<Rgb>) -> Self {
        self.colors = Some(colors);
        self
    }

    /// The colour of each name.
    #[must_use]
    pub fn colors(&self) -> Vec<Rgb> {
        let mut colors = self.colors.clone().unwrap_or_default();
        let known = colors.len().min(self.names.len());
        colors.truncate(known);
        colors.extend(palette(self.names.len()).into_iter().skip(known));
        colors
    }

    /// Number of spots of each name, and of spots without one.
    #[must_use]
    pub fn sizes(&self) -> (Vec<usize>, usize) {
        let mut sizes = vec![0; self.names.len()];
        let mut unlabelled = 0;
        for code in &self.codes {
            match code.and_then(|code| sizes.get_mut(code as usize)) {
                Some(size) => *size += 1,
                None => unlabelled += 1,
            }
        }
        (sizes, unlabelled)
    }

    pub(crate) fn check(&self, what: &'static str, spots: usize) -> Result<(), ReportError> {
        if self.codes.len() != spots {
            return Err(ReportError::Length {
                what,
                expected: spots,
                got: self.codes.len(),
            });
        }
        for (spot, code) in self.codes.iter().enumerate() {
            if let Some(label) = code.filter(|code| *code as usize >= self.names.len()) {
                return Err(ReportError::Label {
                    spot,
                    label,
                    names: self.names.len(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_gaps() {
        let labels = Labels::with_gaps(vec![Some(0), None, Some(1), Some(0)], ["a", "b"]);
        assert_eq!(labels.sizes(), (vec![2, 1], 1));
        assert_eq!(
            Labels::numbered(vec![2, 0]).names,
            ["Domain 0", "Domain 1", "Domain 2"]
        );
        let error = Labels::new(vec![0, 3], ["a"])
            .check("labels", 2)
            .err()
            .map(|e| e.to_string());
        assert_eq!(
            error.as_deref(),
            Some("spot 1 has label 3, but there are 1 names")
        );
    }
}
