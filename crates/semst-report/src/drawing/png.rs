//! A drawing as PNG: kuva draws lines and letters (its font is part of the binary), this crate draws the rest.

use std::io::Cursor;

use image::imageops::{FilterType, resize};
use image::{ImageFormat, RgbImage};
use kuva::RasterBackend;
use kuva::render::color::Color;
use kuva::render::render::{Primitive, Scene, TextAnchor};

use super::{Anchor, Drawing, Ink, Place, Shape};
use crate::color::Rgb;
use crate::error::ReportError;

/// The offset of the second stroke of bold letters, in CSS pixels.
const BOLD: f64 = 0.5;

impl Drawing {
    /// Paints the drawing on a white background with `scale` pixels per CSS pixel (3 is suitable for print).
    ///
    /// It needs no font of the system, so the picture is the same on every system.
    ///
    /// # Errors
    ///
    /// [`ReportError::Paint`] when `scale` leaves no pixel, [`ReportError::Encode`] when the
    /// encoder fails.
    ///
    /// # Complexity
    ///
    /// O(pixels + covered pixels of every dot); a million dots take about a second.
    pub fn to_png(&self, scale: f64) -> Result<Vec<u8>, ReportError> {
        let canvas = self.paint(scale)?;
        encode(self.paint_spots(canvas, scale))
    }

    /// Only images and dots, on a white background, as PNG.
    pub(super) fn spots_png(&self, scale: f64) -> Result<Vec<u8>, ReportError> {
        let side = |length: f64| (length * scale).ceil() as u32;
        let paper = RgbImage::from_pixel(side(self.width), side(self.height), image::Rgb([255; 3]));
        encode(self.paint_spots(paper, scale))
    }

    fn paint_spots(&self, mut canvas: RgbImage, scale: f64) -> RgbImage {
        for shape in &self.shapes {
            match shape {
                Shape::Image {
                    place,
                    pixels,
                    fade,
                } => lay(&mut canvas, place, pixels, *fade, scale),
                Shape::Dots {
                    centres,
                    radius,
                    fill,
                    ..
                } => {
                    let radius = (radius * scale).max(0.55) as f32;
                    for [x, y] in centres {
                        dot(
                            &mut canvas,
                            (x * scale) as f32,
                            (y * scale) as f32,
                            radius,
                            *fill,
                        );
                    }
                }
                _ => {}
            }
        }
        canvas
    }

    /// Lines, rectangles and letters.
    fn paint(&self, scale: f64) -> Result<RgbImage, ReportError> {
        let mut scene = Scene::new(self.width, self.height);
        scene.elements = self.shapes.iter().filter_map(primitive).collect();
        // kuva has no bold letters in PNG: a second stroke next to the first makes them bold.
        let bold = self
            .shapes
            .iter()
            .filter(|shape| matches!(shape, Shape::Text { bold: true, .. }));
        let again = bold.filter_map(primitive).map(|mut primitive| {
            if let Primitive::Text { x, .. } = &mut primitive {
                *x += BOLD;
            }
            primitive
        });
        scene.elements.extend(again);
        let png = RasterBackend::new()
            .with_scale(scale as f32)
            .render_scene(&scene)
            .map_err(ReportError::Paint)?;
        Ok(image::load_from_memory_with_format(&png, ImageFormat::Png)?.into_rgb8())
    }
}

