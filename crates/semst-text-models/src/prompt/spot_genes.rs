//! What prompts are written of: the genes of each spot, in their order.

use crate::TextModelError;

/// The genes of each spot, highest first, and their names. Which genes are the highest is not decided here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotGenes<'a> {
    /// Names of the genes of the slide.
    pub symbols: &'a [String],
    /// Per spot its genes, as places in `symbols`, the highest first.
    pub highest: &'a [Vec<u32>],
}

impl SpotGenes<'_> {
    /// Checks that every gene has a name.
    ///
    /// # Errors
    /// Names the first spot with a gene that has none.
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
