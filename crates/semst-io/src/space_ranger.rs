//! Space Ranger output folders, versions 1 and 2.

use std::path::Path;

use ndarray::Array2;

use crate::dataset::SpatialDataset;
use crate::draft::{Aligned, Draft};
use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::obs::{Obs, ObsColumn};
use crate::read_config::InputIs;
use crate::read_config::ReadConfig;
use crate::reader::{Match, Reader};
use crate::report::ReadReport;
use crate::slide_name::short_name;
use crate::source::Source;
use crate::sparse_counts::Compressed;

mod layout;
mod matrix_h5;
mod mex;
mod pictures;
mod positions;

pub(crate) use pictures::all_pictures;

/// A feature-barcode matrix from either of the two forms; the rows are barcodes.
pub(crate) struct FeatureMatrix {
    pub(crate) counts: Compressed,
    pub(crate) barcodes: Vec<String>,
    pub(crate) ids: Vec<String>,
    pub(crate) symbols: Vec<String>,
    /// The library id, if the file names one.
    pub(crate) library: Option<String>,
    pub(crate) other_features: usize,
}

/// Reads Space Ranger output folders, versions 1 to 3, and single bins of Visium HD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpaceRanger;

impl Reader for SpaceRanger {
    fn name(&self) -> &'static str {
        "space-ranger"
    }

    /// Yes for a folder with all parts, and for a matrix without its folder; maybe for every other folder, so that the
    /// error names what is missing.
    fn recognises(&self, path: &Path) -> Match {
        if path.is_dir() {
            return match layout::locate(path) {
                Ok(_) => Match::Yes,
                Err(_) => Match::Maybe,
            };
        }
        Match::when(is_lone_matrix(path))
    }

    fn read(
        &self,
        path: &Path,
        config: &ReadConfig,
    ) -> Result<(SpatialDataset, ReadReport), IoError> {
        if is_lone_matrix(path) {
            return Err(IoError::LoneMatrix { path: path.into() });
        }
        h5::guarded(path, || {
            let (draft, mut report) = read_draft(path, config)?;
            Ok((draft.into_whole(&mut report)?, report))
        })
    }
}

/// Whether a path is a matrix file without the folder that has its coordinates.
fn is_lone_matrix(path: &Path) -> bool {
    let looks_so = || matrix_h5::is_matrix(&H5File::open(path)?);
    // Malformed means a matrix of several genomes.
    path.is_file()
        && matches!(
            h5::guarded(path, looks_so),
            Ok(true) | Err(IoError::Malformed { .. })
        )
}

/// Reads everything of a Space Ranger folder: spots under tissue, genes, picture.
fn read_draft(path: &Path, config: &ReadConfig) -> Result<(Draft, ReadReport), IoError> {
    check_keys(config)?;
    let layout = layout::locate(path)?;
    let positions = positions::read(&layout.positions, config.memory())?;
    let matrix = match &layout.matrix {
        layout::Matrix::H5(file) => matrix_h5::read(file, config.memory())?,
        layout::Matrix::Mex(folder) => mex::read(folder, config.memory())?,
    };
    let mut report = ReadReport {
        counts_from: layout.matrix.path().display().to_string(),
        coordinates_from: layout.positions.display().to_string(),
        symbols_from: "feature names".into(),
        other_features_dropped: matrix.other_features,
        ..ReadReport::default()
    };
    if layout.matrix.is_raw() {
        let text = "the raw matrix was read, because there is no filtered one: the spots with in_tissue 1 are kept";
        report.doubts.push(text.into());
    }
    let places = positions.places();
    let mut rows = Vec::with_capacity(matrix.barcodes.len());
    let mut spots = Vec::with_capacity(matrix.barcodes.len());
    for (row, barcode) in matrix.barcodes.iter().enumerate() {
        if let Some(&place) = places.get(barcode.as_str()) {
            rows.push(row);
            spots.push(&positions.spots[place]);
        }
    }
    if rows.is_empty() {
        let first = |names: Option<&String>| names.cloned().unwrap_or_default();
        return Err(IoError::NoSharedBarcodes {
            path: layout.positions,
            matrix: first(matrix.barcodes.first()),
            position: first(positions.spots.first().map(|spot| &spot.barcode)),
        });
    }
    // A raw matrix has the barcodes off the tissue, too.
    if !layout.matrix.is_raw() {
        report.barcodes_without_position = matrix.barcodes.len() - rows.len();
    }
    let matched: std::collections::HashSet<&str> =
        spots.iter().map(|spot| spot.barcode.as_str()).collect();
    report.positions_without_barcode = places.len() - matched.len();

    let spatial = Array2::from_shape_fn((spots.len(), 2), |(row, axis)| match axis {
        0 => spots[row].pixel_column,
        _ => spots[row].pixel_row,
    });
    let mut obs = Obs::new();
    obs.insert("in_tissue", ObsColumn::Integer(vec![1; spots.len()]));
    let integers = |of: fn(&positions::Spot) -> i64| {
        ObsColumn::Integer(spots.iter().map(|&spot| of(spot)).collect())
    };
    obs.insert("array_row", integers(|spot| spot.array_row));
    obs.insert("array_col", integers(|spot| spot.array_column));

    let scalefactors = pictures::scalefactors(&layout)?;
    let name = short_name(path);
    let library = matrix.library.unwrap_or_else(|| name.clone());
    let image = match config.image {
        Some(preferred) => pictures::read(
            &layout,
            preferred,
            scalefactors.as_ref(),
            &library,
            config.memory(),
            &mut report,
        )?,
        None => None,
    };
    let n_rows = rows.len();
    let draft = Draft {
        name,
        counts: if n_rows == matrix.barcodes.len() {
            matrix.counts
        } else {
            matrix.counts.select_major(&rows)
        },
        lognorm: false,
        barcodes: rows
            .iter()
            .map(|&row| matrix.barcodes[row].clone())
            .collect(),
        symbols: matrix.symbols,
        ids: Some(matrix.ids),
        spatial,
        z: None,
        obs,
        image,
        aligned: Aligned::default(),
        source: Source::SpaceRanger {
            folder: layout.root,
            library,
            rows: (0..n_rows).collect(),
            n_rows,
            scalefactors,
        },
    };
    Ok((draft, report))
}

/// A folder has one matrix, one set of positions and one kind of symbol, so a key for another one is an error.
fn check_keys(config: &ReadConfig) -> Result<(), IoError> {
    if config.input_is == InputIs::Lognorm {
        return Err(IoError::MissingKey {
            table: "the kinds of values of a Space Ranger folder".into(),
            key: config.input_is.to_string(),
            keys: vec![InputIs::Counts.to_string()],
        });
    }
    for (table, key, only) in [
        ("layers", &config.layer, "X"),
        ("obsm", &config.spatial_key, "spatial"),
        ("var", &config.gene_symbols, "gene_symbols"),
    ] {
        if let Some(key) = key.as_ref().filter(|key| *key != only) {
            return Err(IoError::MissingKey {
                table: format!("{table} of a Space Ranger folder"),
                key: key.clone(),
                keys: vec![only.into()],
            });
        }
    }
    for (table, keys) in [
        ("obsm", &config.obsm),
        ("varm", &config.varm),
        ("obsp", &config.obsp),
    ] {
        if let Some(key) = keys.first() {
            return Err(IoError::MissingKey {
                table: format!("{table} of a Space Ranger folder"),
                key: key.clone(),
                keys: Vec::new(),
            });
        }
    }
    Ok(())
}
