//! RASP: principal components smoothed by inverse distances.

use crate::{EncoderConfig, EncoderError, FixedLatent, Needs, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::Array2;
use semst_spatial_graph::{KnnGraph, ShippedGraph};
use serde::{Deserialize, Serialize};

/// Configures [`Rasp`]. The neighbours are the links of the spatial graph; in the recipe, the 10 nearest spots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RaspConfig {
    /// The power b of the weights d⁻ᵇ (2, the largest in the paper): larger smooths less.
    pub beta: f64,
    /// Weights below this share of the largest of their spot are zero (0.01, our choice).
    pub threshold: f64,
}

/// Features, which should be principal components, averaged over a spot and its neighbours with inverse distances as weights.
///
/// The spot weighs as much as its nearest neighbour. No distance counts as smaller than that of the nearest neighbour at another
/// place, so that spots in the same place have finite weights.
///
/// # References
/// RASP, Randomized Spatial PCA, 2025, <https://doi.org/10.1371/journal.pcbi.1013759>; docs/methods.md 1.8.
pub type Rasp = Untrained<RaspConfig>;

impl Default for RaspConfig {
    fn default() -> Self {
        Self {
            beta: 2.0,
            threshold: 0.01,
        }
    }
}

impl RaspConfig {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the power.
    pub fn with_beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    /// Sets the share below which weights are zero.
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// The weights of neighbours at these distances, relative to the weight of the spot itself, which is the largest.
    fn weights(&self, distances: &[f64]) -> Vec<f64> {
        let apart = distances.iter().copied().filter(|d| *d > 0.0);
        let nearest = apart.min_by(f64::total_cmp).unwrap_or(1.0);
        let weight = |d: &f64| (d.max(nearest) / nearest).powf(-self.beta);
        let kept = |w: f64| if w < self.threshold { 0.0 } else { w };
        distances.iter().map(|d| kept(weight(d))).collect()
    }
}

impl EncoderConfig for RaspConfig {
    type Encoder = Rasp;

    const NAME: &'static str = "rasp";

    fn check(&self) -> Result<(), EncoderError> {
        for (field, value, bound, most) in [
            ("beta", self.beta, "from 0 to 10", 10.0),
            ("threshold", self.threshold, "from 0 to 1", 1.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(EncoderError::OutOfRange {
                    field,
                    value,
                    bound,
                });
            }
        }
        Ok(())
    }

    fn needs(&self) -> Needs {
        Needs::new().with_coordinates()
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            graph: ShippedGraph::DirectedKnn(KnnGraph::new(10)),
            source: "RASP (PLOS Comput. Biol. 2025): 10 neighbours; the features are those of docs/protocol.md",
            ..Recipe::floor()
        }
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Rasp, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for RaspConfig {
    fn width(&self, n_features: usize) -> usize {
        n_features
    }

    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let features = slide.features.to_matrix().to_dense();
        let coords = slide.coordinates(Self::NAME)?;
        let mut smooth = features.clone();
        for (spot, mut row) in smooth.rows_mut().into_iter().enumerate() {
            let near = slide
                .spatial
                .row(spot)
                .0
                .iter()
                .map(|&other| other as usize);
            let near: Vec<usize> = near.filter(|other| *other != spot).collect();
            let distance = |other: &usize| {
                let away = &coords.row(*other) - &coords.row(spot);
                away.dot(&away).sqrt()
            };
            let weights = self.weights(&near.iter().map(distance).collect::<Vec<_>>());
            for (other, weight) in near.iter().zip(&weights) {
                row.scaled_add(*weight as f32, &features.row(*other));
            }
            row /= (1.0 + weights.iter().sum::<f64>()) as f32;
        }
        Ok(smooth)
    }

    /// The neighbours of a spot and nothing beyond.
    fn hops(&self) -> Option<usize> {
        Some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;
    use ndarray::array;
    use semst_spatial_graph::{Link, SpatialGraph};

    #[test]
    fn weights_fall_with_the_distance() {
        let rasp = RaspConfig::new();
        assert_eq!(rasp.weights(&[2.0, 4.0, 22.0]), [1.0, 0.25, 0.0]);
        assert_eq!(rasp.weights(&[0.0, 2.0, 4.0]), [1.0, 1.0, 0.25]);
        assert_eq!(rasp.weights(&[0.0, 0.0]), [1.0, 1.0]);
        assert!(rasp.weights(&[]).is_empty());
        let even = RaspConfig::new().with_beta(0.0);
        assert_eq!(even.weights(&[2.0, 40.0]), [1.0, 1.0]);
    }

    #[test]
    fn a_spot_weighs_as_much_as_its_nearest() -> Result<(), EncoderError> {
        let graph = SpatialGraph::from_edges(3, [Link::new(0, 1), Link::new(0, 2)])?;
        let features = Features::dense(vec![1.0, 5.0, 12.0], 3, 1, &Device::flex());
        let slide = SlideData::new(features, graph);
        let error = RaspConfig::new().latent(&slide).unwrap_err().to_string();
        assert_eq!(
            error,
            "the encoder rasp needs coordinates: give `SlideData::coords`"
        );
        let slide = slide.with_coords(array![[0.0, 0.0], [3.0, 4.0], [0.0, 10.0]]);
        // (1 + 5 + 12 / 4) / (1 + 1 + 1 / 4)
        let smooth = RaspConfig::new().latent(&slide)?;
        assert_eq!(smooth, array![[4.0], [5.0], [12.0]]);
        let error = RaspConfig::new().with_beta(-1.0).check().unwrap_err();
        assert_eq!(error.to_string(), "beta is -1, but must be from 0 to 10");
        Ok(())
    }
}
