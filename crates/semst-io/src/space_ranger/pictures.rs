//! The pictures and scale factors in `spatial/`.

use std::path::PathBuf;

use image::RgbImage;

use super::layout::Layout;
use crate::error::IoError;
use crate::report::ReadReport;
use crate::tissue::{ImageResolution, Scalefactors, TissueImage};

/// Reads `scalefactors_json.json`, if it exists.
pub(crate) fn scalefactors(layout: &Layout) -> Result<Option<Scalefactors>, IoError> {
    let path = layout.root.join("spatial/scalefactors_json.json");
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(|source| IoError::Read {
        path: path.clone(),
        source,
    })?;
    let factors = serde_json::from_str(&text).map_err(|error| IoError::Parse {
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
    report: &mut ReadReport,
) -> Result<Option<TissueImage>, IoError> {
    let other = match preferred {
        ImageResolution::Hires => ImageResolution::Lowres,
        ImageResolution::Lowres => ImageResolution::Hires,
    };
    for resolution in [preferred, other] {
        let path = picture_path(layout, resolution);
        if !path.is_file() {
            continue;
        }
        let Some(scale) = factors.and_then(|factors| factors.scale(resolution)) else {
            report
                .left_out
                .push(format!("{}, which has no scale factor", path.display()));
            continue;
        };
        return Ok(Some(TissueImage {
            pixels: decode(path)?,
            scale,
            spot_diameter: factors.and_then(|factors| factors.spot_diameter_fullres),
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
        let path = picture_path(&layout, resolution);
        if path.is_file() {
            pictures.push((resolution, decode(path)?));
        }
    }
    Ok(pictures)
}

fn picture_path(layout: &Layout, resolution: ImageResolution) -> PathBuf {
    let name = format!("spatial/tissue_{}_image.png", resolution.as_str());
    layout.root.join(name)
}

fn decode(path: PathBuf) -> Result<RgbImage, IoError> {
    let failed = |source| IoError::Read {
        path: path.clone(),
        source,
    };
    let reader = image::ImageReader::open(&path)
        .map_err(failed)?
        .with_guessed_format()
        .map_err(failed)?;
    match reader.decode() {
        Ok(picture) => Ok(picture.into_rgb8()),
        Err(source) => Err(IoError::Image { path, source }),
    }
}
