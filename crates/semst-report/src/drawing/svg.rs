//! A drawing as SVG.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::codecs::jpeg::JpegEncoder;

use super::{Anchor, Drawing, Ink, Place, Shape};
use crate::number::coordinate as c;

/// Quality of the JPEG of a tissue image in an SVG.
const QUALITY: u8 = 88;

/// More dots than this become a raster picture within the SVG.
const VECTOR_DOTS: usize = 200_000;

/// Pixels of that picture per CSS pixel.
const PICTURE_SCALE: f64 = 3.0;

impl Drawing {
    /// Writes a complete file: white background, fixed colours, no external references.
    ///
    /// Above 200,000 spots the spots are a raster picture within the SVG, because viewers cannot open that many circles.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let (w, h) = (c(self.width), c(self.height));
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">"
        );
        let _ = writeln!(out, "<title>{}</title>", escape(&self.title));
        let _ = writeln!(out, "<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>");
        self.shapes(&mut out, |ink| ink.on_paper().to_string());
        out.push_str("</svg>\n");
        out
    }

    /// Writes an element for a page: no background, and text in the page's `--ink`, `--muted`, `--grid`.
    #[must_use]
    pub fn to_inline_svg(&self) -> String {
        let mut out = String::new();
        let (w, h) = (c(self.width), c(self.height));
        let _ = writeln!(
            out,
            "<svg role=\"img\" aria-label=\"{}\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">",
            escape(&self.title)
        );
        self.shapes(&mut out, |ink| match ink {
            Ink::Text => "var(--ink)".to_owned(),
            Ink::Muted => "var(--muted)".to_owned(),
            Ink::Grid => "var(--grid)".to_owned(),
            Ink::Rgb(color) => color.to_string(),
        });
        out.push_str("</svg>");
        out
    }

    fn shapes(&self, out: &mut String, paint: impl Fn(Ink) -> String) {
        let picture = if self.dots() > VECTOR_DOTS {
            self.spots_png(PICTURE_SCALE).ok()
        } else {
            None
        };
        if let Some(png) = &picture {
            let (w, h) = (c(self.width), c(self.height));
            let data = BASE64_STANDARD.encode(png);
            let _ = writeln!(
                out,
                "<image width=\"{w}\" height=\"{h}\" href=\"data:image/png;base64,{data}\"/>"
            );
        }
        for shape in &self.shapes {
            if picture.is_some() && matches!(shape, Shape::Dots { .. } | Shape::Image { .. }) {
                continue;
            }
            // Writing to a string cannot fail.
            let _ = write_shape(out, shape, &paint);
        }
    }
}

fn write_shape(
    out: &mut String,
    shape: &Shape,
    paint: &impl Fn(Ink) -> String,
) -> std::fmt::Result {
    match shape {
        Shape::Rect {
            place,
            fill,
            stroke,
        } => {
            write!(out, "<rect {}", area(place))?;
            write!(
                out,
                " fill=\"{}\"",
                fill.map_or_else(|| "none".to_owned(), paint)
            )?;
            if let Some(stroke) = stroke {
                write!(out, " stroke=\"{}\"", paint(*stroke))?;
            }
            writeln!(out, "/>")
        }
        Shape::Line {
            from,
            to,
            ink,
            width,
        } => writeln!(
            out,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>",
            c(from[0]),
            c(from[1]),
            c(to[0]),
            c(to[1]),
            paint(*ink),
            c(*width)
        ),
        Shape::Polyline { points, ink, width } => {
            write!(
                out,
                "<polyline fill=\"none\" stroke-linejoin=\"round\" stroke=\"{}\" stroke-width=\"{}\" points=\"",
                paint(*ink),
                c(*width)
            )?;
            for (i, [x, y]) in points.iter().enumerate() {
                write!(out, "{}{},{}", if i > 0 { " " } else { "" }, c(*x), c(*y))?;
            }
            writeln!(out, "\"/>")
        }
        Shape::Dots {
            centres,
            radius,
            fill,
            label,
        } => {
            writeln!(out, "<g fill=\"{fill}\"><title>{}</title>", escape(label))?;
            let radius = c(*radius);
            for [x, y] in centres {
                write!(
                    out,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\"/>",
                    c(*x),
                    c(*y)
                )?;
            }
            writeln!(out, "</g>")
        }
        Shape::Text {
            at: [x, y],
            text,
            size,
            anchor,
            ink,
            bold,
        } => {
            write!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"",
                c(*x),
                c(*y),
                c(*size),
                paint(*ink)
            )?;
            match anchor {
                Anchor::Start => {}
                Anchor::Middle => write!(out, " text-anchor=\"middle\"")?,
                Anchor::End => write!(out, " text-anchor=\"end\"")?,
            }
            if *bold {
                write!(out, " font-weight=\"600\"")?;
            }
            writeln!(out, ">{}</text>", escape(text))
        }
        Shape::Image {
            place,
            pixels,
            fade,
        } => {
            let mut jpeg = Vec::new();
            // Encoding into memory fails only for an empty picture, which can be left out.
            if JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
                .encode_image(pixels)
                .is_err()
            {
                return Ok(());
            }
            writeln!(
                out,
                "<rect {} fill=\"#ffffff\"/>\n<image {} opacity=\"{}\" preserveAspectRatio=\"none\" \
                 href=\"data:image/jpeg;base64,{}\"/>",
                area(place),
                area(place),
                c(1.0 - fade),
                BASE64_STANDARD.encode(&jpeg)
            )
        }
    }
}

fn area(place: &Place) -> String {
    let Place {
        x,
        y,
        width,
        height,
    } = place;
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        c(*x),
        c(*y),
        c(*width),
        c(*height)
    )
}

/// Escapes text for XML and HTML; characters that XML forbids are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out
}
