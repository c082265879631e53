//! Pooled spots that can be mapped back to their genes.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::pooling::GeneWeights;
use crate::{
    CountMatrix, GeneVectors, Pooling, Scaling, ScalingMap, SemanticError, SpotExpression,
};

/// The parts of the vectors of spots: weights u of the genes, vectors v of the genes, and the scaling.
///
/// With p = Σ u_g v_g / Σ u_g (or only the sum, if the pooling is not a mean), the semantics of a spot are
/// `s = (p − mean) A`. [`PooledGenes::decompose`](crate::PooledGenes::decompose) makes it.
///
/// ```
/// use semst_semantic_embedding::{CountMatrix, GeneTable, PooledGenes, SemanticSource, Species, SpotExpression};
/// let symbols = ["MBP", "PLP1", "GFAP"].map(String::from);
/// let barcodes = ["a", "b"].map(String::from);
/// let expression = CountMatrix::new((2, 3), vec![0, 2, 3], vec![0, 1, 2], vec![5.0, 3.0, 4.0]);
/// let spots = SpotExpression { expression: &expression, symbols: &symbols, ids: None, barcodes: &barcodes };
///
/// let source = PooledGenes::new(GeneTable::builtin(Species::Human)?);
/// let semantics = source.spot_embeddings(&spots)?.vectors;
/// let pooled = source.decompose(&spots)?.ok_or("a control without genes")?;
/// assert_eq!(pooled.without(&[0, 1], &[]), semantics); // nothing is taken away
/// assert_ne!(pooled.without(&[0], &[0]).row(0), semantics.row(0)); // MBP is
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PooledSpots {
    genes: GeneVectors,
    weights: GeneWeights,
    /// Sum of the weights of each spot; 1 if the pooling is not a mean.
    totals: Vec<f32>,
    /// `[spots, dims]`, before the scaling.
    pooled: Array2<f32>,
    scaling: ScalingMap,
}

impl PooledSpots {
    pub(crate) fn new(
        spots: &SpotExpression<'_>,
        genes: GeneVectors,
        pooling: &Pooling,
        scaling: &Scaling,
    ) -> Result<Self, SemanticError> {
        let (pooled, _) = pooling.pool(spots, &genes)?;
        let scaling = scaling.fit(pooled.view())?;
        let weights = pooling.weights(spots, &genes)?;
        let totals = (0..spots.spots())
            .map(|i| {
                let range = weights.values.indptr().outer_inds_sz(i);
                let sum: f64 = weights.values.data()[range]
                    .iter()
                    .map(|w| f64::from(*w))
                    .sum();
                if weights.is_mean { sum as f32 } else { 1.0 }
            })
            .collect();
        Ok(Self {
            genes,
            weights,
            totals,
            pooled,
            scaling,
        })
    }

    /// The genes that are pooled, with their centred vectors.
    pub fn genes(&self) -> &GeneVectors {
        &self.genes
    }

    /// Weights u, `[spots, pooled genes]`.
    pub fn weights(&self) -> &CountMatrix {
        &self.weights.values
    }

    /// Sum of the weights of each spot, the divisor of its mean; 1 if the pooling is not a mean, 0 for a spot without genes.
    pub fn totals(&self) -> &[f32] {
        &self.totals
    }

    /// Whether the pooling is a mean.
    pub fn is_mean(&self) -> bool {
        self.weights.is_mean
    }

