//! Views of a slide that vote on its domains.

use super::{Pipeline, Prepared, smooth};
use crate::Error;
use ndarray::{Array2, ArrayView2, s};
use semst_preprocess::Transform;
use semst_spatial_graph::SpatialGraph;
use serde::{Deserialize, Serialize};

/// Above this many spots the main view decides alone: twelve more mixtures would cost more than the training.
pub(super) const UP_TO: usize = 50_000;

/// The slide seen through other transforms, strengths of diffusion and numbers of components.
///
/// Which of them is right differs from tissue to tissue and no label tells it; domains that most views agree on do not hang on
/// the choice, and the share that agrees is the confidence of a spot (docs/methods.md 1.11).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// Transforms of the counts, before the principal components.
    pub transforms: Vec<Transform>,
    /// Strengths a of the diffusion `(I + aL)⁻¹`.
    pub strengths: Vec<f64>,
    /// Numbers of principal components, up to 20.
    pub components: Vec<usize>,
    /// Numbers of principal components of views that hold a spot beside the means of its first three rings: the spots exactly
    /// one, two and three links away.
    #[serde(default)]
    pub rings: Vec<usize>,
}

impl Views {
    /// Checks every number.
    ///
    /// # Errors
    /// [`Error::Config`] names the first that makes no sense.
    pub fn check(&self) -> Result<(), Error> {
        let strength = self.strengths.iter().find(|a| !(0.0..=1e6).contains(*a));
        let mut components = self.components.iter().chain(&self.rings);
        let components = components.find(|d| !(1..=20).contains(*d));
        let reason = match (strength, components) {
            (Some(a), _) => format!("views.strengths has {a}, but must be from 0 to 1e6"),
            (_, Some(d)) => format!("views asks for {d} components, but each must be from 1 to 20"),
            _ => return Ok(()),
        };
        Err(Error::Config { reason })
    }
}

impl Pipeline {
    /// The views that vote beside the embedding, each [n, components]; none when the configuration has none, or the slide more
    /// than 50,000 spots.
    ///
    /// # Errors
    /// When the diffusion fails.
    pub fn views(&self, prepared: &Prepared) -> Result<Vec<Array2<f32>>, Error> {
        let mut seen = Vec::new();
        let Some(views) = &self.config.views else {
            return Ok(seen);
        };
        for components in &prepared.components {
            for &strength in &views.strengths {
                let spread = smooth(&prepared.spatial, components, strength)?;
                for &d in &views.components {
                    let d = d.min(spread.ncols());
                    seen.push(spread.slice(s![.., ..d]).to_owned());
                }
            }
            for &d in &views.rings {
                let d = d.min(components.ncols());
                let own = components.slice(s![.., ..d]);
                seen.push(with_rings(&prepared.spatial, own));
            }
        }
        Ok(seen)
    }

    /// The views that a slide of `n` spots gets.
    pub(super) fn views_of(&self, n: usize) -> Option<&Views> {
        self.config.views.as_ref().filter(|_| n <= UP_TO)
    }
}

/// A spot beside the means of the rings one, two and three links away, [n, 4d]; a ring without spots is zero.
fn with_rings(graph: &SpatialGraph, x: ArrayView2<'_, f32>) -> Array2<f32> {
    const RINGS: usize = 3;
    let (n, d) = x.dim();
    let mut out = Array2::zeros((n, (RINGS + 1) * d));
    let mut seen_by = vec![usize::MAX; n];
    for spot in 0..n {
        out.slice_mut(s![spot, ..d]).assign(&x.row(spot));
        seen_by[spot] = spot;
        let mut ring = vec![spot];
        for hop in 1..=RINGS {
            let mut next = Vec::new();
            for &link in ring.iter().flat_map(|&i| graph.row(i).0) {
                let j = link as usize;
                if seen_by[j] != spot {
                    seen_by[j] = spot;
                    next.push(j);
                }
            }
            let mut mean = out.slice_mut(s![spot, hop * d..(hop + 1) * d]);
            next.iter().for_each(|&j| mean += &x.row(j));
            mean /= next.len().max(1) as f32;
            ring = next;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use semst_spatial_graph::{GraphBuilder, SymmetricKnnGraph};

    #[test]
    fn rings_are_what_lies_so_many_links_away() {
        // Five spots on a line.
        let places = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.1, 0.0], [4.3, 0.0]];
        let graph = SymmetricKnnGraph::new(1).build(places.view()).unwrap();
        let x = array![[1.0f32], [2.0], [4.0], [8.0], [16.0]];
        let rings = with_rings(&graph, x.view());
        assert_eq!(rings.row(0).to_vec(), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(rings.row(2).to_vec(), [4.0, 5.0, 8.5, 0.0]);
    }

    #[test]
    fn views_out_of_range_are_named() {
        let views = Views {
            transforms: vec![Transform::Log1p],
            strengths: vec![5.0],
            components: vec![10],
            rings: vec![30],
        };
        let said = views.check().unwrap_err().to_string();
        assert!(said.contains("30 components"), "{said}");
    }
}
