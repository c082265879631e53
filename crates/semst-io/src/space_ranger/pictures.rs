//! The pictures and scale factors in `spatial/`.

use std::io::Cursor;
use std::path::PathBuf;

use image::RgbImage;

use super::layout::{Layout, bytes, spatial_part};
use crate::budget::{Budget, bytes_of};
use crate::error::IoError;
use crate::report::ReadReport;
use crate::tissue::{ImageResolution, Scalefactors, TissueImage};

/// Reads `scalefactors_json.json`, if it exists.
pub(crate) fn scalefactors(layout: &Layout) -> Result<Option<Scalefactors>, IoError> {
    let Some(path) = spatial_part(&layout.root, "scalefactors_json.json") else {
        return Ok(None);
    };
    let factors = serde_json::from_slice(&bytes(&path, None)?).map_err(|error| IoError::Parse {
        path,
        line: error.line(),
        detail: error.to_string(),
    })?;
    Ok(Some(factors))
}

/// Reads the preferred picture, else the other one. A picture without a scale factor is left out.
pub(crate) fn read(
    layout: &Layout,
    preferred: ImageResolution,
    factors: Option<&Scalefactors>,
    library: &str,
    memory: Option<u64>,
    report: &mut ReadReport,
) -> Result<Option<TissueImage>, IoError> {
    let other = match preferred {
        ImageResolution::Hires => ImageResolution::Lowres,
        ImageResolution::Lowres => ImageResolution::Hires,
    };
    for resolution in [preferred, other] {
        let Some(path) = picture_path(layout, resolution) else {
            continue;
        };
        let Some(scale) = factors.and_then(|factors| factors.scale(resolution)) else {
            let why = factors
                .copied()
                .unwrap_or_default()
                .why_no_scale(resolution);
            report.left_out.push(format!("{}, {why}", path.display()));
            continue;
        };
        return Ok(Some(TissueImage {
            pixels: decode(path, memory)?,
            scale,
            spot_diameter: factors.and_then(Scalefactors::spot_diameter),
            resolution,
            library: library.to_owned(),
        }));
    }
    Ok(None)
}

/// Every picture in the folder.
pub(crate) fn all_pictures(
    folder: &std::path::Path,
) -> Result<Vec<(ImageResolution, RgbImage)>, IoError> {
    let layout = super::layout::locate(folder)?;
    let mut pictures = Vec::new();
    for resolution in [ImageResolution::Hires, ImageResolution::Lowres] {
        if let Some(path) = picture_path(&layout, resolution) {
            pictures.push((resolution, decode(path, None)?));
        }
    }
    Ok(pictures)
}

fn picture_path(layout: &Layout, resolution: ImageResolution) -> Option<PathBuf> {
    let name = format!("tissue_{}_image.png", resolution.as_str());
    spatial_part(&layout.root, &name)
}

fn decode(path: PathBuf, memory: Option<u64>) -> Result<RgbImage, IoError> {
    let failed = |source| IoError::Read {
        path: path.clone(),
        source,
    };
    let budget = Budget::of_file(&path, memory);
    let file = bytes(&path, memory)?;
    let open = || {
        let reader = image::ImageReader::new(Cursor::new(&file));
        reader.with_guessed_format().map_err(failed)
    };
    let size = open()?.into_dimensions();
    let (width, height) = match size {
        Ok(size) => size,
        Err(source) => return Err(IoError::Image { path, source }),
    };
    // Up to eight bytes a pixel as they are stored, and three as they are kept.
    budget.check("/", bytes_of(&[width.into(), height.into()], 11))?;
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(budget.left());
    let mut reader = open()?;
    reader.limits(limits);
    match reader.decode() {
        Ok(picture) => Ok(picture.into_rgb8()),
        Err(source) => Err(IoError::Image { path, source }),
    }
}
