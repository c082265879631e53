//! The genes of the floor and of its views.

use semst_preprocess::{GeneFilter, Preprocess};
use serde::{Deserialize, Serialize};

/// The genes from whose counts the principal components of the floor and of the views are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ViewGenes {
    /// How many variable genes are used (5000).
    pub n_top_genes: usize,
    /// In how many spots a gene must be found (0); at most half of the spots.
    pub min_cells: usize,
    /// How many counts a gene must have (0).
    pub min_counts: f64,
}

impl Default for ViewGenes {
    fn default() -> Self {
        let recipe = Preprocess::stable_pca();
        Self {
            n_top_genes: recipe.n_top_genes.unwrap_or(usize::MAX),
            min_cells: recipe.genes.min_cells,
            min_counts: recipe.genes.min_counts,
        }
    }
}

impl ViewGenes {
    /// Whether nothing was changed.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The recipe of the components, before its transform is chosen.
    pub(crate) fn recipe(&self) -> Preprocess {
        let filter = GeneFilter::new().with_min_cells(self.min_cells);
        Preprocess {
            genes: filter.with_min_counts(self.min_counts),
            n_top_genes: Some(self.n_top_genes),
            ..Preprocess::stable_pca()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ViewGenes;
    use semst_preprocess::Preprocess;

    #[test]
    fn the_default_is_the_recipe_of_semst() {
        assert_eq!(ViewGenes::default().recipe(), Preprocess::stable_pca());
    }
}
