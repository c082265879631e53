//! A picture as a list of shapes, and its two forms: SVG text and PNG bytes.

mod png;
mod svg;

use crate::color::Rgb;
pub(crate) use svg::escape;

/// A picture that can be written as SVG or PNG. The maps and charts of this crate return it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    width: f64,
    height: f64,
    /// The text for screen readers.
    title: String,
    shapes: Vec<Shape>,
}

/// A shape; lengths in CSS pixels from the top left corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Rect {
        place: Place,
        fill: Option<Ink>,
        stroke: Option<Ink>,
    },
    Line {
        from: [f64; 2],
        to: [f64; 2],
        ink: Ink,
        width: f64,
    },
    Polyline {
        points: Vec<[f64; 2]>,
        ink: Ink,
        width: f64,
    },
    /// Circles of one colour; in PNG they are drawn above all other shapes except images, whose order is kept.
    Dots {
        centres: Vec<[f64; 2]>,
        radius: f64,
        fill: Rgb,
        label: String,
    },
    Text {
        at: [f64; 2],
        text: String,
        size: f64,
        anchor: Anchor,
        ink: Ink,
        bold: bool,
    },
    /// RGB pixels drawn into a rectangle, faded towards white by `fade` (0 to 1).
    Image {
        place: Place,
        pixels: image::RgbImage,
        fade: f64,
    },
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The anchor of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A colour, or a role whose colour follows the page (light or dark) in inline SVG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Text,
    Muted,
    Grid,
    Rgb(Rgb),
}

impl Ink {
    /// The colour on white paper.
    fn on_paper(self) -> Rgb {
        match self {
            Self::Text => Rgb::from_hex(0x1b1f24),
            Self::Muted => Rgb::from_hex(0x5f6873),
            Self::Grid => Rgb::from_hex(0xdfe3e8),
            Self::Rgb(color) => color,
        }
    }
}

impl Drawing {
    pub(crate) fn new(width: f64, height: f64, title: &str) -> Self {
        Self {
            width: width.round(),
            height: height.round(),
            title: title.to_owned(),
            shapes: Vec::new(),
        }
    }

    /// Width and height in CSS pixels.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// Number of dots.
    fn dots(&self) -> usize {
        let dots = self.shapes.iter().map(|shape| {
            if let Shape::Dots { centres, .. } = shape {
                centres.len()
            } else {
                0
            }
        });
        dots.sum()
    }

    pub(crate) fn push(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    pub(crate) fn text(&mut self, at: [f64; 2], text: &str, size: f64, anchor: Anchor, ink: Ink) {
        self.push(Shape::Text {
            at,
            text: text.to_owned(),
            size,
            anchor,
            ink,
            bold: false,
        });
    }

    pub(crate) fn heading(&mut self, at: [f64; 2], text: &str, size: f64) {
        let anchor = Anchor::Start;
        self.push(Shape::Text {
            at,
            text: text.to_owned(),
            size,
            anchor,
            ink: Ink::Text,
            bold: true,
        });
    }

    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], ink: Ink, width: f64) {
        self.push(Shape::Line {
            from,
            to,
            ink,
            width,
        });
    }
}

/// An upper estimate of the width of a text: DejaVu Sans, the widest of the used fonts.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' | ' ' | '\u{2009}' => 0.33,
            'm' | 'w' | 'M' | 'W' => 0.95,
            'A'..='Z' => 0.70,
            _ => 0.62,
        })
        .sum();
    ems * size
}
