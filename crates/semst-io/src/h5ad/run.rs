//! Reads back what a run wrote: labels, embeddings, parameters.

use std::path::Path;

use ndarray::Array2;

use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::h5ad::aligned::array;
use crate::h5ad::{contents, coordinates, frame, of_subset, picture, uns};
use crate::obs::Obs;
use crate::read_config::ReadConfig;
use crate::report::ReadReport;
use crate::slots::UnsValue;
use crate::tissue::TissueImage;

/// An `.h5ad` without its counts: annotation, coordinates, embeddings, parameters, picture.
///
/// No spot is dropped: the rows are the spots of the file. Spots that a run left out have no
/// category and NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFile {
    /// One barcode per spot.
    pub barcodes: Vec<String>,
    /// Every column of `obs`.
    pub obs: Obs,
    /// Coordinates (x, y), where the file has them.
    pub spatial: Option<Array2<f64>>,
    /// The keys of `obsm`.
    pub obsm_keys: Vec<String>,
    /// The requested embeddings, in that order, `[N × anything]`.
    pub obsm: Vec<(String, Array2<f32>)>,
    /// `uns`, as far as [`UnsValue`] can represent it.
    pub uns: Vec<(String, UnsValue)>,
    /// The picture of the tissue, where there is one.
    pub image: Option<TissueImage>,
}

impl RunFile {
    /// The number of spots.
    pub fn n_spots(&self) -> usize {
        self.barcodes.len()
    }

    /// The entry of `uns` of that name.
    pub fn uns(&self, key: &str) -> Option<&UnsValue> {
        self.uns
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, v)| v)
    }

    /// The array of `obsm` of that name, if it was requested.
    ///
    /// # Errors
    /// [`IoError::MissingKey`], with the keys that exist.
    pub fn embedding(&self, key: &str) -> Result<&Array2<f32>, IoError> {
        let found = self.obsm.iter().find(|(name, _)| name == key);
        found
            .map(|(_, array)| array)
            .ok_or_else(|| IoError::MissingKey {
                table: "obsm".into(),
                key: key.into(),
                keys: self.obsm_keys.clone(),
            })
    }
}

/// As [`read_run_as`], with the defaults.
///
/// # Errors
/// As [`read_run_as`].
pub fn read_run(path: &Path, obsm_keys: &[&str]) -> Result<RunFile, IoError> {
    read_run_as(path, obsm_keys, &ReadConfig::new())
}

/// Reads what a run wrote. Reads only the requested keys of `obsm`.
///
/// # Errors
/// As [`read`](crate::read), but counts and coordinates are not needed;
/// [`IoError::MissingKey`] for an `obsm` key that is not there.
pub fn read_run_as(
    path: &Path,
    obsm_keys: &[&str],
    config: &ReadConfig,
) -> Result<RunFile, IoError> {
    h5::guarded(path, || {
        let file = H5File::open_within(path, config.memory())?;
        let barcodes = frame::index(&file, "obs")?;
        let n = barcodes.len();
        let mut report = ReadReport::default();
        let spatial = match coordinates::read(&file, config, n, &mut report).map(|c| c.points) {
            Ok(points) => Some(points),
            Err(IoError::NoCoordinates { .. }) => None,
            Err(error) => return Err(error),
        };
        let present = contents::keys(&file, "obsm")?;
        let mut obsm = Vec::with_capacity(obsm_keys.len());
        for key in obsm_keys {
            if !present.iter().any(|name| name == key) {
                return Err(IoError::MissingKey {
                    table: "obsm".into(),
                    key: (*key).into(),
                    keys: present,
                });
            }
            obsm.push(((*key).to_owned(), array(&file, &format!("obsm/{key}"), n)?));
        }
        let preferred = config.image.unwrap_or(crate::ImageResolution::Lowres);
        let image = if coordinates::are_array_positions(&report) {
            None
        } else {
            let config = of_subset(config, &picture::libraries(&file)?);
            let image = picture::read(&file, &config, preferred, &mut report)?;
            match &spatial {
                Some(points) => picture::under(points, image, &mut Vec::new()),
                None => image,
            }
        };
        Ok(RunFile {
            obs: frame::columns(&file, "obs", n, &mut Vec::new())?,
            image,
            uns: uns::read(&file)?,
            obsm_keys: present,
            obsm,
            spatial,
            barcodes,
        })
    })
}
