//! The picture of the tissue and the position of spots on it.

use std::fmt;
use std::ops::RangeInclusive;

use image::RgbImage;
use serde::{Deserialize, Serialize};

/// One of the two pictures that Space Ranger writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageResolution {
    /// `tissue_hires_image.png`, 2,000 pixels on the longer side.
    Hires,
    /// `tissue_lowres_image.png`, 600 pixels on the longer side.
    Lowres,
}

impl ImageResolution {
    /// The name that Space Ranger and scanpy use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hires => "hires",
            Self::Lowres => "lowres",
        }
    }
}

/// A picture of the tissue.
#[derive(Clone, PartialEq)]
pub struct TissueImage {
    /// The pixels.
    pub pixels: RgbImage,
    /// Image pixels per unit of the spatial coordinates: `pixel = coordinate × scale`.
    pub scale: f64,
    /// The diameter of a spot in units of the spatial coordinates, if known.
    pub spot_diameter: Option<f64>,
    /// The resolution of this picture.
    pub resolution: ImageResolution,
    /// The library id that the picture belongs to.
    pub library: String,
}

impl fmt::Debug for TissueImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TissueImage")
            .field("size", &self.pixels.dimensions())
            .field("scale", &self.scale)
            .field("spot_diameter", &self.spot_diameter)
            .field("resolution", &self.resolution)
            .field("library", &self.library)
            .finish()
    }
}

/// `scalefactors_json.json` of Space Ranger.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Scalefactors {
    /// Full-resolution pixels per spot diameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot_diameter_fullres: Option<f64>,
    /// Full-resolution pixels per fiducial diameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiducial_diameter_fullres: Option<f64>,
    /// Pixels of the high-resolution picture per full-resolution pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tissue_hires_scalef: Option<f64>,
    /// Pixels of the low-resolution picture per full-resolution pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tissue_lowres_scalef: Option<f64>,
}

/// Scales of pictures that can be drawn: at smaller ones, one pixel is larger than a slide.
const USABLE: RangeInclusive<f64> = 1e-6..=1e6;

/// Diameters of spots in any unit.
const DIAMETERS: RangeInclusive<f64> = 1e-9..=1e9;

impl Scalefactors {
    /// The scale of one picture, where it can be used: between a millionth and a million.
    pub fn scale(&self, resolution: ImageResolution) -> Option<f64> {
        let scale = self.stored_scale(resolution)?;
        USABLE.contains(&scale).then_some(scale)
    }

    /// The diameter of a spot, where it can be used.
    pub fn spot_diameter(&self) -> Option<f64> {
        self.spot_diameter_fullres
            .filter(|diameter| DIAMETERS.contains(diameter))
    }

    /// Why a picture cannot be placed.
    pub(crate) fn why_no_scale(&self, resolution: ImageResolution) -> String {
        match self.stored_scale(resolution) {
            None => "which has no scale factor".into(),
            Some(scale) => format!(
                "whose scale factor is {scale}; it must be between {} and {}",
                USABLE.start(),
                USABLE.end()
            ),
        }
    }

    fn stored_scale(&self, resolution: ImageResolution) -> Option<f64> {
        match resolution {
            ImageResolution::Hires => self.tissue_hires_scalef,
            ImageResolution::Lowres => self.tissue_lowres_scalef,
        }
    }

    pub(crate) fn entries(&self) -> Vec<(&'static str, f64)> {
        [
            ("spot_diameter_fullres", self.spot_diameter_fullres),
            ("fiducial_diameter_fullres", self.fiducial_diameter_fullres),
            ("tissue_hires_scalef", self.tissue_hires_scalef),
            ("tissue_lowres_scalef", self.tissue_lowres_scalef),
        ]
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (key, value)))
        .collect()
    }
}
