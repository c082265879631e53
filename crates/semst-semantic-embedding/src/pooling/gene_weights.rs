//! The stored weights of the genes of each spot.

use super::{Present, SpotGenes, Weigh};
use crate::CountMatrix;

/// Weights u of a pooling: the vector of a spot is Σ u_g v_g, divided by Σ u_g if the pooling is a mean.
#[derive(Clone, Debug)]
pub(crate) struct GeneWeights {
    /// `[spots, genes present]`, CSR.
    pub(crate) values: CountMatrix,
    /// Whether the sum is divided by the sum of the weights.
    pub(crate) is_mean: bool,
}

impl GeneWeights {
    pub(super) fn new(present: &Present<'_>, weighting: &impl Weigh) -> Self {
        let (mut indptr, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        let (mut spot, mut weights) = (SpotGenes::default(), Vec::new());
        for i in 0..present.spots() {
            present.read(i, &mut spot);
            weights.clear();
            weighting.weigh(&spot.genes, &spot.values, spot.total, &mut weights);
            // A top-k pooling leaves most genes at zero.
            for (&gene, &weight) in spot.genes.iter().zip(&weights).filter(|(_, w)| **w != 0.0) {
                indices.push(gene);
                values.push(weight);
            }
            indptr.push(indices.len());
        }
        Self {
            values: CountMatrix::new((present.spots(), present.genes()), indptr, indices, values),
            is_mean: weighting.is_mean(),
        }
    }
}
