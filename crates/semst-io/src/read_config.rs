//! How to read a slide.

mod input_is;

use serde::{Deserialize, Serialize};

use crate::subset::Subset;
use crate::tissue::ImageResolution;

pub use self::input_is::InputIs;

/// How to read. Plain data; the defaults suit files as scanpy, squidpy and Space Ranger write them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadConfig {
    /// The layer that holds the counts (`"X"` for the main matrix). Default: `layers/counts`, else
    /// `X`, else `raw/X`, the first that holds whole numbers (scanpy's tutorials keep counts there).
    pub layer: Option<String>,
    /// The kind of the values: counts, log-normalised values, or either. Default: counts.
    pub input_is: InputIs,
    /// The column of `var` that holds gene symbols. Default: the index, unless it holds Ensembl
    /// ids and `gene_symbols`, `gene_names`, `gene_name`, `feature_name` or `symbol` is there.
    pub gene_symbols: Option<String>,
    /// The key in `obsm` of the coordinates. Default: `spatial` (squidpy), then `X_spatial`, then
    /// columns of `obs`: `x` and `y`, `x_centroid` and `y_centroid` (Xenium), `CenterX_global_px` and
    /// `CenterY_global_px` (CosMx), `center_x` and `center_y` (MERSCOPE), those of Space Ranger.
    pub spatial_key: Option<String>,
    /// The spots that take part. Default: all.
    pub subset: Option<Subset>,
    /// The library in `uns["spatial"]` to take the picture from. Default: the one that has the name of the
    /// subset, else the first.
    pub library: Option<String>,
    /// The preferred picture; `None` reads no picture. Default: the low-resolution one, which is enough
    /// to draw spots on and is the only one that every folder has.
    pub image: Option<ImageResolution>,
    /// The keys of `obsm` to read as well: one row per spot. Default: none.
    pub obsm: Vec<String>,
    /// The keys of `varm` to read as well: one row per gene. Default: none.
    pub varm: Vec<String>,
    /// The keys of `obsp` to read as well: weights between spots. Default: none.
    pub obsp: Vec<String>,
    /// The most memory that reading a file may take, in MiB. Default: 300 and 20 times the size of the file, because a few bytes
    /// of a file can declare any size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
}

impl Default for ReadConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl ReadConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            layer: None,
            input_is: InputIs::Counts,
            gene_symbols: None,
            spatial_key: None,
            subset: None,
            library: None,
            image: Some(ImageResolution::Lowres),
            obsm: Vec::new(),
            varm: Vec::new(),
            obsp: Vec::new(),
            memory_mib: None,
        }
    }

    /// Takes the counts from this layer (`"X"` for the main matrix).
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// Takes values of this kind.
    pub fn with_input_is(mut self, kind: InputIs) -> Self {
        self.input_is = kind;
        self
    }

    /// Takes the gene symbols from this column of `var`.
    pub fn with_gene_symbols(mut self, column: impl Into<String>) -> Self {
        self.gene_symbols = Some(column.into());
        self
    }

    /// Takes the coordinates from this key of `obsm`.
    pub fn with_spatial_key(mut self, key: impl Into<String>) -> Self {
        self.spatial_key = Some(key.into());
        self
    }

    /// Reads these spots only.
    pub fn with_subset(mut self, subset: Subset) -> Self {
        self.subset = Some(subset);
        self
    }

    /// Takes the picture of this library.
    pub fn with_library(mut self, library: impl Into<String>) -> Self {
        self.library = Some(library.into());
        self
    }

    /// Prefers this picture, or reads none.
    pub fn with_image(mut self, image: Option<ImageResolution>) -> Self {
        self.image = image;
        self
    }

    /// Reads `obsm[key]` along with the slide, into [`SpatialDataset::obsm`](crate::SpatialDataset::obsm).
    pub fn with_obsm(mut self, key: impl Into<String>) -> Self {
        add(&mut self.obsm, key.into());
        self
    }

    /// Reads `varm[key]` along with the slide, into [`SpatialDataset::varm`](crate::SpatialDataset::varm).
    pub fn with_varm(mut self, key: impl Into<String>) -> Self {
        add(&mut self.varm, key.into());
        self
    }

    /// Reads `obsp[key]` along with the slide, into [`SpatialDataset::obsp`](crate::SpatialDataset::obsp).
    pub fn with_obsp(mut self, key: impl Into<String>) -> Self {
        add(&mut self.obsp, key.into());
        self
    }

    /// Lets reading take this much memory.
    pub fn with_memory_mib(mut self, mib: u64) -> Self {
        self.memory_mib = Some(mib);
        self
    }

    /// The bound on memory in bytes.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.memory_mib.map(|mib| mib.saturating_mul(1 << 20))
    }
}

fn add(keys: &mut Vec<String>, key: String) {
    if !keys.contains(&key) {
        keys.push(key);
    }
}
