//! BANKSY: a spot next to the mean and the gradient of its neighbourhood.

mod neighborhood;

use super::components::components;
use crate::{EncoderConfig, EncoderError, FixedLatent, Needs, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::{Array2, ArrayViewMut2, Axis, s};
use neighborhood::Neighborhood;
use rayon::prelude::*;
use semst_preprocess::{Normalize, Preprocess};
use serde::{Deserialize, Serialize};

/// Configures [`Banksy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BanksyConfig {
    /// The share of the neighbourhood, 0 to 1 (authors: 0.2 for cell types and for domains on Visium, which is the default; 0.8 for
    /// domains on platforms with single cells).
    pub lambda: f64,
    /// Nearest spots of the mean; the gradient has twice as many (authors: 15). A slide with fewer spots uses all.
    pub k: usize,
    /// Principal components of all blocks together (authors: 20).
    pub n_components: usize,
}

/// Expression, the weighted mean of the neighbours and the size of the gradient, side by side and reduced by PCA.
///
/// Every gene of every block has mean zero and variance one, and the blocks weigh 1 − λ, 2λ/3 and λ/3.
///
/// # Complexity
/// O(n · k · genes) for the blocks, which are dense: 16 bytes per spot and gene in memory.
///
/// # References
/// BANKSY, Singhal et al., Nature Genetics 2024; docs/methods.md 1.8.
pub type Banksy = Untrained<BanksyConfig>;

impl Default for BanksyConfig {
    fn default() -> Self {
        Self {
            lambda: 0.2,
            k: 15,
            n_components: 20,
        }
    }
}

impl BanksyConfig {
    /// The authors' settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the share of the neighbourhood.
    pub fn with_lambda(mut self, lambda: f64) -> Self {
        self.lambda = lambda;
        self
    }

    /// Sets the number of neighbours.
    pub fn with_k(mut self, k: usize) -> Self {
        self.k = k;
        self
    }

    /// Sets the number of components.
    pub fn with_n_components(mut self, n_components: usize) -> Self {
        self.n_components = n_components;
        self
    }

    /// The three blocks side by side, standardised and weighted, [n, 3f].
    fn blocks(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let x = slide.features.to_matrix().to_dense();
        let coords = slide.coordinates(Self::NAME)?.view();
        let (n, f) = x.dim();
        let (near, far) = (
            Neighborhood::new(coords, self.k)?,
            Neighborhood::new(coords, 2 * self.k)?,
        );
        let mut blocks = Array2::zeros((n, 3 * f));
        blocks.slice_mut(s![.., ..f]).assign(&x);
        let rows = blocks.axis_iter_mut(Axis(0)).into_par_iter().enumerate();
        rows.for_each(|(spot, mut row)| {
            let (mean, gradient) = (near.mean(spot, &x), far.gradient(spot, &x));
            let values = mean.into_iter().chain(gradient);
            row.iter_mut()
                .skip(f)
                .zip(values)
                .for_each(|(to, value)| *to = value as f32);
        });
        // A gene whose mean or gradient varies less than this differs by rounding alone.
        let squares = x.map_axis(Axis(0), |gene| {
            gene.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>()
        });
        let floor: Vec<f64> = squares.iter().map(|sum| 1e-10 * sum).collect();
        let shares = [
            1.0 - self.lambda,
            2.0 * self.lambda / 3.0,
            self.lambda / 3.0,
        ];
        for (block, share) in shares.into_iter().enumerate() {
            let block = blocks.slice_mut(s![.., block * f..(block + 1) * f]);
            standardize(block, &floor, share.sqrt());
        }
        Ok(blocks)
    }
}

impl EncoderConfig for BanksyConfig {
    type Encoder = Banksy;

    const NAME: &'static str = "banksy";

