//! What scanpy and squidpy need in `uns/spatial` to draw a slide without arguments: a `hires` picture, its scale factor and the
//! diameter of a spot.

use image::RgbImage;
use image::imageops::{FilterType, resize};
use ndarray::Array2;

use super::fresh::Pictures;
use crate::lattice::{Lattice, pitch};
use crate::tissue::{ImageResolution, Scalefactors};

/// The share of the distance between spots that Space Ranger takes for their diameter: 65 of 100 µm. Bins touch.
const SPOT_OF_HEXAGONAL: f64 = 0.65;

/// Pixels on the longer side of a white picture without a scale factor.
const WHITE_SIDE: f64 = 1_000.0;

/// Pixels on the longer side of the largest picture that is made.
const LARGEST_SIDE: f64 = 4_096.0;

/// Adds what is missing so that `sc.pl.spatial` and `sq.pl.spatial_scatter` draw the spots at once. Pictures and factors that can be
/// used stay as they are.
///
/// - A picture without a usable scale factor has no place, so it is left out, as on reading.
/// - A missing `hires` picture is the `lowres` one, resized to the scale factor of `hires`; without any picture it is white.
/// - A missing diameter of a spot follows from the distance between spots.
pub(crate) fn complete<'a>(mut pictures: Pictures<'a>, points: &Array2<f64>) -> Pictures<'a> {
    let factors = &mut pictures.scalefactors;
    let images = &mut pictures.images;
    images.retain(|(resolution, _)| factors.scale(*resolution).is_some());
    let diameter = factors.spot_diameter().unwrap_or_else(|| diameter(points));
    factors.spot_diameter_fullres = Some(diameter);
    let find = |wanted| images.iter().find(|(resolution, _)| *resolution == wanted);
    if find(ImageResolution::Hires).is_none() {
        let (picture, scale) = match find(ImageResolution::Lowres) {
            Some((_, lowres)) => enlarged(lowres, factors),
            None => white(points, diameter, factors),
        };
        factors.tissue_hires_scalef = Some(scale);
        images.push((ImageResolution::Hires, picture));
    }
    pictures
}

/// Whether a picture is the white one that stands for a missing picture.
pub(crate) fn is_white(picture: &RgbImage) -> bool {
    picture.as_raw().iter().all(|&byte| byte == u8::MAX)
}

/// The diameter of a spot by the distance between spots; 1 where it is unknown.
fn diameter(points: &Array2<f64>) -> f64 {
    let share = match Lattice::of(points) {
        Lattice::Hexagonal => SPOT_OF_HEXAGONAL,
        Lattice::Square | Lattice::None => 1.0,
    };
    pitch(points).map_or(1.0, |pitch| pitch * share)
}

/// The lowres picture at the scale of `hires`, and that scale; the picture itself where `hires` has no scale, or one that makes it
/// too large.
fn enlarged(lowres: &RgbImage, factors: &Scalefactors) -> (RgbImage, f64) {
    let low = factors.scale(ImageResolution::Lowres).unwrap_or(1.0);
    let high = factors.scale(ImageResolution::Hires).unwrap_or(low);
    let sides =
        [lowres.width(), lowres.height()].map(|side| (f64::from(side) * high / low).round());
    if high == low || !sides.iter().all(|side| (1.0..=LARGEST_SIDE).contains(side)) {
        return (lowres.clone(), low);
    }
    let [width, height] = sides.map(|side| side as u32);
    (resize(lowres, width, height, FilterType::Triangle), high)
}

/// A white picture below all spots, and its scale: that of `hires`, where it makes a picture of a usual size.
fn white(points: &Array2<f64>, diameter: f64, factors: &Scalefactors) -> (RgbImage, f64) {
    let ends =
        [0, 1].map(|axis| points.column(axis).iter().copied().fold(0.0, f64::max) + diameter);
    let longer = ends[0].max(ends[1]);
    let usual = |scale: &f64| (1.0..=LARGEST_SIDE).contains(&(longer * scale));
    let known = factors.scale(ImageResolution::Hires).filter(usual);
    let scale = known.unwrap_or((WHITE_SIDE / longer).clamp(1e-6, 1e6));
    let [width, height] = ends.map(|end| (end * scale).ceil().clamp(1.0, LARGEST_SIDE) as u32);
    let pixel = image::Rgb([u8::MAX; 3]);
    (RgbImage::from_pixel(width, height, pixel), scale)
}
