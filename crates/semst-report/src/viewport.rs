//! The common part of maps: tissue fitted into a rectangle, image below it, scale bar.

use image::RgbImage;
use image::imageops::crop_imm;

use crate::drawing::{Anchor, Drawing, Ink, Place, Shape};
use crate::number::short;
use crate::spacing::spacing;
use crate::tissue::Tissue;

/// Longer side of the tissue in CSS pixels.
const SIDE: f64 = 600.0;

/// Margin on all sides.
pub(crate) const PAD: f64 = 20.0;

/// Space for the title above the tissue.
const TITLE_ROOM: f64 = 34.0;

/// Space from the tissue to the legend.
const GAP: f64 = 22.0;

/// Radius of a disc as a fraction of the pitch, without an image: discs overlap a little.
const FILL: f64 = 0.52;

/// Minimal radius of a disc as a fraction of the pitch, over an image: the tissue is visible between discs.
const FILL_OVER_IMAGE: f64 = 0.44;

/// How much a tissue image is faded towards white.
const FADE: f64 = 0.45;

/// The fitted tissue: the position of a coordinate in the drawing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewport {
    pub(crate) place: Place,
    low: [f64; 2],
    scale: f64,
    pub(crate) radius: f64,
}

impl Viewport {
    /// Fits the tissue with equal scale in both directions. The tissue must be checked before.
    pub(crate) fn new(tissue: &Tissue, titled: bool) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in &tissue.coords {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]);
        let pitch = spacing(&tissue.coords).unwrap_or(1.0);
        let over_image = tissue.image.is_some();
        let radius = if over_image {
            tissue
                .spot_diameter
                .map_or(0.0, |diameter| diameter / 2.0)
                .max(FILL_OVER_IMAGE * pitch)
        } else {
            FILL * pitch
        };
        let margin = radius + if over_image { 0.04 * extent } else { 0.0 };
        for axis in 0..2 {
            low[axis] -= margin;
            high[axis] += margin;
        }
        let (width, height) = (high[0] - low[0], high[1] - low[1]);
        let scale = SIDE / width.max(height);
        let y = PAD + if titled { TITLE_ROOM } else { 0.0 };
        let place = Place {
            x: PAD,
            y,
            width: width * scale,
            height: height * scale,
        };
        Self {
            place,
            low,
            scale,
            radius: radius * scale,
        }
    }

    /// Starts the drawing: title, image, scale bar, and space for a legend of this size on the right.
    pub(crate) fn start(&self, tissue: &Tissue, title: &str, legend: [f64; 2]) -> Drawing {
        let Place {
            x,
            y,
            width,
            height,
        } = self.place;
        let bar = tissue.um_per_unit.filter(|um| um.is_finite() && *um > 0.0);
        let foot = if bar.is_some() { 30.0 } else { 0.0 };
        let beside = if legend[0] > 0.0 {
            GAP + legend[0]
        } else {
            0.0
        };
        let size = [
            x + width + beside + PAD,
            y + (height + foot).max(legend[1]) + PAD,
        ];
        let mut drawing = Drawing::new(size[0], size[1], title);
        if !title.is_empty() {
            drawing.heading([PAD, PAD + 14.0], title, 17.0);
        }
        if let Some((place, pixels)) = self.image(tissue) {
            drawing.push(Shape::Image {
                place,
                pixels,
                fade: FADE,
            });
        }
        if let Some(um) = bar {
            self.scale_bar(&mut drawing, um);
        }
        drawing
    }

    /// The position of a spot in the drawing.
    pub(crate) fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            self.place.x + (x - self.low[0]) * self.scale,
            self.place.y + (y - self.low[1]) * self.scale,
        ]
    }

    /// Left edge of the legend.
    pub(crate) fn legend_x(&self) -> f64 {
        self.place.x + self.place.width + GAP
    }

    /// The part of the picture below the viewport, and its place.
    fn image(&self, tissue: &Tissue) -> Option<(Place, RgbImage)> {
        let picture = tissue.image.as_ref()?;
        let pixels = RgbImage::from_raw(picture.width, picture.height, picture.rgb.clone())?;
        let part = |low: f64, length: f64, limit: u32| {
            let first = (low * picture.scale).floor().clamp(0.0, f64::from(limit)) as u32;
            let last = ((low + length / self.scale) * picture.scale)
                .ceil()
                .clamp(0.0, f64::from(limit)) as u32;
            (first, last - first)
        };
        let (left, width) = part(self.low[0], self.place.width, picture.width);
        let (top, height) = part(self.low[1], self.place.height, picture.height);
        let unit = 1.0 / picture.scale;
        // One pixel over all of the tissue shows nothing, and would be painted far beyond it.
        if width == 0 || height == 0 || unit * self.scale > SIDE {
            return None;
        }
        let [x, y] = self.at([f64::from(left) * unit, f64::from(top) * unit]);
        let size = |pixels: u32| f64::from(pixels) * unit * self.scale;
        let place = Place {
            x,
            y,
            width: size(width),
            height: size(height),
        };
        Some((
            place,
            crop_imm(&pixels, left, top, width, height).to_image(),
        ))
    }

    fn scale_bar(&self, drawing: &mut Drawing, um: f64) {
        let whole = self.place.width / self.scale * um;
        let length = round_length(whole / 4.0);
        let y = self.place.y + self.place.height + 16.0;
        let end = self.place.x + length / um * self.scale;
        drawing.line([self.place.x, y], [end, y], Ink::Text, 2.5);
        let text = if length >= 1_000.0 {
            format!("{} mm", short(length / 1_000.0))
        } else {
            format!("{} µm", short(length))
        };
        drawing.text([end + 8.0, y + 4.0], &text, 12.0, Anchor::Start, Ink::Muted);
    }
}

/// The longest of 1, 2, 5 × 10^k that is not longer than `limit`.
fn round_length(limit: f64) -> f64 {
    let power = 10.0_f64.powf(limit.log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|step| step * power)
        .find(|length| *length <= limit)
        .unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_bars_are_round() {
        assert_eq!(round_length(760.0), 500.0);
        assert_eq!(round_length(1_999.0), 1_000.0);
        assert_eq!(round_length(2.0), 2.0);
    }

    #[test]
    fn both_directions_have_one_scale() {
        let tissue = Tissue::new(vec![[0.0, 0.0], [10.0, 0.0], [0.0, 40.0], [10.0, 40.0]]);
        let viewport = Viewport::new(&tissue, true);
        let [x0, y0] = viewport.at([0.0, 0.0]);
        let [x1, y1] = viewport.at([10.0, 40.0]);
        assert!(((y1 - y0) / (x1 - x0) - 4.0).abs() < 1e-9);
        assert!(viewport.place.height > viewport.place.width);
    }
}
