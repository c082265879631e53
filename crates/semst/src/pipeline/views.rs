//! The views of a slide: its transforms, diffused over its spatial graph.

use super::{Pipeline, Prepared, smooth};
use crate::{Error, Plugins};
use ndarray::Array2;
use semst_clustering_heads::Neighbours;
use semst_preprocess::Transform;

/// The views that vote on the domains, by transforms of the counts.
pub type Views = semst_clustering_heads::Views<Transform>;

impl<P: Plugins> Pipeline<P> {
    /// The views that vote with the embedding, each [n, components]; none if the configuration has none, or the slide has more
    /// than 50,000 spots.
    ///
    /// # Errors
    /// When the diffusion fails.
    pub fn views(&self, prepared: &Prepared) -> Result<Vec<Array2<f32>>, Error> {
        let Some(views) = &self.config.views else {
            return Ok(Vec::new());
        };
        let spatial = prepared.slide.spatial();
        let neighbours = Neighbours::new(spatial.indptr(), spatial.indices())?;
        let diffuse = |x: &Array2<f32>, strength| smooth(spatial, x, strength);
        let mut seen = Vec::new();
        for components in &prepared.components {
            seen.extend(views.voting(components, neighbours, diffuse)?);
        }
        Ok(seen)
    }

    /// The views for a slide of `n` spots.
    pub(super) fn views_of(&self, n: usize) -> Option<&Views> {
        self.config.views.as_ref().filter(|_| Views::vote_on(n))
    }
}