    /// Pooled vectors before the scaling, `[spots, dims]`.
    pub fn pooled(&self) -> ArrayView2<'_, f32> {
        self.pooled.view()
    }

    /// The scaling that turns pooled vectors into semantics, and maps gradients back.
    pub fn scaling(&self) -> &ScalingMap {
        &self.scaling
    }

    /// Semantics of some spots without these genes (rows of [`PooledSpots::genes`]), `[spots, kept]`, with the same
    /// scaling.
    ///
    /// A mean is taken over the remaining genes. In a sum, the gene gets its mean weight over the slide. A spot that is left
    /// without genes gets the mean of the slide.
    ///
    /// # Panics
    /// When a spot or gene does not exist.
    ///
    /// # Complexity
    /// O(non-zeros of the spots + non-zeros of the genes in them · dims).
    pub fn without(&self, spots: &[usize], genes: &[u32]) -> Array2<f32> {
        let mut taken = vec![false; self.genes.len()];
        for &gene in genes {
            taken[gene as usize] = true;
        }
        let mut pooled = self.pooled.select(Axis(0), spots);
        let mean = self.pooled.mean_axis(Axis(0)).unwrap_or_default();
        let usual = self.usual(genes);
        for (mut row, &spot) in pooled.outer_iter_mut().zip(spots) {
            let range = self.weights.values.indptr().outer_inds_sz(spot);
            let (mut lost, mut weight) = (Array1::<f32>::zeros(row.len()), 0f64);
            let columns = &self.weights.values.indices()[range.clone()];
            for (&gene, &w) in columns.iter().zip(&self.weights.values.data()[range]) {
                if taken[gene as usize] {
                    lost.scaled_add(w, &self.genes.vectors.row(gene as usize));
                    weight += f64::from(w);
                }
            }
            if !self.weights.is_mean {
                row -= &lost;
                row += &usual;
            } else if weight > 0.0 {
                let left = f64::from(self.totals[spot]) - weight;
                if left > 1e-6 * f64::from(self.totals[spot]) {
                    row *= self.totals[spot];
                    row -= &lost;
                    row /= left as f32;
                } else {
                    row.assign(&mean);
                }
            }
        }
        self.scaling.apply(pooled)
    }

    /// Σ ū_g v_g of some genes, with ū their mean weight over the slide.
    fn usual(&self, genes: &[u32]) -> Array1<f32> {
        let mut mean = vec![0f64; self.genes.len()];
        if !self.weights.is_mean {
            for (&gene, &w) in self
                .weights
                .values
                .indices()
                .iter()
                .zip(self.weights.values.data())
            {
                mean[gene as usize] += f64::from(w);
            }
        }
        let n = self.totals.len().max(1) as f64;
        let mut usual = Array1::zeros(self.genes.dims());
        for &gene in genes {
            let weight = (mean[gene as usize] / n) as f32;
            usual.scaled_add(weight, &self.genes.vectors.row(gene as usize));
        }
        usual
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        CountMatrix, ExpressionMean, GeneTable, PooledGenes, Pooling, RankMean, SemanticError,
        SemanticSource, SpotExpression, TableOrigin, TfIdf, TopK, ZScore,
    };
    use ndarray::{Array2, array};

    /// Four genes on two axes; three spots, the last of which has only one gene.
    fn with_slide<T>(
        run: impl FnOnce(&GeneTable, &SpotExpression<'_>) -> T,
    ) -> Result<T, SemanticError> {
        let symbols = ["A", "B", "C", "D"].map(String::from).to_vec();
        let vectors = array![[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -3.0]];
        let table = GeneTable::new(symbols.clone(), vectors, TableOrigin::new("made here"))?;
        let expression = CountMatrix::new(
            (3, 4),
            vec![0, 3, 6, 7],
            vec![0, 1, 3, 0, 2, 3, 1],
            vec![2.0, 1.0, 1.0, 1.0, 3.0, 0.5, 4.0],
        );
        let barcodes = ["x", "y", "z"].map(String::from);
        let spots = SpotExpression {
            expression: &expression,
            symbols: &symbols,
            ids: None,
            barcodes: &barcodes,
        };
        Ok(run(&table, &spots))
    }

    #[test]
    fn taking_nothing_away_gives_the_semantics() -> Result<(), SemanticError> {
        let poolings = [
            Pooling::ExpressionMean(ExpressionMean::default()),
            Pooling::ZScore(ZScore::default()),
            Pooling::Rank(RankMean {}),
            Pooling::TfIdf(TfIdf {}),
            Pooling::TopK(TopK::new(2)),
        ];
        for pooling in poolings {
            with_slide(|table, spots| {
                let source = PooledGenes::new(table.clone()).with_pooling(pooling.clone());
                let expected = source.spot_embeddings(spots)?.vectors;
                let pooled = source.decompose(spots)?.expect("the table has genes");
                assert_eq!(pooled.without(&[0, 1, 2], &[]), expected, "{pooling:?}");
                Ok::<(), SemanticError>(())
            })??;
        }
        Ok(())
    }

    #[test]
    fn a_mean_goes_on_over_what_is_left() -> Result<(), SemanticError> {
        with_slide(|table, spots| {
            let source = PooledGenes::new(table.clone());
            let pooled = source.decompose(spots)?.expect("the table has genes");
            // Without D (row 3), the first spot is (2 A + 1 B) / 3, with centred vectors and the same scaling.
            let v = &pooled.genes().vectors;
            let p = (&v.row(0) * 2.0 + v.row(1)) / 3.0;
            let expected = pooled.scaling.apply(p.insert_axis(ndarray::Axis(0)));
            let got = pooled.without(&[0], &[3]);
            assert!(
                (&got - &expected).iter().all(|d| d.abs() < 1e-5),
                "{got} {expected}"
            );
            // The last spot has only B: without it, it is the mean of the slide, which is scaled to zero.
            let got = pooled.without(&[2], &[1]);
            assert!(
                (got - Array2::<f32>::zeros((1, 2)))
                    .iter()
                    .all(|d| d.abs() < 1e-5)
            );
            Ok(())
        })?
    }
}
