//! Spot vectors from a gene table.

use std::sync::Arc;

use ndarray::Array2;

use crate::chance::Chance;
use crate::{
    Control, GeneTable, GeneVectors, Origin, PooledSpots, Pooling, Provenance, Scaling,
    SemanticError, SemanticSource, Semantics, SpotExpression,
};

/// Pools the vectors of a table over the genes of each spot: centre over the genes present, pool, scale.
///
/// ```
/// use semst_semantic_embedding::{CountMatrix, GeneTable, PooledGenes, SemanticSource, Species, SpotExpression};
/// let symbols = ["MBP", "PLP1", "GFAP"].map(String::from);
/// let barcodes = ["a", "b"].map(String::from);
/// let expression = CountMatrix::new((2, 3), vec![0, 2, 3], vec![0, 1, 2], vec![5.0, 3.0, 4.0]);
/// let spots = SpotExpression { expression: &expression, symbols: &symbols, ids: None, barcodes: &barcodes };
///
/// let semantics = PooledGenes::new(GeneTable::builtin(Species::Human)?).spot_embeddings(&spots)?;
/// assert_eq!(semantics.vectors.dim(), (2, 256));
/// assert_eq!(semantics.provenance.genes_found, Some(3));
/// # Ok::<(), semst_semantic_embedding::SemanticError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PooledGenes {
    /// Shared, so that the semantics can store how they were pooled.
    table: Arc<GeneTable>,
    pooling: Pooling,
    scaling: Scaling,
    control: Option<Control>,
    seed: u64,
}

impl PooledGenes {
    /// Expression-weighted mean, global scaling, no control.
    pub fn new(table: GeneTable) -> Self {
        Self {
            table: Arc::new(table),
            pooling: Pooling::default(),
            scaling: Scaling::default(),
            control: None,
            seed: 0,
        }
    }

    /// Sets the pooling.
    #[must_use]
    pub fn with_pooling(mut self, pooling: Pooling) -> Self {
        self.pooling = pooling;
        self
    }

    /// Sets the scaling.
    #[must_use]
    pub fn with_scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// Replaces the real vectors by a control.
    #[must_use]
    pub fn with_control(mut self, control: Option<Control>, seed: u64) -> Self {
        self.control = control;
        self.seed = seed;
        self
    }

    /// The table.
    pub fn table(&self) -> &GeneTable {
        &self.table
    }

    /// The control that replaces the real vectors.
    pub fn control(&self) -> Option<Control> {
        self.control
    }

    /// The vectors of the spots, decomposed into genes for an interpretation; `None` if a control makes vectors
    /// without genes.
    ///
    /// # Errors
    /// As [`SemanticSource::spot_embeddings`].
    pub fn decompose(
        &self,
        spots: &SpotExpression<'_>,
    ) -> Result<Option<PooledSpots>, SemanticError> {
        if matches!(self.control, Some(Control::None | Control::RandomSpots)) {
            return Ok(None);
        }
        spots.check()?;
        let genes = GeneVectors::new(
            &self.table,
            spots.symbols,
            spots.ids,
            self.control,
            self.seed,
        )?;
        PooledSpots::new(spots, genes, &self.pooling, &self.scaling).map(Some)
    }
}

impl SemanticSource for PooledGenes {
    fn spot_embeddings(&self, spots: &SpotExpression<'_>) -> Result<Semantics, SemanticError> {
        spots.check()?;
        let genes = GeneVectors::new(
            &self.table,
            spots.symbols,
            spots.ids,
            self.control,
            self.seed,
        );
        // Two controls need no gene of the table: they also run on a slide of another species.
        let shape = (spots.spots(), self.table.dims());
        let (vectors, bare, report) = match self.control {
            Some(Control::None) => (Array2::zeros(shape), None, genes.ok().map(|g| g.report)),
            Some(Control::RandomSpots) => {
                let mut chance = Chance::new(self.seed);
                let random = Array2::from_shape_simple_fn(shape, || chance.normal());
                let report = genes.ok().map(|g| g.report);
                (self.scaling.apply(random)?, None, report)
            }
            _ => {
                let genes = genes?;
                let (pooled, bare) = self.pooling.pool(spots, &genes)?;
                (self.scaling.apply(pooled)?, Some(bare), Some(genes.report))
            }
        };
        let provenance = Provenance {
            pooling: bare.map(|_| self.pooling.clone()),
            scaling: Some(self.scaling.clone()),
            control: self.control,
            seed: self.control.map(|_| self.seed),
            genes_asked: report.as_ref().map(|r| r.asked),
            genes_found: report.as_ref().map(|r| r.found()),
            spots_without_genes: bare,
            dims: vectors.ncols(),
            ..Provenance::of_table(self.table.origin())
        };
        Ok(Semantics {
            vectors,
            provenance,
            lookup: report,
            origin: Origin::Genes(Box::new(self.clone())),
        })
    }
}

#[cfg(test)]
mod tests;
