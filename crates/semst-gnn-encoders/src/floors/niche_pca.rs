//! NichePCA: principal components of neighbourhood means.

use super::components::components;
use crate::{EncoderConfig, EncoderError, FixedLatent, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use semst_preprocess::{Normalize, Preprocess};
use semst_spatial_graph::{KnnGraph, ShippedGraph, SpatialGraph};
use serde::{Deserialize, Serialize};

/// Configures [`NichePca`]. The neighbours are the links of the spatial graph; in the recipe, the 25 nearest spots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NichePcaConfig {
    /// Principal components of the means (authors' workflow: 30).
    pub n_components: usize,
}

/// The mean expression of each spot and its neighbours, reduced by PCA.
///
/// The mean is taken before the reduction, so that the components describe what differs between places and not between cells.
///
/// # Complexity
/// O(links · genes) for the means, which are dense: 8 bytes per spot and gene in memory.
///
/// # References
/// NichePCA, Schaub et al., Bioinformatics 2025; docs/methods.md 1.8.
pub type NichePca = Untrained<NichePcaConfig>;

impl Default for NichePcaConfig {
    fn default() -> Self {
        Self { n_components: 30 }
    }
}

impl NichePcaConfig {
    /// The authors' settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of components.
    pub fn with_n_components(mut self, n_components: usize) -> Self {
        self.n_components = n_components;
        self
    }
}

impl EncoderConfig for NichePcaConfig {
    type Encoder = NichePca;

    const NAME: &'static str = "niche-pca";

    fn check(&self) -> Result<(), EncoderError> {
        EncoderError::width("n_components", self.n_components)
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            preprocess: Preprocess::stagate()
                .with_n_top_genes(5000)
                .with_normalize(Normalize::to_median()),
            graph: ShippedGraph::DirectedKnn(KnnGraph::new(25)),
            source: "NichePCA's README: knn=25, median normalisation, log1p, 30 components; at most 5,000 genes is our choice, \
                     for the memory",
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
    ) -> Result<NichePca, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for NichePcaConfig {
    fn width(&self, n_features: usize) -> usize {
        self.n_components.min(n_features)
    }

    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let features = slide.features.to_matrix().to_dense();
        let width = self.width(features.ncols());
        components(&means(features.view(), &slide.spatial), width)
    }
}

/// The mean of each spot and its neighbours; weights and self-links of the graph have no effect.
fn means(features: ArrayView2<'_, f32>, graph: &SpatialGraph) -> Array2<f32> {
    let mut means = features.to_owned();
    let rows = means.axis_iter_mut(Axis(0)).into_par_iter().enumerate();
    rows.for_each(|(spot, mut mean)| {
        let near = graph.row(spot).0.iter().map(|&other| other as usize);
        let near: Vec<usize> = near.filter(|other| *other != spot).collect();
        near.iter().for_each(|other| mean += &features.row(*other));
        mean /= (near.len() + 1) as f32;
    });
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;
    use ndarray::array;
    use semst_spatial_graph::Link;

    #[test]
    fn means_include_the_spot_and_no_weights() -> Result<(), EncoderError> {
        let links = [
            Link::new(0, 0),
            Link::new(0, 1).with_weight(9.0),
            Link::new(1, 0),
            Link::new(1, 2),
        ];
        let graph = SpatialGraph::from_edges(3, links)?;
        let x = array![[1.0, 0.0], [3.0, 6.0], [8.0, 3.0]];
        let want = array![[2.0, 3.0], [4.0, 3.0], [8.0, 3.0]];
        assert_eq!(means(x.view(), &graph), want);
        // The first two columns of the means vary; the mean of the first is 14/3.
        let features = Features::dense(x.into_iter().collect(), 3, 2, &Device::flex());
        let latent = NichePcaConfig::new().latent(&SlideData::new(features, graph))?;
        let want = [2.0f32 - 14.0 / 3.0, 4.0 - 14.0 / 3.0, 8.0 - 14.0 / 3.0];
        for (got, want) in latent.column(0).iter().zip(want) {
            assert!((got - want).abs() < 1e-5, "{got} {want}");
        }
        assert!(NichePcaConfig::new().with_n_components(0).check().is_err());
        Ok(())
    }
}
