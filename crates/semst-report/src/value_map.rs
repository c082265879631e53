//! Spots coloured by a number.

use crate::drawing::{Anchor, Drawing, Ink, Place, Shape};
use crate::error::ReportError;
use crate::number::short;
use crate::palette::{UNLABELLED, viridis};
use crate::tissue::Tissue;
use crate::viewport::Viewport;

/// Steps of the colour scale.
const STEPS: usize = 64;

/// A map of a number per spot (confidence, a score, expression), from dark blue to yellow.
#[derive(Debug, Clone)]
pub struct ValueMap<'a> {
    tissue: &'a Tissue,
    values: &'a [f32],
    title: &'a str,
    range: Option<(f64, f64)>,
}

impl<'a> ValueMap<'a> {
    /// A map of one value per spot; a value that is not finite is drawn in pale grey.
    #[must_use]
    pub fn new(tissue: &'a Tissue, values: &'a [f32]) -> Self {
        Self {
            tissue,
            values,
            title: "",
            range: None,
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: &'a str) -> Self {
        self.title = title;
        self
    }

    /// Sets the ends of the colour scale; by default the smallest and largest value.
    #[must_use]
    pub fn with_range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Draws the map.
    ///
    /// # Errors
    ///
    /// As [`DomainMap::draw`](crate::DomainMap::draw); [`ReportError::Length`] for the values.
    pub fn draw(&self) -> Result<Drawing, ReportError> {
        self.tissue.check()?;
        let (expected, got) = (self.tissue.coords.len(), self.values.len());
        if expected != got {
            return Err(ReportError::Length {
                what: "values",
                expected,
                got,
            });
        }
        let (low, high) = self.range.unwrap_or_else(|| self.extent());
        let width = if high > low { high - low } else { 1.0 };
        let viewport = Viewport::new(self.tissue, !self.title.is_empty());
        let mut drawing = viewport.start(self.tissue, self.title, [64.0, 0.0]);
        let mut steps = vec![Vec::new(); STEPS];
        let mut missing = Vec::new();
        for (point, value) in self.tissue.coords.iter().zip(self.values) {
            let part = (f64::from(*value) - low) / width;
            if part.is_finite() {
                steps[((part * STEPS as f64).max(0.0) as usize).min(STEPS - 1)]
                    .push(viewport.at(*point));
            } else {
                missing.push(viewport.at(*point));
            }
        }
        let radius = viewport.radius;
        if !missing.is_empty() {
            drawing.push(Shape::Dots {
                centres: missing,
                radius,
                fill: UNLABELLED,
                label: "no value".to_owned(),
            });
        }
        for (step, centres) in steps
            .into_iter()
            .enumerate()
            .filter(|(_, centres)| !centres.is_empty())
        {
            let middle = (step as f64 + 0.5) / STEPS as f64;
            let label = short(low + middle * width);
            drawing.push(Shape::Dots {
                centres,
                radius,
                fill: viridis(middle),
                label,
            });
        }
        scale(&mut drawing, &viewport, low, low + width);
        Ok(drawing)
    }

    fn extent(&self) -> (f64, f64) {
        let finite = || {
            self.values
                .iter()
                .copied()
                .filter(|v| v.is_finite())
                .map(f64::from)
        };
        let (low, high) = (
            finite().fold(f64::INFINITY, f64::min),
            finite().fold(f64::NEG_INFINITY, f64::max),
        );
        if low <= high { (low, high) } else { (0.0, 1.0) }
    }
}

/// The colour scale on the right of the map.
fn scale(drawing: &mut Drawing, viewport: &Viewport, low: f64, high: f64) {
    let height = (viewport.place.height * 0.6).min(220.0);
    let top = viewport.place.y + (viewport.place.height - height) / 2.0;
    let (x, step) = (viewport.legend_x(), height / STEPS as f64);
    for i in 0..STEPS {
        let fill = Some(Ink::Rgb(viridis(1.0 - (i as f64 + 0.5) / STEPS as f64)));
        // Half a pixel of overlap hides gaps.
        let place = Place {
            x,
            y: top + i as f64 * step,
            width: 14.0,
            height: step + 0.5,
        };
        drawing.push(Shape::Rect {
            place,
            fill,
            stroke: None,
        });
    }
    for part in [0.0, 0.5, 1.0] {
        let y = top + (1.0 - part) * height;
        drawing.text(
            [x + 20.0, y + 4.0],
            &tick(low + part * (high - low), high - low),
            12.0,
            Anchor::Start,
            Ink::Muted,
        );
    }
}

/// A value, rounded to a thousandth of the width of the scale.
fn tick(value: f64, width: f64) -> String {
    let step = 10.0_f64.powf(width.log10().floor() - 2.0);
    short((value / step).round() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_missing_are_grey() -> Result<(), ReportError> {
        let tissue = Tissue::new(vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]);
        let svg = ValueMap::new(&tissue, &[0.0, f32::NAN, 2.0])
            .draw()?
            .to_svg();
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("<title>no value</title>"));
        assert!(svg.contains(">2</text>") && svg.contains(">1</text>"));
        ValueMap::new(&tissue, &[1.0; 3]).draw()?;
        ValueMap::new(&tissue, &[f32::NAN; 3]).draw()?;
        assert!(ValueMap::new(&tissue, &[1.0]).draw().is_err());
        Ok(())
    }
}
