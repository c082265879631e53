//! The spots and the picture below them.

use serde::{Deserialize, Serialize};

use crate::error::ReportError;

/// Spots of a section, and its scale if known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tissue {
    /// Centres (x to the right, y downwards, as in images) in any unit.
    pub coords: Vec<[f64; 2]>,
    /// Diameter of a spot in that unit, if known. It sets the size of the discs over an image.
    pub spot_diameter: Option<f64>,
    /// µm per unit, if known. It is needed for a scale bar.
    pub um_per_unit: Option<f64>,
    /// The image of the tissue, if there is one.
    pub image: Option<TissueImage>,
}

/// A picture of the tissue as 8-bit RGB.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TissueImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Rows from the top, three bytes per pixel.
    pub rgb: Vec<u8>,
    /// Pixels of this picture per unit of the coordinates (`tissue_lowres_scalef`).
    pub scale: f64,
}

/// Beyond this, sums and squares of coordinates are no numbers.
const MOST: f64 = 1e18;

impl Tissue {
    /// Spots without an image.
    #[must_use]
    pub fn new(coords: Vec<[f64; 2]>) -> Self {
        Self {
            coords,
            spot_diameter: None,
            um_per_unit: None,
            image: None,
        }
    }

    /// Sets the diameter of a spot.
    #[must_use]
    pub fn with_spot_diameter(mut self, diameter: f64) -> Self {
        self.spot_diameter = Some(diameter);
        self
    }

    /// Sets the length of a unit in µm.
    #[must_use]
    pub fn with_um_per_unit(mut self, um: f64) -> Self {
        self.um_per_unit = Some(um);
        self
    }

    /// Adds a picture below the spots.
    #[must_use]
    pub fn with_image(mut self, image: TissueImage) -> Self {
        self.image = Some(image);
        self
    }

    pub(crate) fn check(&self) -> Result<(), ReportError> {
        if self.coords.is_empty() {
            return Err(ReportError::NoSpots);
        }
        for (spot, [x, y]) in self.coords.iter().copied().enumerate() {
            if !(x.is_finite() && y.is_finite()) {
                return Err(ReportError::NotFinite { spot, x, y });
            }
            if x.abs().max(y.abs()) > MOST {
                return Err(ReportError::TooFar { spot, x, y });
            }
        }
        self.image.as_ref().map_or(Ok(()), TissueImage::check)
    }
}

impl TissueImage {
    fn check(&self) -> Result<(), ReportError> {
        let expected = self.width as usize * self.height as usize * 3;
        let good = self.rgb.len() == expected && self.scale.is_finite() && self.scale > 0.0;
        let (width, height, got) = (self.width, self.height, self.rgb.len());
        if good {
            Ok(())
        } else {
            Err(ReportError::Image {
                width,
                height,
                expected,
                got,
            })
        }
    }
}

impl std::fmt::Debug for TissueImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "TissueImage({} x {}, scale {})",
            self.width, self.height, self.scale
        )
    }
}
