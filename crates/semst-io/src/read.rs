//! The way in: finds out what a path is and reads it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dataset::SpatialDataset;
use crate::error::IoError;
use crate::report::ReadReport;
use crate::tissue::ImageResolution;
use crate::{h5, h5ad, space_ranger};

pub(crate) mod draft;

/// A file format that can be read.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// AnnData in HDF5, `.h5ad`.
    H5ad,
    /// A Space Ranger output folder.
    SpaceRanger,
}

/// How to read. Plain data; the defaults suit files as scanpy, squidpy and Space Ranger write them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadConfig {
    /// The layer that holds the counts (`"X"` for the main matrix). Default: `layers/counts`, else
    /// `X`, else `raw/X`, the first that holds whole numbers (scanpy's tutorials keep counts there).
    pub layer: Option<String>,
    /// The column of `var` that holds gene symbols. Default: the index, unless it holds Ensembl
    /// ids and `gene_symbols`, `gene_names`, `gene_name`, `feature_name` or `symbol` is there.
    pub gene_symbols: Option<String>,
    /// The key in `obsm` of the coordinates. Default: `spatial` (squidpy), then `X_spatial`, then
    /// the columns `x` and `y` of `obs`.
    pub spatial_key: Option<String>,
    /// The library in `uns["spatial"]` to take the picture from. Default: the first.
    pub library: Option<String>,
    /// Which picture to prefer; `None` reads none. Default: the low-resolution one, which is enough
    /// to lay spots on and the only one that every folder has.
    pub image: Option<ImageResolution>,
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
            gene_symbols: None,
            spatial_key: None,
            library: None,
            image: Some(ImageResolution::Lowres),
        }
    }

    /// Takes the counts from this layer (`"X"` for the main matrix).
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
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
}

/// Reads a slide: an `.h5ad` file or a Space Ranger folder (or the folder above its `outs/`).
///
/// Spots and genes without a single count are dropped and counted in the report; spots without
/// annotation never are.
///
/// # Errors
/// Everything of [`IoError`] that concerns reading: a missing, foreign, truncated or damaged file,
/// no counts, no coordinates, values that are no counts, coordinates that are not finite, a key of
/// the config that does not exist.
///
/// # Complexity
/// O(nnz) time; at most about three times the memory of the counts, plus the file as it lies on
/// disk.
pub fn read(path: &Path, config: &ReadConfig) -> Result<(SpatialDataset, ReadReport), IoError> {
    let format = detect_format(path)?;
    let (draft, report) = h5::guarded(path, || match format {
        Format::H5ad => h5ad::read_draft(path, config),
        Format::SpaceRanger => space_ranger::read_draft(path, config),
    })?;
    draft.finish(report)
}

/// Finds out what a path is, without reading more than names and the first bytes.
///
/// # Errors
/// [`IoError::NotFound`], [`IoError::UnknownFolder`], [`IoError::BinSizes`] for a Visium HD folder,
/// [`IoError::LoneMatrix`] for a 10x `.h5` without its folder, [`IoError::NotHdf5`].
pub fn detect_format(path: &Path) -> Result<Format, IoError> {
    let metadata = std::fs::metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => IoError::NotFound { path: path.into() },
        _ => IoError::Read {
            path: path.into(),
            source,
        },
    })?;
    if metadata.is_dir() {
        return space_ranger::locate(path).map(|_| Format::SpaceRanger);
    }
    h5::guarded(path, || {
        let file = h5::H5File::open(path)?;
        if space_ranger::is_lone_matrix(&file)? {
            return Err(IoError::LoneMatrix { path: path.into() });
        }
        Ok(Format::H5ad)
    })
}

/// A short name for a file or folder: its stem, the folder above where it is called `outs`.
pub(crate) fn short_name(path: &Path) -> String {
    let full: PathBuf = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let named = match full.file_name() {
        Some(name) if name == "outs" => full.parent().unwrap_or(&full),
        _ => &full,
    };
    let stem = if full.is_dir() {
        named.file_name()
    } else {
        named.file_stem()
    };
    stem.map_or_else(
        || "slide".into(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
