//! Where a data set came from.

use std::path::{Path, PathBuf};

use crate::tissue::Scalefactors;

/// Where a data set came from, and which rows of that source are its spots.
///
/// Writing needs both: the whole input is written, and the results of the used spots are put at
/// their rows.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Source {
    /// Made in memory by simulation or by a program.
    #[default]
    Memory,
    /// An AnnData file.
    H5ad {
        /// The file.
        path: PathBuf,
        /// The row in the file of each spot.
        rows: Vec<usize>,
        /// How many spots the file holds.
        n_rows: usize,
    },
    /// A Space Ranger folder.
    SpaceRanger {
        /// The folder that holds `spatial/` and the matrix.
        folder: PathBuf,
        /// The library id.
        library: String,
        /// The row of each spot among the barcodes that the matrix and the positions share.
        rows: Vec<usize>,
        /// How many such barcodes there are.
        n_rows: usize,
        /// `scalefactors_json.json`, if it exists.
        scalefactors: Option<Scalefactors>,
    },
}

impl Source {
    /// The file or folder, if there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Memory => None,
            Self::H5ad { path, .. } => Some(path),
            Self::SpaceRanger { folder, .. } => Some(folder),
        }
    }

    /// The row in the source of each spot and the number of rows there; `None` in memory.
    pub fn rows(&self) -> Option<(&[usize], usize)> {
        match self {
            Self::Memory => None,
            Self::H5ad { rows, n_rows, .. } | Self::SpaceRanger { rows, n_rows, .. } => {
                Some((rows, *n_rows))
            }
        }
    }

    pub(crate) fn select(&self, keep: &[usize]) -> Self {
        let mut selected = self.clone();
        match &mut selected {
            Self::Memory => {}
            Self::H5ad { rows, .. } | Self::SpaceRanger { rows, .. } => {
                *rows = keep.iter().map(|&at| rows[at]).collect();
            }
        }
        selected
    }
}
