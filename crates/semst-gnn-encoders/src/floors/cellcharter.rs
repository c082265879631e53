//! CellCharter's aggregation: a spot next to the means of its rings.

use crate::{EncoderConfig, EncoderError, FixedLatent, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::{Array2, ArrayView2, s};
use semst_spatial_graph::{DelaunayGraph, ShippedGraph, SpatialGraph};
use serde::{Deserialize, Serialize};

/// Configures [`Cellcharter`]. The graph of the recipe is a Delaunay triangulation without its longest percent of links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CellcharterConfig {
    /// Rings whose means stand next to the spot (CellCharter: 3).
    pub rings: usize,
}

/// The features of a spot, which should be principal components, next to their means over the spots exactly 1, 2, … links away.
///
/// A ring without spots is zero, the mean of components. CellCharter reduces the counts by a trained network (scVI); this encoder
/// has components in its place, so that it needs no training.
///
/// # References
/// CellCharter, Varrone et al., Nature Genetics 2024; docs/methods.md 1.8.
pub type Cellcharter = Untrained<CellcharterConfig>;

impl Default for CellcharterConfig {
    fn default() -> Self {
        Self { rings: 3 }
    }
}

impl CellcharterConfig {
    /// The authors' settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of rings.
    pub fn with_rings(mut self, rings: usize) -> Self {
        self.rings = rings;
        self
    }
}

impl EncoderConfig for CellcharterConfig {
    type Encoder = Cellcharter;

    const NAME: &'static str = "cellcharter";

    fn check(&self) -> Result<(), EncoderError> {
        if (1..=20).contains(&self.rings) {
            return Ok(());
        }
        Err(EncoderError::OutOfRange {
            field: "rings",
            value: self.rings as f64,
            bound: "from 1 to 20",
        })
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            graph: ShippedGraph::Delaunay(DelaunayGraph::new()),
            source: "CellCharter 0.3.7 (graph, rings); the features are those of docs/protocol.md",
            ..Recipe::floor()
        }
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Cellcharter, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for CellcharterConfig {
    fn width(&self, n_features: usize) -> usize {
        (self.rings + 1) * n_features
    }

    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let features = slide.features.to_matrix().to_dense();
        Ok(with_rings(features.view(), &slide.spatial, self.rings))
    }

    /// The outermost ring.
    fn hops(&self) -> Option<usize> {
        Some(self.rings)
    }
}

/// The row of each spot, then its means over the rings, [n, (rings + 1) · f].
fn with_rings(x: ArrayView2<'_, f32>, graph: &SpatialGraph, rings: usize) -> Array2<f32> {
    let (n, f) = x.dim();
    let mut out = Array2::zeros((n, (rings + 1) * f));
    let mut seen_by = vec![usize::MAX; n];
    for spot in 0..n {
        out.slice_mut(s![spot, ..f]).assign(&x.row(spot));
        seen_by[spot] = spot;
        let mut ring = vec![spot];
        for hop in 1..=rings {
            let mut next = Vec::new();
            for &link in ring.iter().flat_map(|&at| graph.row(at).0) {
                let other = link as usize;
                if std::mem::replace(&mut seen_by[other], spot) != spot {
                    next.push(other);
                }
            }
            let mut mean = out.slice_mut(s![spot, hop * f..(hop + 1) * f]);
            next.iter().for_each(|&other| mean += &x.row(other));
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
    use semst_spatial_graph::Link;

    #[test]
    fn rings_exclude_nearer_spots() -> Result<(), EncoderError> {
        // A star: 0 in the middle, 1 to 3 around it, and 4 behind 3.
        let links = [(0, 1), (0, 2), (0, 3), (3, 4)];
        let both = links.map(|(a, b)| [Link::new(a, b), Link::new(b, a)]);
        let graph = SpatialGraph::from_edges(5, both.into_iter().flatten())?;
        let x = array![[1.0], [2.0], [4.0], [6.0], [9.0]];
        let rings = with_rings(x.view(), &graph, 3);
        assert_eq!(rings.row(0).to_vec(), [1.0, 4.0, 9.0, 0.0]);
        assert_eq!(rings.row(1).to_vec(), [2.0, 1.0, 5.0, 9.0]);
        assert_eq!(rings.row(4).to_vec(), [9.0, 6.0, 1.0, 3.0]);
        Ok(())
    }

    #[test]
    fn the_rings_are_bounded() {
        for rings in [0, 21] {
            let error = CellcharterConfig::new().with_rings(rings).check();
            assert!(error.is_err_and(|e| e.to_string().starts_with("rings is")));
        }
    }
}
