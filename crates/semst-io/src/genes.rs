//! The genes of a data set.

use std::collections::HashMap;

use crate::error::IoError;
use crate::unique_names::make_unique;

/// Gene symbols, made unique, and stable ids where the file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Genes {
    /// One symbol per gene, unique.
    pub symbols: Vec<String>,
    /// Stable ids (Ensembl), one per gene, where the file has them.
    pub ids: Option<Vec<String>>,
}

impl Genes {
    /// Takes symbols, and makes repeated ones unique as scanpy does (`-1`, `-2`, …).
    ///
    /// # Examples
    /// ```
    /// let genes = semst_io::Genes::new(["MBP", "SNAP25", "MBP"].map(String::from).to_vec());
    /// assert_eq!(genes.symbols, ["MBP", "SNAP25", "MBP-1"]);
    /// ```
    pub fn new(mut symbols: Vec<String>) -> Self {
        make_unique(&mut symbols);
        Self { symbols, ids: None }
    }

    /// Adds stable ids.
    ///
    /// # Errors
    /// [`IoError::Length`] when there is not one id per symbol.
    pub fn with_ids(mut self, ids: Vec<String>) -> Result<Self, IoError> {
        if ids.len() != self.symbols.len() {
            return Err(IoError::Length {
                what: "gene ids".into(),
                expected: self.symbols.len(),
                got: ids.len(),
            });
        }
        self.ids = Some(ids);
        Ok(self)
    }

    /// The number of genes.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether there are no genes.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// The column of each symbol. O(genes).
    pub fn positions(&self) -> HashMap<&str, usize> {
        self.symbols
            .iter()
            .enumerate()
            .map(|(at, symbol)| (symbol.as_str(), at))
            .collect()
    }

    pub(crate) fn select(&self, keep: &[usize]) -> Self {
        let pick = |names: &Vec<String>| keep.iter().map(|&at| names[at].clone()).collect();
        Self {
            symbols: pick(&self.symbols),
            ids: self.ids.as_ref().map(pick),
        }
    }
}
