//! Graphs from coordinates.

pub(crate) mod delaunay;
pub(crate) mod knn;
pub(crate) mod radius;
pub(crate) mod rings;
#[cfg(test)]
mod tests;
pub(crate) mod threshold;

use ndarray::ArrayView2;

use crate::{GraphError, SpatialGraph};

/// Builds a neighbour graph from coordinates.
pub trait GraphBuilder {
    /// Checks the parameters before coordinates are known.
    ///
    /// # Errors
    /// [`GraphError::Parameter`], the same that [`build`](Self::build) would give.
    fn check(&self) -> Result<(), GraphError> {
        Ok(())
    }

    /// Links spots at `coords` (N × 2: x, y). Links have weight one and carry their distance.
    ///
    /// # Errors
    /// Coordinates that are empty, not N × 2 or not finite; parameters out of range; and what each builder states.
    fn build(&self, coords: ArrayView2<f64>) -> Result<SpatialGraph, GraphError>;
}
