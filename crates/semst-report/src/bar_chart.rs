//! Horizontal bars, such as the sizes of domains.

use crate::color::Rgb;
use crate::drawing::{Anchor, Drawing, Ink, Place, Shape, text_width};

/// Height of a bar with the space below it.
const LINE: f64 = 24.0;

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The text on its left.
    pub name: String,
    /// Its length; negative or not finite values are not drawn.
    pub value: f64,
    /// The text on its right.
    pub label: String,
    /// Its colour.
    pub color: Rgb,
}

/// A chart of horizontal bars from zero.
#[derive(Debug, Clone)]
pub struct BarChart {
    title: String,
    width: f64,
    bars: Vec<Bar>,
}

impl BarChart {
    /// A chart of these bars, 520 wide.
    pub fn new(title: impl Into<String>, bars: Vec<Bar>) -> Self {
        Self {
            title: title.into(),
            width: 520.0,
            bars,
        }
    }

    /// Sets the width in CSS pixels.
    #[must_use]
    pub fn with_width(mut self, width: f64) -> Self {
        self.width = width;
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let top = if self.title.is_empty() { 8.0 } else { 36.0 };
        let mut drawing = Drawing::new(
            self.width,
            top + self.bars.len() as f64 * LINE + 8.0,
            &self.title,
        );
        if !self.title.is_empty() {
            drawing.heading([10.0, 20.0], &self.title, 14.0);
        }
        let room = |text: fn(&Bar) -> &str| {
            self.bars
                .iter()
                .map(|b| text_width(text(b), 12.0))
                .fold(0.0, f64::max)
        };
        let left = 10.0 + room(|bar| &bar.name) + 10.0;
        let width = (self.width - left - room(|bar| &bar.label) - 18.0).max(20.0);
        let longest = self
            .bars
            .iter()
            .map(|b| b.value)
            .filter(|v| v.is_finite())
            .fold(0.0, f64::max);
        for (i, bar) in self.bars.iter().enumerate() {
            let y = top + i as f64 * LINE;
            let part = if longest > 0.0 && bar.value > 0.0 {
                (bar.value / longest).min(1.0)
            } else {
                0.0
            };
            let place = Place {
                x: left,
                y: y + 2.0,
                width: part * width,
                height: LINE - 7.0,
            };
            drawing.text(
                [left - 10.0, y + 15.0],
                &bar.name,
                12.0,
                Anchor::End,
                Ink::Text,
            );
            drawing.push(Shape::Rect {
                place,
                fill: Some(Ink::Rgb(bar.color)),
                stroke: None,
            });
            drawing.text(
                [left + place.width + 6.0, y + 15.0],
                &bar.label,
                12.0,
                Anchor::Start,
                Ink::Muted,
            );
        }
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_proportional() {
        let bar = |value| Bar {
            name: "a".into(),
            value,
            label: "n".into(),
            color: Rgb(1, 2, 3),
        };
        let drawing = BarChart::new("", vec![bar(4.0), bar(1.0), bar(f64::NAN)])
            .with_width(120.0)
            .draw();
        insta::assert_snapshot!(drawing.to_inline_svg(), @r##"
        <svg role="img" aria-label="" width="120" height="88" viewBox="0 0 120 88">
        <text x="17.44" y="23" font-size="12" fill="var(--ink)" text-anchor="end">a</text>
        <rect x="27.44" y="10" width="67.12" height="17" fill="#010203"/>
        <text x="100.56" y="23" font-size="12" fill="var(--muted)">n</text>
        <text x="17.44" y="47" font-size="12" fill="var(--ink)" text-anchor="end">a</text>
        <rect x="27.44" y="34" width="16.78" height="17" fill="#010203"/>
        <text x="50.22" y="47" font-size="12" fill="var(--muted)">n</text>
        <text x="17.44" y="71" font-size="12" fill="var(--ink)" text-anchor="end">a</text>
        <rect x="27.44" y="58" width="0" height="17" fill="#010203"/>
        <text x="33.44" y="71" font-size="12" fill="var(--muted)">n</text>
        </svg>
        "##);
    }
}
