//! What is in a file, and what reading would do with it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::h5ad::{contents, frame, matrix};
use crate::obs::ObsColumn;
use crate::platform::{PlatformGuess, guess_platform};
use crate::read::{Format, ReadConfig, detect_format, read};
use crate::report::ReadReport;

/// What is in a file, and what reading would do with it.
#[non_exhaustive]
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The file or folder.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
    /// Rows of `obs`, or barcodes under tissue.
    pub n_spots: usize,
    /// Rows of `var`, or genes.
    pub n_genes: usize,
    /// Columns of annotation.
    pub obs: Vec<ObsKey>,
    /// Matrices of spots × genes: `X`, layers, `raw/X`.
    pub matrices: Vec<String>,
    /// Keys of `obsm`.
    pub obsm: Vec<String>,
    /// Keys of `obsp`.
    pub obsp: Vec<String>,
    /// Keys of `uns`.
    pub uns: Vec<String>,
    /// Pictures: resolution and size in pixels.
    pub image: Option<String>,
    /// Where counts would be taken from; or why nothing can be read.
    pub counts: Result<CountsFound, String>,
}

/// A column of annotation.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObsKey {
    /// Its name.
    pub key: String,
    /// `categorical`, `numeric`, `integer`, `text` or `bool`.
    pub kind: &'static str,
    /// The number of categories, for a categorical column.
    pub categories: Option<usize>,
    /// Spots without a value.
    pub missing: usize,
}

/// What reading would give.
#[non_exhaustive]
#[derive(Debug, Clone, Serialize)]
pub struct CountsFound {
    /// Spots that would be kept.
    pub spots: usize,
    /// Genes that would be kept.
    pub genes: usize,
    /// Counts that are not zero.
    pub nnz: usize,
    /// What would be dropped or renamed, and why.
    pub report: ReadReport,
    /// The technology, by guess.
    pub platform: PlatformGuess,
}

/// Looks into a file or folder. A file that is an AnnData but cannot be read as a slide (no counts,
/// no coordinates, …) gives its contents and, in [`Inspection::counts`], the reason.
///
/// # Errors
/// As [`detect_format`], and for a file so damaged that not even its tables can be listed.
pub fn inspect(path: &Path, config: &ReadConfig) -> Result<Inspection, IoError> {
    let format = detect_format(path)?;
    let outcome = read(path, config);
    match format {
        Format::H5ad => h5::guarded(path, || of_h5ad(path, outcome)),
        Format::SpaceRanger => {
            let (slide, report) = outcome?;
            Ok(Inspection {
                path: path.into(),
                format,
                n_spots: report.spots_in_file,
                n_genes: report.genes_in_file,
                obs: slide
                    .obs
                    .iter()
                    .map(|(key, c)| ObsKey::of(key, c))
                    .collect(),
                matrices: vec![report.counts_from.clone()],
                obsm: vec!["spatial".into()],
                obsp: Vec::new(),
                uns: Vec::new(),
                image: image_of(&slide),
                counts: Ok(CountsFound::of(&slide, report)),
            })
        }
    }
}

fn of_h5ad(
    path: &Path,
    outcome: Result<(crate::SpatialDataset, ReadReport), IoError>,
) -> Result<Inspection, IoError> {
    let file = H5File::open(path)?;
    let n_spots = frame::len(&file, "obs")?;
    let columns = frame::columns(&file, "obs", n_spots, &mut Vec::new())?;
    let mut matrices = Vec::new();
    for slot in contents::matrices(&file)? {
        let (rows, cols, stored) = matrix::extent(&file, &slot)?;
        matrices.push(format!("{slot} ({rows} × {cols}, {stored} stored)"));
    }
    let mut image = None;
    let counts = match outcome {
        Ok((slide, report)) => {
            image = image_of(&slide);
            Ok(CountsFound::of(&slide, report))
        }
        Err(error) => Err(error.to_string()),
    };
    Ok(Inspection {
        path: path.into(),
        format: Format::H5ad,
        n_spots,
        n_genes: frame::len(&file, "var")?,
        obs: columns.iter().map(|(key, c)| ObsKey::of(key, c)).collect(),
        matrices,
        obsm: contents::keys(&file, "obsm")?,
        obsp: contents::keys(&file, "obsp")?,
        uns: contents::keys(&file, "uns")?,
        image,
        counts,
    })
}

impl ObsKey {
    fn of(key: &str, column: &ObsColumn) -> Self {
        Self {
            key: key.into(),
            kind: column.kind(),
            categories: match column {
                ObsColumn::Categorical { categories, .. } => Some(categories.len()),
                _ => None,
            },
            missing: column.labels().iter().filter(|l| l.is_none()).count(),
        }
    }
}

impl CountsFound {
    fn of(slide: &crate::SpatialDataset, report: ReadReport) -> Self {
        Self {
            spots: slide.n_spots(),
            genes: slide.n_genes(),
            nnz: slide.nnz(),
            report,
            platform: guess_platform(slide),
        }
    }
}

fn image_of(slide: &crate::SpatialDataset) -> Option<String> {
    let image = slide.image.as_ref()?;
    let (width, height) = image.pixels.dimensions();
    Some(format!("{} {width} × {height}", image.resolution.as_str()))
}

impl fmt::Display for ObsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.key, self.kind)?;
        if let Some(categories) = self.categories {
            write!(f, ", {categories} categories")?;
        }
        if self.missing > 0 {
            write!(f, ", {} missing", self.missing)?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.format {
            Format::H5ad => "AnnData file",
            Format::SpaceRanger => "Space Ranger folder",
        };
        writeln!(f, "{}: {format}", self.path.display())?;
        writeln!(f, "  {} spots × {} genes", self.n_spots, self.n_genes)?;
        let obs: Vec<String> = self.obs.iter().map(ToString::to_string).collect();
        for (name, keys) in [
            ("matrices", &self.matrices),
            ("obs", &obs),
            ("obsm", &self.obsm),
            ("obsp", &self.obsp),
            ("uns", &self.uns),
        ] {
            if !keys.is_empty() {
                writeln!(f, "  {name}: {}", keys.join(", "))?;
            }
        }
        if let Some(image) = &self.image {
            writeln!(f, "  image: {image}")?;
        }
        match &self.counts {
            Err(reason) => write!(f, "  cannot be run: {reason}"),
            Ok(found) => {
                writeln!(
                    f,
                    "  platform: {} ({})",
                    found.platform.platform, found.platform.reason
                )?;
                write!(
                    f,
                    "  would be read: {} spots × {} genes, {} counts, from {} and {}",
                    found.spots,
                    found.genes,
                    found.nnz,
                    found.report.counts_from,
                    found.report.coordinates_from
                )?;
                for note in found.report.notes() {
                    write!(f, "\n  {note}")?;
                }
                Ok(())
            }
        }
    }
}
