//! The input of prompts: the genes of each spot, in order.

use crate::TextModelError;

/// The genes of each spot, highest first, and their names. The caller decides which genes are the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotGenes<'a> {
    /// Names of the genes of the slide.
    pub symbols: &'a [String],
    /// For each spot its genes, as indices into `symbols`, the highest first.
    pub highest: &'a [Vec<u32>],
}

impl SpotGenes<'_> {
    /// Checks that every gene has a name.
    ///
    /// # Errors
    /// Names the first spot that has a gene without a name.
    pub fn check(&self) -> Result<(), TextModelError> {
        let nameless = |gene: &&u32| **gene as usize >= self.symbols.len();
        for (spot, genes) in self.highest.iter().enumerate() {
            if let Some(gene) = genes.iter().find(nameless) {
                return Err(TextModelError::Length {
                    what: format!("gene names for gene {gene} of spot {spot}"),
                    expected: *gene as usize + 1,
                    got: self.symbols.len(),
                });
            }
        }
        Ok(())
    }
}
