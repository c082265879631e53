//! AnnData in HDF5 (`.h5ad`), encodings of anndata 0.7 and later.

use std::path::Path;

use crate::contents::Contents;
use crate::dataset::SpatialDataset;
use crate::doubts::{about_libraries, about_lognorm};
use crate::draft::Draft;
use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::read_config::ReadConfig;
use crate::reader::{Match, Reader};
use crate::report::ReadReport;
use crate::slide_name::short_name;
use crate::source::Source;

pub(crate) mod aligned;
mod axes;
mod compact;
pub(crate) mod contents;
pub(crate) mod coordinates;
pub(crate) mod drawable;
pub(crate) mod edit;
mod encoding;
pub(crate) mod frame;
pub(crate) mod fresh;
mod gene_names;
pub(crate) mod matrix;
pub(crate) mod picture;
pub(crate) mod run;
mod uns;

/// Reads AnnData in HDF5, as anndata 0.7 and later write it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct H5ad;

impl Reader for H5ad {
    fn name(&self) -> &'static str {
        "h5ad"
    }

    /// Yes for HDF5 with an `obs`; maybe for every other file, so that the error names what is missing.
    fn recognises(&self, path: &Path) -> Match {
        if path.is_dir() {
            return Match::No;
        }
        let has_obs = h5::guarded(path, || H5File::open(path)?.is_group("obs"));
        match has_obs {
            Ok(true) => Match::Yes,
            _ => Match::Maybe,
        }
    }

    fn read(
        &self,
        path: &Path,
        config: &ReadConfig,
    ) -> Result<(SpatialDataset, ReadReport), IoError> {
        h5::guarded(path, || {
            let (draft, mut report) = read_draft(path, config)?;
            Ok((draft.into_whole(&mut report)?, report))
        })
    }

    fn contents(&self, path: &Path) -> Result<Option<Contents>, IoError> {
        h5::guarded(path, || contents::of_file(&H5File::open(path)?).map(Some))
    }
}

/// The way of reading with the library of the subset, where there is one of its name.
pub(crate) fn of_subset(config: &ReadConfig, libraries: &[String]) -> ReadConfig {
    let mut config = config.clone();
    let subset = config.subset.as_ref().map(|subset| &subset.value);
    let named = subset.filter(|value| libraries.contains(value)).cloned();
    config.library = config.library.or(named);
    config
}

/// Reads everything in an `.h5ad` that a [`SpatialDataset`] can hold.
fn read_draft(path: &Path, config: &ReadConfig) -> Result<(Draft, ReadReport), IoError> {
    let file = H5File::open_within(path, config.memory())?;
    let mut report = ReadReport::default();
    let barcodes = frame::index(&file, "obs")?;
    let coordinates::Coordinates { points, z } =
        coordinates::read(&file, config, barcodes.len(), &mut report)?;
    let libraries = picture::libraries(&file)?;
    let found = matrix::read_counts(&file, config, barcodes.len())?;
    report.counts_from.clone_from(&found.slot);
    if found.lognorm {
        report.counts_from += " (log-normalised)";
        report.doubts.extend(about_lognorm(&found.counts));
    }
    let names = gene_names::read(&file, config, found.var)?;
    report.symbols_from = names.symbols_from;
    let obs = frame::columns(&file, "obs", barcodes.len(), &mut report.left_out)?;
    let image = match config.image {
        Some(_) if coordinates::are_array_positions(&report) => {
            if !libraries.is_empty() {
                let reason = "the pictures, because array positions are no pixels";
                report.left_out.push(reason.into());
            }
            None
        }
        Some(preferred) => {
            let config = of_subset(config, &libraries);
            let image = picture::read(&file, &config, preferred, &mut report)?;
            picture::under(&points, image, &mut report.left_out)
        }
        None => None,
    };
    if config.library.is_none() && config.subset.is_none() {
        report.doubts.extend(about_libraries(&libraries));
    }
    let n_rows = barcodes.len();
    let aligned = aligned::read(&file, config, n_rows, found.var)?;
    let draft = Draft {
        name: short_name(path),
        counts: found.counts,
        lognorm: found.lognorm,
        barcodes,
        symbols: names.symbols,
        ids: names.ids,
        spatial: points,
        z,
        obs,
        image,
        aligned,
        source: Source::H5ad {
            path: path.into(),
            rows: (0..n_rows).collect(),
            n_rows,
        },
    };
    Ok((draft, report))
}
