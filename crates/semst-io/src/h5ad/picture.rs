//! Pictures in `uns/spatial/<library>`, as scanpy and squidpy store them.

use image::RgbImage;
use ndarray::Array2;

use super::drawable::is_white;
use crate::error::IoError;
use crate::h5::{H5File, Holds};
use crate::read_config::ReadConfig;
use crate::report::ReadReport;
use crate::tissue::{ImageResolution, Scalefactors, TissueImage};

/// Reads the preferred picture, else the other one; `None` when there is no picture. A picture that cannot
/// be used is left out and named.
pub(crate) fn read(
    file: &H5File,
    config: &ReadConfig,
    preferred: ImageResolution,
    report: &mut ReadReport,
) -> Result<Option<TissueImage>, IoError> {
    let libraries = libraries(file)?;
    let library = match &config.library {
        Some(wanted) if libraries.contains(wanted) => wanted,
        Some(wanted) => {
            return Err(IoError::MissingKey {
                table: "uns/spatial".into(),
                key: wanted.clone(),
                keys: libraries,
            });
        }
        None => match libraries.first() {
            Some(first) => first,
            None => return Ok(None),
        },
    };
    let home = format!("uns/spatial/{library}");
    let factors = scalefactors(file, &format!("{home}/scalefactors"))?;
    let other = match preferred {
        ImageResolution::Hires => ImageResolution::Lowres,
        ImageResolution::Lowres => ImageResolution::Hires,
    };
    for resolution in [preferred, other] {
        let slot = format!("{home}/images/{}", resolution.as_str());
        if !file.is_dataset(&slot)? {
            continue;
        }
        let Some(scale) = factors.scale(resolution) else {
            let left_out = &mut report.left_out;
            left_out.push(format!("{slot}, {}", factors.why_no_scale(resolution)));
            continue;
        };
        let Some((pixels, clipped)) = pixels(file, &slot)? else {
            report.left_out.push(format!(
                "{slot}, which is not an array of height × width × 3 or 4 with values up to 255, 65535 or (floats) 1"
            ));
            continue;
        };
        // It stands for a missing picture in files of semst.
        if is_white(&pixels) {
            continue;
        }
        report.clipped = (clipped > 0).then_some((slot, clipped));
        return Ok(Some(TissueImage {
            pixels,
            scale,
            spot_diameter: factors.spot_diameter(),
            resolution,
            library: library.clone(),
        }));
    }
    Ok(None)
}

/// Spots that cover less than this share of the width and of the height of a picture are not places in it.
const LEAST_COVERED: f64 = 0.05;

/// The picture, unless the coordinates are not places in it: then it is left out and named.
pub(crate) fn under(
    points: &Array2<f64>,
    image: Option<TissueImage>,
    left_out: &mut Vec<String>,
) -> Option<TissueImage> {
    let image = image?;
    let extent = |axis: usize| {
        let column = points.column(axis);
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (high - low) * image.scale
    };
    let (width, height) = image.pixels.dimensions();
    let small = |axis, pixels: u32| extent(axis) < LEAST_COVERED * f64::from(pixels);
    if points.nrows() < 2 || !(small(0, width) && small(1, height)) {
        return Some(image);
    }
    left_out.push(format!(
        "the picture of {}, because the spots cover {:.0} × {:.0} of its {width} × {height} pixels: the coordinates are not pixels",
        image.library,
        extent(0),
        extent(1),
    ));
    None
}

/// The names of the libraries. One with a slash in its name is a group in a group, so it holds no pictures itself.
pub(crate) fn libraries(file: &H5File) -> Result<Vec<String>, IoError> {
    let mut names = Vec::new();
    for name in file.groups("uns/spatial")? {
        let home = format!("uns/spatial/{name}");
        let is_library = |home: &str| -> Result<bool, IoError> {
            Ok(file.is_group(&format!("{home}/images"))?
                || file.is_group(&format!("{home}/scalefactors"))?)
        };
        let inner = file.groups(&home)?;
        let mut parts = Vec::new();
        for part in inner {
            if is_library(&format!("{home}/{part}"))? {
                parts.push(format!("{name}/{part}"));
            }
        }
        if parts.is_empty() || is_library(&home)? {
            names.push(name);
        } else {
            names.extend(parts);
        }
    }
    Ok(names)
}

/// Reads the scale factors of one library.
pub(crate) fn scalefactors(file: &H5File, home: &str) -> Result<Scalefactors, IoError> {
    let one = |name: &str| -> Result<Option<f64>, IoError> {
        let slot = format!("{home}/{name}");
        if !file.is_dataset(&slot)? {
            return Ok(None);
        }
        let value = file.f64s(&slot)?.first().copied();
        Ok(value.filter(|value| value.is_finite() && *value > 0.0))
    };
    Ok(Scalefactors {
        spot_diameter_fullres: one("spot_diameter_fullres")?,
        fiducial_diameter_fullres: one("fiducial_diameter_fullres")?,
        tissue_hires_scalef: one("tissue_hires_scalef")?,
        tissue_lowres_scalef: one("tissue_lowres_scalef")?,
    })
}

/// Pixels as bytes, scaled by the type of the numbers and the range that they take; and how many values are below black or not
/// numbers, and become black.
fn pixels(file: &H5File, slot: &str) -> Result<Option<(RgbImage, usize)>, IoError> {
    let shape = file.shape(slot)?;
    let &[height, width, channels @ (3 | 4)] = &shape[..] else {
        return Ok(None);
    };
    let (Ok(w), Ok(h)) = (u32::try_from(width), u32::try_from(height)) else {
        return Ok(None);
    };
    file.take(slot, file.count(slot)?, 1)?;
    let Some(white) = white(file, slot)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    let mut clipped = 0;
    file.each_f64(slot, |start, window| {
        bytes.reserve(window.len());
        for (offset, value) in window.iter().enumerate() {
            if (start + offset) % channels < 3 {
                clipped += usize::from(value.is_nan() || *value < 0.0);
                bytes.push((value / white * 255.0).round().clamp(0.0, 255.0) as u8);
            }
        }
        Ok(true)
    })?;
    Ok(RgbImage::from_raw(w, h, bytes).map(|pixels| (pixels, clipped)))
}

/// The value of white: the largest number of 8 or of 16 bits, or 1 for floats; `None` for other values. Bytes are often kept in
/// wider types, so the values decide among those that the type allows.
fn white(file: &H5File, slot: &str) -> Result<Option<f64>, IoError> {
    let known: &[f64] = match file.holds(slot)? {
        Holds::Whole { bytes: 1, .. } => return Ok(Some(255.0)),
        Holds::Bool => return Ok(Some(1.0)),
        Holds::Whole { .. } => &[255.0, 65535.0],
        Holds::Float(_) => &[1.0, 255.0, 65535.0],
        Holds::Text | Holds::Enumeration(_) | Holds::Other(_) => return Ok(None),
    };
    let mut largest = 0_f64;
    file.each_f64(slot, |_, window| {
        largest = window.iter().copied().fold(largest, f64::max);
        Ok(true)
    })?;
    Ok(known.iter().copied().find(|white| largest <= *white))
}
