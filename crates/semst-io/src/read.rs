//! Finds the reader of a path and reads the slide.

mod foreign;
mod occupied;

use std::collections::HashMap;
use std::path::Path;

use crate::dataset::SpatialDataset;
use crate::doubts::doubts;
use crate::error::IoError;
use crate::h5;
use crate::h5ad::H5ad;
use crate::h5ad::coordinates::distinct;
use crate::obs::ObsColumn;
use crate::read_config::ReadConfig;
use crate::reader::{Match, Reader};
use crate::report::ReadReport;
use crate::space_ranger::SpaceRanger;

use self::occupied::only_occupied;

/// The readers of the formats of this crate, in the order in which [`read`] tries them.
pub const READERS: &[&dyn Reader] = &[&H5ad, &SpaceRanger];

/// Reads a slide: an `.h5ad` file or a Space Ranger folder (or the folder above its `outs/`).
///
/// Spots and genes without a single count are dropped and counted in the report; spots without
/// annotation are kept.
///
/// # Errors
/// Every [`IoError`] of reading: a missing, foreign, truncated or damaged file,
/// no counts, no coordinates, values that are not counts, coordinates that are not finite, a key of
/// the config that does not exist.
///
/// # Complexity
/// O(nnz) time; at most about three times the memory of the counts, plus the size of the file on
/// disk.
pub fn read(path: &Path, config: &ReadConfig) -> Result<(SpatialDataset, ReadReport), IoError> {
    read_with(READERS, path, config)
}

/// Reads a slide as [`read`] does, in a format of any of these readers.
///
/// # Errors
/// As [`read`], and [`IoError::UnknownFormat`] when none of the readers recognises the path.
pub fn read_with(
    readers: &[&dyn Reader],
    path: &Path,
    config: &ReadConfig,
) -> Result<(SpatialDataset, ReadReport), IoError> {
    let reader = reader_of(readers, path)?;
    // The decoders of pictures and tables may panic on a damaged file.
    let (whole, mut report) = h5::guarded(path, || reader.read(path, config))?;
    let whole = match &config.subset {
        Some(subset) => subset.of(&whole)?,
        None => whole,
    };
    let slide = only_occupied(whole, &mut report)?;
    slide.check()?;
    check_flat(&slide, &report)?;
    report.doubts.extend(doubts(&slide));
    Ok((slide, report))
}

/// Checks that no third coordinate tells the spots apart.
fn check_flat(slide: &SpatialDataset, report: &ReadReport) -> Result<(), IoError> {
    let planes = slide.z.as_ref().map_or(0, |z| distinct(z));
    if planes < 2 {
        return Ok(());
    }
    Err(IoError::ThirdAxis {
        path: slide.source.path().unwrap_or(slide.name.as_ref()).into(),
        slot: report.coordinates_from.clone(),
        planes,
        section: slide.z.as_deref().and_then(|z| section(slide, z)),
    })
}

/// The first column of `obs` whose values each have one third coordinate, and the first value, as `KEY=VALUE`.
fn section(slide: &SpatialDataset, z: &[f64]) -> Option<String> {
    let names_planes = |column: &ObsColumn| {
        let labels = column.labels();
        let mut plane_of: HashMap<&str, u64> = HashMap::new();
        let flat = labels.iter().zip(z).all(|(label, z)| {
            let plane = (z + 0.0).to_bits();
            let label = label.as_deref();
            label.is_some_and(|label| *plane_of.entry(label).or_insert(plane) == plane)
        });
        let repeated = 2 * plane_of.len() <= labels.len();
        let first = labels.first().cloned().flatten();
        first.filter(|_| flat && repeated && plane_of.len() > 1)
    };
    let mut columns = slide.obs.iter();
    columns.find_map(|(key, column)| Some(format!("{key}={}", names_planes(column)?)))
}

/// Finds the reader of a path: the first that is sure, else the first that may be right.
///
/// # Errors
/// [`IoError::NotFound`], [`IoError::Read`] when the path cannot be accessed, [`IoError::OtherFormat`] and [`IoError::UnknownFormat`].
///
/// # Examples
/// ```
/// use semst_io::{IoError, READERS, reader_of};
/// let error = reader_of(READERS, "no/such/file.h5ad".as_ref()).err();
/// assert!(matches!(error, Some(IoError::NotFound { .. })));
/// ```
pub fn reader_of<'a>(readers: &[&'a dyn Reader], path: &Path) -> Result<&'a dyn Reader, IoError> {
    std::fs::metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => IoError::NotFound { path: path.into() },
        _ => IoError::Read {
            path: path.into(),
            source,
        },
    })?;
    let mut possible = None;
    for &reader in readers {
        match reader.recognises(path) {
            Match::Yes => return Ok(reader),
            Match::Maybe => possible = possible.or(Some(reader)),
            Match::No => {}
        }
    }
    if let Some(refusal) = foreign::refusal(path) {
        return Err(refusal);
    }
    possible.ok_or_else(|| IoError::UnknownFormat {
        path: path.into(),
        readers: readers.iter().map(|r| r.name().to_owned()).collect(),
    })
}
