//! The roles of the files in a folder.

use std::path::{Path, PathBuf};

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
}

const H5_NAME: &str = "filtered_feature_bc_matrix.h5";
const MEX_NAME: &str = "filtered_feature_bc_matrix";
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
    let spatial = root.join("spatial");
    let positions = POSITIONS
        .iter()
        .map(|name| spatial.join(name))
        .find(|file| file.is_file());
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
    // Public archives put the name of the sample in front.
    let mut prefixed = names.iter().filter(|name| name.ends_with(H5_NAME));
    match (prefixed.next(), prefixed.next()) {
        (Some(name), None) => Some(Matrix::H5(root.join(name))),
        _ => None,
    }
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
