//! The roles of the files in a folder.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::budget::Budget;
use crate::error::IoError;

/// The parts of a Space Ranger folder.
pub(crate) struct Layout {
    /// The folder that holds `spatial/`.
    pub(crate) root: PathBuf,
    pub(crate) matrix: Matrix,
    pub(crate) positions: PathBuf,
}

/// The filtered feature-barcode matrix in one of its two forms.
pub(crate) enum Matrix {
    H5(PathBuf),
    Mex(PathBuf),
}

impl Matrix {
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::H5(path) | Self::Mex(path) => path,
        }
    }

    /// Whether it has all barcodes of the slide.
    pub(crate) fn is_raw(&self) -> bool {
        let name = self.path().file_name().unwrap_or_default();
        name.to_string_lossy().contains(RAW_NAME)
    }
}

const H5_NAME: &str = "filtered_feature_bc_matrix.h5";
const MEX_NAME: &str = "filtered_feature_bc_matrix";
/// The matrix of all barcodes: the positions name those under tissue.
const RAW_NAME: &str = "raw_feature_bc_matrix";
/// Version 1 has no header, version 2 has a header and another name, Visium HD has no CSV.
const POSITIONS: [&str; 3] = [
    "tissue_positions.csv",
    "tissue_positions_list.csv",
    "tissue_positions.parquet",
];

/// Finds the parts in a folder or in its `outs/`.
pub(crate) fn locate(path: &Path) -> Result<Layout, IoError> {
    let nested = path.join("outs");
    let root = if nested.is_dir() && !path.join("spatial").is_dir() {
        nested
    } else {
        path.to_path_buf()
    };
    let names = list(&root)?;
    let matrix = find_matrix(&root, &names);
    let positions = POSITIONS.iter().find_map(|name| spatial_part(&root, name));
    if let (Some(matrix), Some(positions)) = (&matrix, &positions) {
        return Ok(Layout {
            matrix: match matrix {
                Matrix::H5(path) => Matrix::H5(path.clone()),
                Matrix::Mex(path) => Matrix::Mex(path.clone()),
            },
            positions: positions.clone(),
            root,
        });
    }
    let bins = bin_folders(&root)?;
    if !bins.is_empty() {
        return Err(IoError::BinSizes {
            path: path.into(),
            bins,
        });
    }
    let mut looked_for = Vec::new();
    if matrix.is_none() {
        looked_for.push(format!("{H5_NAME} or {MEX_NAME}/matrix.mtx.gz"));
    }
    if positions.is_none() {
        let files = POSITIONS.map(|name| format!("spatial/{name}"));
        looked_for.push(files.join(" or "));
    }
    Err(IoError::UnknownFolder {
        path: path.into(),
        looked_for,
        found: names,
    })
}

/// A part of a Mex folder, plain or gzipped.
pub(crate) fn plain_or_gzipped(folder: &Path, names: &[&str]) -> Option<PathBuf> {
    names
        .iter()
        .flat_map(|name| [folder.join(format!("{name}.gz")), folder.join(name)])
        .find(|file| file.is_file())
}

fn find_matrix(root: &Path, names: &[String]) -> Option<Matrix> {
    let whole = root.join(H5_NAME);
    if whole.is_file() {
        return Some(Matrix::H5(whole));
    }
    let mex = root.join(MEX_NAME);
    if plain_or_gzipped(&mex, &["matrix.mtx"]).is_some() {
        return Some(Matrix::Mex(mex));
    }
    if let Some(name) = only_prefixed(names, &[H5_NAME]) {
        return Some(Matrix::H5(root.join(name)));
    }
    let raw = root.join(RAW_NAME);
    if plain_or_gzipped(&raw, &["matrix.mtx"]).is_some() {
        return Some(Matrix::Mex(raw));
    }
    let name = only_prefixed(names, &[&format!("{RAW_NAME}.h5")])?;
    Some(Matrix::H5(root.join(name)))
}

/// The one name that ends in one of these: public archives put the name of the sample in front.
fn only_prefixed<'a>(names: &'a [String], endings: &[&str]) -> Option<&'a String> {
    let fits = |name: &&String| endings.iter().any(|ending| name.ends_with(ending));
    let mut prefixed = names.iter().filter(fits);
    match (prefixed.next(), prefixed.next()) {
        (name, None) => name,
        _ => None,
    }
}

/// A part of `spatial/`, plain or gzipped, also with a prefix; public archives have all files in one folder.
pub(crate) fn spatial_part(root: &Path, name: &str) -> Option<PathBuf> {
    let spatial = root.join("spatial");
    if let Some(exact) = plain_or_gzipped(&spatial, &[name]) {
        return Some(exact);
    }
    let zipped = format!("{name}.gz");
    let endings = [name, &zipped];
    [spatial, root.to_path_buf()]
        .into_iter()
        .find_map(|folder| {
            let names = list(&folder).ok()?;
            only_prefixed(&names, &endings).map(|found| folder.join(found))
        })
}

/// The bytes of a file, unzipped where its name ends in `.gz`.
pub(crate) fn bytes(path: &Path, memory: Option<u64>) -> Result<Vec<u8>, IoError> {
    let failed = |source| IoError::Read {
        path: path.into(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let reader: Box<dyn Read> = match path.extension().is_some_and(|ending| ending == "gz") {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    };
    Budget::of_file(path, memory).read_to_end("/", reader, failed)
}

/// The folders of a Visium HD slide that hold one bin size each: `binned_outputs/square_008um`, ….
fn bin_folders(root: &Path) -> Result<Vec<String>, IoError> {
    let binned = root.join("binned_outputs");
    let home = if binned.is_dir() {
        binned
    } else {
        root.to_path_buf()
    };
    let names = list(&home)?.into_iter();
    let names = names.filter(|name| name.starts_with("square_") && name.ends_with("um/"));
    Ok(names
        .map(|name| home.join(name.trim_end_matches('/')).display().to_string())
        .collect())
}

fn list(folder: &Path) -> Result<Vec<String>, IoError> {
    let failed = |source| IoError::Read {
        path: folder.into(),
        source,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let mut name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            name.push('/');
        }
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}
