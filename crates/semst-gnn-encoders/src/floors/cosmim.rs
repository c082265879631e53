//! CoSMIM: means and covariances of neighbourhoods at several scales.

mod root;

use super::components::components;
use crate::{EncoderConfig, EncoderError, FixedLatent, Needs, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::{Array2, Axis, s};
use rayon::prelude::*;
use root::write_root;
use semst_preprocess::{FeatureMatrix, Preprocess};
use semst_spatial_graph::nearest_spots;
use serde::{Deserialize, Serialize};

/// Configures [`Cosmim`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CosmimConfig {
    /// Nearest spots of each scale (authors: 5, 15, 45). A slide with fewer spots uses all.
    pub scales: Vec<usize>,
    /// Features of the covariances, those of the largest variance (authors: 64).
    pub n_covariance: usize,
    /// The share of a multiple of the identity in each covariance, 0 to 1 (0.1, our choice).
    pub shrinkage: f64,
    /// Principal components of the means, and of the covariances of each scale (20, our choice).
    pub n_components: usize,
}

/// How expression varies around a spot, next to its mean: cells of the same mean may be mixed in different ways.
///
/// Means and roots of covariances are in the unit of the features, as in the distance between two normal distributions, so the
/// blocks are joined as they are.
///
/// # Complexity
/// O(n · c²· k) for c features of a covariance and k spots of a scale; one scale at a time, 2 c² bytes per spot: 8 kB for 64 features.
///
/// # References
/// CoSMIM; docs/methods.md 1.8.
pub type Cosmim = Untrained<CosmimConfig>;

impl Default for CosmimConfig {
    fn default() -> Self {
        Self {
            scales: vec![5, 15, 45],
            n_covariance: 64,
            shrinkage: 0.1,
            n_components: 20,
        }
    }
}

impl CosmimConfig {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the nearest spots of each scale.
    pub fn with_scales(mut self, scales: impl Into<Vec<usize>>) -> Self {
        self.scales = scales.into();
        self
    }

    /// Sets the number of features of the covariances.
    pub fn with_n_covariance(mut self, n_covariance: usize) -> Self {
        self.n_covariance = n_covariance;
        self
    }

    /// Sets the share of the identity.
    pub fn with_shrinkage(mut self, shrinkage: f64) -> Self {
        self.shrinkage = shrinkage;
        self
    }

    /// Sets the number of components of each block.
    pub fn with_n_components(mut self, n_components: usize) -> Self {
        self.n_components = n_components;
        self
    }

    /// Widths of the components of a spot, of its means, and of the covariances of one scale.
    fn widths(&self, n_features: usize) -> [usize; 3] {
        let most = |width: usize| self.n_components.min(width);
        let own = most(n_features);
        let c = self.n_covariance.min(n_features);
        [own, most(self.scales.len() * own), most(c * (c + 1) / 2)]
    }
}

impl EncoderConfig for CosmimConfig {
    type Encoder = Cosmim;

    const NAME: &'static str = "cosmim";

