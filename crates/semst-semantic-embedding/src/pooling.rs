//! Pools the vectors of genes into the vector of a spot.

mod expression_mean;
mod gene_weights;
mod rank;
mod tf_idf;
mod top_k;
mod z_score;

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::expression_mean::ExpressionMean;
pub(crate) use self::gene_weights::GeneWeights;
pub use self::rank::RankMean;
pub use self::tf_idf::TfIdf;
pub use self::top_k::TopK;
pub use self::z_score::ZScore;
use crate::{GeneVectors, SemanticError, SpotExpression};

/// How the centred vectors of the genes of a spot become its vector. Genes without a vector are left out of
/// the sum and of the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pooling {
    /// Mean weighted by expression (GenePT-w).
    ExpressionMean(ExpressionMean),
    /// Sum weighted by the z-score of the gene over spots.
    ZScore(ZScore),
    /// Mean weighted by rank within the spot.
    Rank(RankMean),
    /// Mean weighted by expression and rarity.
    TfIdf(TfIdf),
    /// Mean of the highest genes.
    TopK(TopK),
}

impl Default for Pooling {
    fn default() -> Self {
        Self::ExpressionMean(ExpressionMean::default())
    }
}

/// Weights of the genes of one spot.
pub(crate) trait Weigh: Sync {
    /// Writes one weight per gene of the spot. `genes` are rows of the vectors, ascending; `values` are positive;
    /// `total` is the sum over all genes of the spot, including those without a vector.
    fn weigh(&self, genes: &[u32], values: &[f32], total: f32, weights: &mut Vec<f32>);

    /// Whether the sum is divided by the sum of the weights.
    fn is_mean(&self) -> bool {
        true
    }

    /// A vector that is added to every spot.
    fn offset(&self, _vectors: &Array2<f32>) -> Option<Array1<f32>> {
        None
    }
}

impl Pooling {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of its bounds.
    pub fn check(&self) -> Result<(), SemanticError> {
        match self {
            Self::ZScore(p) => p.check(),
            Self::TopK(p) => p.check().map(drop),
            Self::ExpressionMean(_) | Self::Rank(_) | Self::TfIdf(_) => Ok(()),
        }
    }

    /// Pools; also returns the number of spots that express no gene with a vector. These get the mean of the others.
    ///
    /// # Errors
    /// When a setting is out of its bounds.
    ///
    /// # Complexity
    /// O(non-zeros · dims), spots in parallel; the only dense array is the result `[spots, dims]`.
    pub fn pool(
        &self,
        spots: &SpotExpression<'_>,
        genes: &GeneVectors,
    ) -> Result<(Array2<f32>, usize), SemanticError> {
        let present = Present::new(spots, genes);
        match self {
            Self::ExpressionMean(p) => Ok(pool(&present, p)),
            Self::ZScore(p) => Ok(pool(&present, &p.fit(&present)?)),
            Self::Rank(p) => Ok(pool(&present, p)),
            Self::TfIdf(p) => Ok(pool(&present, &p.fit(&present))),
            Self::TopK(p) => Ok(pool(&present, &p.check()?)),
        }
    }
}

impl Pooling {
    /// The weights that [`Pooling::pool`] gives to the genes of each spot, before they are divided by their sum.
    ///
    /// # Errors
    /// As [`Pooling::pool`].
    pub(crate) fn weights(
        &self,
        spots: &SpotExpression<'_>,
        genes: &GeneVectors,
    ) -> Result<GeneWeights, SemanticError> {
        let present = Present::new(spots, genes);
        Ok(match self {
            Self::ExpressionMean(p) => GeneWeights::new(&present, p),
            Self::ZScore(p) => GeneWeights::new(&present, &p.fit(&present)?),
            Self::Rank(p) => GeneWeights::new(&present, p),
            Self::TfIdf(p) => GeneWeights::new(&present, &p.fit(&present)),
            Self::TopK(p) => GeneWeights::new(&present, &p.check()?),
        })
    }
}

/// Expression of the genes that have a vector.
pub(crate) struct Present<'a> {
    spots: &'a SpotExpression<'a>,
    genes: &'a GeneVectors,
    row_of_column: Vec<Option<u32>>,
}

/// The genes of one spot; a reused buffer.
#[derive(Default)]
pub(crate) struct SpotGenes {
    pub(crate) genes: Vec<u32>,
    pub(crate) values: Vec<f32>,
    pub(crate) total: f32,
}

impl<'a> Present<'a> {
    fn new(spots: &'a SpotExpression<'a>, genes: &'a GeneVectors) -> Self {
        Self {
            spots,
            genes,
            row_of_column: genes.row_of_column(spots.genes()),
        }
    }

    pub(crate) fn spots(&self) -> usize {
        self.spots.spots()
    }

    pub(crate) fn genes(&self) -> usize {
        self.genes.len()
    }

    pub(crate) fn read(&self, spot: usize, into: &mut SpotGenes) {
        into.genes.clear();
        into.values.clear();
        let (columns, values) = self.spots.row(spot);
        into.total = values.iter().map(|&v| f64::from(v)).sum::<f64>() as f32;
        for (&column, &value) in columns.iter().zip(values) {
            if let Some(row) = self.row_of_column[column as usize].filter(|_| value > 0.0) {
                into.genes.push(row);
                into.values.push(value);
            }
        }
    }
}

fn pool(present: &Present<'_>, weighting: &impl Weigh) -> (Array2<f32>, usize) {
    let vectors = &present.genes.vectors;
    let (n, dims) = (present.spots(), present.genes.dims());
    let offset = weighting.offset(vectors);
    let mut out = Array2::<f32>::zeros((n, dims));
    let mut bare = vec![false; n];
    // Spots are independent: the result does not depend on their assignment to threads.
    out.axis_chunks_iter_mut(Axis(0), 64)
        .into_par_iter()
        .zip(bare.par_chunks_mut(64))
        .enumerate()
        .for_each(|(chunk, (mut rows, bare))| {
            let (mut spot, mut weights) = (SpotGenes::default(), Vec::new());
            for (i, (mut row, bare)) in rows.outer_iter_mut().zip(bare).enumerate() {
                present.read(chunk * 64 + i, &mut spot);
                weights.clear();
                weighting.weigh(&spot.genes, &spot.values, spot.total, &mut weights);
                let sum: f64 = weights.iter().map(|&w| f64::from(w)).sum();
                *bare = spot.genes.is_empty() || (weighting.is_mean() && sum <= 0.0);
                if *bare {
                    continue;
                }
                let scale = if weighting.is_mean() {
                    (1.0 / sum) as f32
                } else {
                    1.0
                };
                for (&gene, &weight) in spot.genes.iter().zip(&weights) {
                    row.scaled_add(weight * scale, &vectors.row(gene as usize));
                }
                if let Some(offset) = &offset {
                    row += offset;
                }
            }
        });
    let empty = bare.iter().filter(|&&b| b).count();
    if empty > 0 && empty < n {
        let mut mean = Array1::<f64>::zeros(dims);
        for (row, _) in out.outer_iter().zip(&bare).filter(|(_, bare)| !**bare) {
            mean.zip_mut_with(&row, |m, &v| *m += f64::from(v));
        }
        let mean = mean.mapv(|m| (m / (n - empty) as f64) as f32);
        for (mut row, _) in out.outer_iter_mut().zip(&bare).filter(|(_, bare)| **bare) {
            row.assign(&mean);
        }
    }
    (out, empty)
}

#[cfg(test)]
mod tests;