fn encode(canvas: RgbImage) -> Result<Vec<u8>, ReportError> {
    let mut png = Cursor::new(Vec::new());
    canvas.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

fn primitive(shape: &Shape) -> Option<Primitive> {
    Some(match shape {
        Shape::Rect {
            place:
                Place {
                    x,
                    y,
                    width,
                    height,
                },
            fill,
            stroke,
        } => Primitive::Rect {
            x: *x,
            y: *y,
            width: *width,
            height: *height,
            fill: fill.map_or(Color::None, color),
            stroke: stroke.map(color),
            stroke_width: None,
            opacity: None,
        },
        Shape::Line {
            from,
            to,
            ink,
            width,
        } => Primitive::Line {
            x1: from[0],
            y1: from[1],
            x2: to[0],
            y2: to[1],
            stroke: color(*ink),
            stroke_width: *width,
            stroke_dasharray: None,
        },
        Shape::Polyline { points, ink, width } => Primitive::PolyLine {
            points: points.iter().map(|[x, y]| (*x, *y)).collect(),
            stroke: color(*ink),
            stroke_width: *width,
            stroke_dasharray: None,
        },
        Shape::Text {
            at: [x, y],
            text,
            size,
            anchor,
            ink,
            bold,
        } => Primitive::Text {
            x: *x,
            y: *y,
            // kuva interprets $..$ as mathematics.
            content: text.replace('$', "\\$"),
            size: size.round() as u32,
            anchor: match anchor {
                Anchor::Start => TextAnchor::Start,
                Anchor::Middle => TextAnchor::Middle,
                Anchor::End => TextAnchor::End,
            },
            rotate: None,
            bold: *bold,
            color: Some(color(*ink)),
        },
        Shape::Dots { .. } | Shape::Image { .. } => return None,
    })
}

fn color(ink: Ink) -> Color {
    let Rgb(r, g, b) = ink.on_paper();
    Color::Rgb(r, g, b)
}

/// Draws a picture into its place, faded towards white.
fn lay(canvas: &mut RgbImage, place: &Place, pixels: &RgbImage, fade: f64, scale: f64) {
    let side = |length: f64| (length * scale).round().max(1.0) as u32;
    let scaled = resize(
        pixels,
        side(place.width),
        side(place.height),
        FilterType::CatmullRom,
    );
    let (left, top) = (side(place.x), side(place.y));
    for (x, y, pixel) in scaled.enumerate_pixels() {
        if let Some(under) = canvas.get_pixel_mut_checked(left + x, top + y) {
            let Rgb(r, g, b) = Rgb(pixel[0], pixel[1], pixel[2]).mix(Rgb(255, 255, 255), fade);
            under.0 = [r, g, b];
        }
    }
}

/// Paints a disc; a pixel at the edge is covered in part.
fn dot(canvas: &mut RgbImage, x: f32, y: f32, radius: f32, Rgb(r, g, b): Rgb) {
    let (width, height) = canvas.dimensions();
    let range = |centre: f32, limit: u32| {
        let first = (centre - radius - 1.0).floor().max(0.0) as u32;
        let last = (centre + radius + 1.0).ceil().clamp(0.0, limit as f32) as u32;
        first..last
    };
    for py in range(y, height) {
        for px in range(x, width) {
            let distance = (px as f32 + 0.5 - x).hypot(py as f32 + 0.5 - y);
            let cover = (radius + 0.5 - distance).clamp(0.0, 1.0);
            if cover > 0.0 {
                let pixel = canvas.get_pixel_mut(px, py);
                for (under, over) in pixel.0.iter_mut().zip([r, g, b]) {
                    let mixed = f32::from(*under) + (f32::from(over) - f32::from(*under)) * cover;
                    *under = mixed.round() as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_covers_its_area() {
        let mut canvas = RgbImage::from_pixel(40, 40, image::Rgb([255; 3]));
        dot(&mut canvas, 20.0, 20.0, 10.0, Rgb(0, 0, 0));
        let covered: f64 = canvas.pixels().map(|p| 1.0 - f64::from(p[0]) / 255.0).sum();
        assert!(
            (covered - std::f64::consts::PI * 100.0).abs() < 3.0,
            "{covered}"
        );
        assert_eq!(canvas.get_pixel(20, 20).0, [0; 3]);
        dot(&mut canvas, -50.0, 1e9, 3.0, Rgb(9, 9, 9));
    }
}
