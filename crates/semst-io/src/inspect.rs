//! The contents of a file, and what reading would do with it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::contents::{Contents, ObsKey};
use crate::dataset::SpatialDataset;
use crate::error::IoError;
use crate::platform::{PlatformGuess, guess_platform};
use crate::read::{READERS, read_with, reader_of};
use crate::read_config::ReadConfig;
use crate::reader::Reader;
use crate::report::ReadReport;

/// The contents of a file, and what reading would do with it.
#[non_exhaustive]
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The file or folder.
    pub path: PathBuf,
    /// The name of its format: `h5ad`, `space-ranger`, or that of another reader.
    pub format: &'static str,
    /// What it holds.
    #[serde(flatten)]
    pub contents: Contents,
    /// Pictures: resolution and size in pixels.
    pub image: Option<String>,
    /// Where counts would be read from, or why nothing can be read.
    pub counts: Result<CountsFound, String>,
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
    /// The guessed technology.
    pub platform: PlatformGuess,
}

/// Inspects a file or folder in one of the shipped formats.
///
/// For an AnnData file that cannot be read as a slide (no counts, no coordinates, …), the result has its
/// contents and, in [`Inspection::counts`], the reason.
///
/// # Errors
/// As [`read`](crate::read) for a path of no known format, and for a file so damaged that its tables cannot be listed.
pub fn inspect(path: &Path, config: &ReadConfig) -> Result<Inspection, IoError> {
    inspect_with(READERS, path, config)
}

/// As [`inspect`], with other readers.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_with(
    readers: &[&dyn Reader],
    path: &Path,
    config: &ReadConfig,
) -> Result<Inspection, IoError> {
    let reader = reader_of(readers, path)?;
    let outcome = read_with(&[reader], path, config);
    let contents = reader.contents(path)?;
    let (contents, image, counts) = match (contents, outcome) {
        (contents, Ok((slide, report))) => {
            let contents = contents.unwrap_or_else(|| of_slide(&slide, &report));
            (
                contents,
                image_of(&slide),
                Ok(CountsFound::of(&slide, report)),
            )
        }
        (Some(contents), Err(error)) => (contents, None, Err(with_causes(&error))),
        (None, Err(error)) => return Err(error),
    };
    Ok(Inspection {
        path: path.into(),
        format: reader.name(),
        contents,
        image,
        counts,
    })
}

/// An error and its causes on one line.
fn with_causes(error: &IoError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// The contents of a format that holds only the slide.
fn of_slide(slide: &SpatialDataset, report: &ReadReport) -> Contents {
    Contents {
        n_spots: report.spots_in_file,
        n_genes: report.genes_in_file,
        obs: slide
            .obs
            .iter()
            .map(|(key, c)| ObsKey::of(key, c))
            .collect(),
        matrices: vec![report.counts_from.clone()],
        obsm: vec!["spatial".into()],
        ..Contents::default()
    }
}

impl CountsFound {
    fn of(slide: &SpatialDataset, report: ReadReport) -> Self {
        Self {
            spots: slide.n_spots(),
            genes: slide.n_genes(),
            nnz: slide.nnz(),
            report,
            platform: guess_platform(slide),
        }
    }
}

fn image_of(slide: &SpatialDataset) -> Option<String> {
    let image = slide.image.as_ref()?;
    let (width, height) = image.pixels.dimensions();
    Some(format!("{} {width} × {height}", image.resolution.as_str()))
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.format {
            "h5ad" => "AnnData file",
            "space-ranger" => "Space Ranger folder",
            other => other,
        };
        let contents = &self.contents;
        writeln!(f, "{}: {format}", self.path.display())?;
        writeln!(
            f,
            "  {} spots × {} genes",
            contents.n_spots, contents.n_genes
        )?;
        let obs: Vec<String> = contents.obs.iter().map(ToString::to_string).collect();
        for (name, keys) in [
            ("matrices", &contents.matrices),
            ("obs", &obs),
            ("obsm", &contents.obsm),
            ("obsp", &contents.obsp),
            ("uns", &contents.uns),
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
