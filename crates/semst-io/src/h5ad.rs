//! AnnData in HDF5 (`.h5ad`), encodings of anndata 0.7 and later.

use std::path::Path;

use crate::doubts::about_libraries;
use crate::error::IoError;
use crate::h5::H5File;
use crate::read::draft::Draft;
use crate::read::{ReadConfig, short_name};
use crate::report::ReadReport;
use crate::source::Source;

pub(crate) mod aligned;
pub(crate) mod contents;
mod coordinates;
pub(crate) mod edit;
mod encoding;
pub(crate) mod frame;
pub(crate) mod fresh;
mod gene_names;
pub(crate) mod matrix;
pub(crate) mod picture;
pub(crate) mod run;
mod uns;

/// Reads everything of an `.h5ad` that a [`SpatialDataset`](crate::SpatialDataset) holds.
pub(crate) fn read_draft(path: &Path, config: &ReadConfig) -> Result<(Draft, ReadReport), IoError> {
    let file = H5File::open(path)?;
    let mut report = ReadReport::default();
    let barcodes = frame::index(&file, "obs")?;
    let spatial = coordinates::read(&file, config, barcodes.len(), &mut report)?;
    let found = matrix::read_counts(&file, config, barcodes.len())?;
    report.counts_from.clone_from(&found.slot);
    let names = gene_names::read(&file, config, found.var)?;
    report.symbols_from = names.symbols_from;
    let obs = frame::columns(&file, "obs", barcodes.len(), &mut report.left_out)?;
    let image = match config.image {
        Some(preferred) => picture::read(&file, config, preferred, &mut report.left_out)?,
        None => None,
    };
    if config.library.is_none() {
        report
            .doubts
            .extend(about_libraries(&file.groups("uns/spatial")?));
    }
    let n_rows = barcodes.len();
    let draft = Draft {
        name: short_name(path),
        counts: found.counts,
        barcodes,
        symbols: names.symbols,
        ids: names.ids,
        spatial,
        obs,
        image,
        source: Source::H5ad {
            path: path.into(),
            rows: (0..n_rows).collect(),
            n_rows,
        },
    };
    Ok((draft, report))
}
