//! The views of a slide: its transforms, diffused over its spatial graph.

use super::{Pipeline, Prepared, smooth};
use crate::{Error, Plugins};
use ndarray::Array2;
use semst_clustering_heads::Neighbours;
use semst_preprocess::Transform;

/// The views that vote on the domains, by transforms of the counts.
pub type Views = semst_clustering_heads::Views<Transform>;

impl<P: Plugins> Pipeline<P> {
    /// The views that vote on the domains, each [n, components]; none if the configuration has none.
    ///
    /// # Errors
    /// When the diffusion fails.
    pub fn views(&self, prepared: &Prepared) -> Result<Vec<Array2<f32>>, Error> {
        let Some(views) = self.views_of(prepared.slide.n_spots()) else {
            return Ok(Vec::new());
        };
        let spatial = prepared.slide.spatial();
        let neighbours = Neighbours::new(spatial.indptr(), spatial.indices())?;
        let diffuse = |x: &Array2<f32>, strength| smooth(spatial, x, strength);
        let mut seen = Vec::new();
        for components in &prepared.components {
            let strength = prepared.strength;
            seen.extend(views.voting(components, strength, neighbours, diffuse)?);
        }
        Ok(seen)
    }

    /// The views for a slide of `n` spots.
    pub(super) fn views_of(&self, n: usize) -> Option<Views> {
        Some(self.config.views.clone()?.for_spots(n))
    }
}