    fn check(&self) -> Result<(), EncoderError> {
        for (field, value, bound, range) in [
            ("lambda", self.lambda, "from 0 to 1", 0.0..=1.0),
            ("k", self.k as f64, "from 1 to 1000", 1.0..=1000.0),
        ] {
            if !range.contains(&value) {
                return Err(EncoderError::OutOfRange {
                    field,
                    value,
                    bound,
                });
            }
        }
        EncoderError::width("n_components", self.n_components)
    }

    fn needs(&self) -> Needs {
        Needs::new().with_coordinates()
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            preprocess: Preprocess::stagate()
                .with_n_top_genes(2000)
                .with_normalize(Normalize::to_median()),
            source: "2,000 variable genes and their logarithm are our choice; median normalisation",
            ..Recipe::floor()
        }
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Banksy, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for BanksyConfig {
    fn width(&self, n_features: usize) -> usize {
        self.n_components.min(3 * n_features)
    }

    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let width = self.width(slide.features.dims()[1]);
        components(&self.blocks(slide)?, width)
    }
}

/// Gives every column mean zero and standard deviation `scale`, or makes it zero if its squared deviations sum to at most `floor`.
fn standardize(mut block: ArrayViewMut2<'_, f32>, floor: &[f64], scale: f64) {
    let n = block.nrows().max(1) as f64;
    let mut sums = vec![0.0f64; floor.len()];
    for row in block.rows() {
        let values = sums.iter_mut().zip(row);
        values.for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let means: Vec<f64> = sums.into_iter().map(|sum| sum / n).collect();
    let mut squares = vec![0.0f64; floor.len()];
    for row in block.rows() {
        let values = squares.iter_mut().zip(row).zip(&means);
        values.for_each(|((sum, &value), mean)| *sum += (f64::from(value) - mean).powi(2));
    }
    let factors = squares
        .iter()
        .zip(floor)
        .map(|(sum, floor)| match sum > floor {
            true => scale / (sum / n).sqrt(),
            false => 0.0,
        });
    let factors: Vec<f64> = factors.collect();
    for mut row in block.rows_mut() {
        for ((value, mean), factor) in row.iter_mut().zip(&means).zip(&factors) {
            *value = ((f64::from(*value) - mean) * factor) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;
    use ndarray::array;
    use semst_spatial_graph::SpatialGraph;

    #[test]
    fn columns_are_standardised_unless_they_are_constant() {
        let mut block = array![[1.0f32, 3.0], [3.0, 3.0]];
        standardize(block.view_mut(), &[0.0, 0.0], 2.0);
        assert_eq!(block, array![[-2.0, 0.0], [2.0, 0.0]]);
    }

    #[test]
    fn the_blocks_are_weighted() -> Result<(), EncoderError> {
        // Two spots: each is the other's only neighbour, so their means swap and no gradient varies.
        let links = SpatialGraph::from_edges(2, [])?;
        let features = Features::dense(vec![1.0, 7.0], 2, 1, &Device::flex());
        let slide = SlideData::new(features, links).with_coords(array![[0.0, 0.0], [1.0, 0.0]]);
        let blocks = BanksyConfig::new().with_lambda(0.6).blocks(&slide)?;
        let (own, mean) = (0.4f32.sqrt(), 0.4f32.sqrt());
        let want = array![[-own, mean, 0.0], [own, -mean, 0.0]];
        assert!((&blocks - &want).iter().all(|d| d.abs() < 1e-6), "{blocks}");
        let latent = BanksyConfig::new().with_lambda(0.6).latent(&slide)?;
        // Half the distance between the rows, 2 √(0.4 + 0.4).
        assert!((latent[[0, 0]].abs() - 0.8f32.sqrt()).abs() < 1e-6);
        assert_eq!(latent.ncols(), 3);
        Ok(())
    }

    #[test]
    fn fields_are_checked() {
        for (config, field) in [
            (BanksyConfig::new().with_lambda(f64::NAN), "lambda"),
            (BanksyConfig::new().with_k(0), "k"),
            (BanksyConfig::new().with_n_components(0), "n_components"),
        ] {
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }
}