    fn check(&self) -> Result<(), EncoderError> {
        let count = self.scales.len() as f64;
        let mut fields = vec![
            ("scales (their number)", count, 1.0..=10.0, "from 1 to 10"),
            (
                "n_covariance",
                self.n_covariance as f64,
                1.0..=256.0,
                "from 1 to 256",
            ),
            ("shrinkage", self.shrinkage, 0.0..=1.0, "from 0 to 1"),
        ];
        let scales = self.scales.iter();
        fields.extend(scales.map(|&k| ("scales", k as f64, 1.0..=1000.0, "from 1 to 1000")));
        for (field, value, range, bound) in fields {
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
            preprocess: Preprocess::stagate(),
            source: "CoSMIM's scales and number of genes; the rest is our choice",
            ..Recipe::floor()
        }
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Cosmim, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for CosmimConfig {
    fn width(&self, n_features: usize) -> usize {
        let [_, means, covariances] = self.widths(n_features);
        means + self.scales.len() * covariances
    }

    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let features = slide.features.to_matrix();
        let (n, f) = features.shape();
        let [own, mean_width, covariance_width] = self.widths(f);
        let widest = self.scales.iter().copied().max().unwrap_or(1);
        // The spot itself and its nearest, nearest first.
        let mut cells = nearest_spots(slide.coordinates(Self::NAME)?.view(), widest)?;
        for (spot, near) in cells.iter_mut().enumerate() {
            near.insert(0, spot as u32);
        }
        let mut latent = Array2::zeros((n, self.width(f)));
        let means = means(&components(&features, own)?, &cells, &self.scales);
        let means = components(&means, mean_width)?;
        latent.slice_mut(s![.., ..mean_width]).assign(&means);
        let chosen = most_variable(&features, self.n_covariance);
        let c = chosen.ncols();
        for (at, &k) in self.scales.iter().enumerate() {
            let mut roots = Array2::zeros((n, c * (c + 1) / 2));
            let rows = roots.axis_iter_mut(Axis(0)).into_par_iter();
            rows.zip(&cells).for_each(|(row, near)| {
                let near = &near[..near.len().min(k + 1)];
                write_root(&chosen, near, self.shrinkage, row);
            });
            let from = mean_width + at * covariance_width;
            latent
                .slice_mut(s![.., from..from + covariance_width])
                .assign(&components(&roots, covariance_width)?);
        }
        Ok(latent)
    }
}

/// The means of `x` [n, d] over the first `k + 1` cells of each spot, for each scale k, [n, scales · d].
fn means(x: &Array2<f32>, cells: &[Vec<u32>], scales: &[usize]) -> Array2<f32> {
    let d = x.ncols();
    let mut means = Array2::zeros((x.nrows(), scales.len() * d));
    for (mut row, near) in means.rows_mut().into_iter().zip(cells) {
        for (at, k) in scales.iter().enumerate() {
            let near = &near[..near.len().min(k + 1)];
            let mut mean = row.slice_mut(s![at * d..(at + 1) * d]);
            near.iter().for_each(|&cell| mean += &x.row(cell as usize));
            mean /= near.len().max(1) as f32;
        }
    }
    means
}

/// The `most` features of the largest variance, in their order; of equal variances the first.
fn most_variable(features: &FeatureMatrix, most: usize) -> Array2<f32> {
    let (n, f) = features.shape();
    let mut sums = vec![[0.0f64; 2]; f];
    let mut add = |column: usize, value: f32| {
        let value = f64::from(value);
        sums[column][0] += value;
        sums[column][1] += value * value;
    };
    match features {
        FeatureMatrix::Dense(x) => x.indexed_iter().for_each(|((_, j), v)| add(j, *v)),
        FeatureMatrix::Sparse(x) => x.iter().for_each(|(v, (_, j))| add(j as usize, *v)),
    }
    let variance = |j: usize| sums[j][1] - sums[j][0] * sums[j][0] / n.max(1) as f64;
    let mut order: Vec<usize> = (0..f).collect();
    order.sort_by(|&a, &b| variance(b).total_cmp(&variance(a)).then(a.cmp(&b)));
    order.truncate(most);
    order.sort_unstable();
    match features {
        FeatureMatrix::Dense(x) => x.select(Axis(1), &order),
        FeatureMatrix::Sparse(x) => {
            let mut chosen = Array2::zeros((n, order.len()));
            for (v, (i, j)) in x.iter() {
                if let Ok(at) = order.binary_search(&(j as usize)) {
                    chosen[[i as usize, at]] = *v;
                }
            }
            chosen
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;
    use ndarray::array;

    #[test]
    fn the_most_variable_features_are_taken_from_any_matrix() -> Result<(), EncoderError> {
        let values = vec![0.0, 1.0, 5.0, 4.0, 0.0, 5.0, 0.0, 2.0, 5.0];
        let dense = Features::dense(values, 3, 3, &Device::flex());
        let sparse = Features::Sparse(dense.to_sparse()?);
        for features in [dense, sparse] {
            let features = features.to_matrix();
            let want = array![[0.0], [4.0], [0.0]];
            assert_eq!(most_variable(&features, 1), want);
            let want = array![[0.0, 1.0], [4.0, 0.0], [0.0, 2.0]];
            assert_eq!(most_variable(&features, 2), want);
        }
        Ok(())
    }

    #[test]
    fn means_are_of_the_spot_and_its_nearest() {
        let x = array![[1.0], [3.0], [8.0]];
        let cells = [vec![0, 1, 2], vec![1, 0, 2], vec![2, 1, 0]];
        let want = array![[2.0, 4.0], [2.0, 4.0], [5.5, 4.0]];
        assert_eq!(means(&x, &cells, &[1, 9]), want);
    }

    #[test]
    fn fields_are_checked() {
        let config = CosmimConfig::new;
        for (config, said) in [
            (config().with_scales([]), "scales (their number) is 0"),
            (config().with_scales([5, 0]), "scales is 0"),
            (config().with_shrinkage(-0.5), "shrinkage is -0.5"),
            (config().with_n_covariance(0), "n_covariance is 0"),
            (config().with_n_components(0), "n_components is 0"),
        ] {
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
