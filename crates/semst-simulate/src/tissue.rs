//! The result of a simulation.

use ndarray::Array2;
use semst_io::{CountMatrix, Genes, IoError, ObsColumn, SpatialDataset};

use crate::layer::NAMES;

/// A simulated section with its true layers.
#[derive(Debug, Clone)]
pub struct SimulatedTissue {
    /// Counts \[spots × genes\].
    pub counts: CountMatrix,
    /// Gene symbols in column order.
    pub symbols: Vec<String>,
    /// The name of each spot: row and column of the array, as `s_012x034`.
    pub barcodes: Vec<String>,
    /// Centres \[spots × 2\] in pixels of a full-resolution image (x to the right, y downwards).
    pub coords: Array2<f64>,
    /// True layer of each spot, an index into [`layer_names`](Self::layer_names).
    pub layers: Vec<u8>,
    /// Depth of each spot below the pia: 0 at the surface, about 1 at the end of the section.
    pub depth: Vec<f32>,
    /// Diameter of a spot in pixels.
    pub spot_diameter: f64,
    /// Distance of neighbouring spots in pixels.
    pub pitch: f64,
}

impl SimulatedTissue {
    /// Names of the domains: `L1` to `L6` and `WM`.
    #[must_use]
    pub fn layer_names(&self) -> [&'static str; 7] {
        NAMES
    }

    /// Share of entries of the counts that are not zero.
    #[must_use]
    pub fn density(&self) -> f64 {
        self.counts.nnz() as f64 / (self.counts.rows() as f64 * self.counts.cols() as f64)
    }

    /// Turns the section into a data set named `simulated`, in the form of a data set from a file.
    ///
    /// `obs` has `layer` (the truth, ordered categories) and `depth`.
    ///
    /// # Errors
    ///
    /// [`IoError::Empty`] when no count was drawn, which can happen with a very small `depth`.
    pub fn into_dataset(self) -> Result<SpatialDataset, IoError> {
        let layer = ObsColumn::Categorical {
            codes: self
                .layers
                .iter()
                .map(|layer| Some(u32::from(*layer)))
                .collect(),
            categories: NAMES.map(String::from).to_vec(),
            ordered: true,
        };
        let depth = ObsColumn::Numeric(self.depth.iter().map(|depth| f64::from(*depth)).collect());
        let genes = Genes::new(self.symbols);
        SpatialDataset::new("simulated", self.counts, self.barcodes, genes, self.coords)?
            .with_obs("layer", layer)?
            .with_obs("depth", depth)
    }
}
