//! Curves, such as a loss over epochs.

use crate::axis::{Axis, NAME_ROOM, horizontal_grid, horizontal_labels, label_room, vertical_name};
use crate::color::Rgb;
use crate::drawing::{Anchor, Drawing, Ink, Place, Shape, text_width};
use crate::palette::domain_color;

/// Largest number of points drawn per curve; a longer curve keeps every k-th point and its last.
const POINTS: usize = 600;

/// If the values are positive and the largest is this many times the smallest, the scale is logarithmic.
const LOG_FROM: f64 = 100.0;

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name, in the legend.
    pub name: String,
    /// Its points by x; a point that is not finite leaves a gap.
    pub points: Vec<(f64, f64)>,
    /// Its colour; the default depends on the order of the curves.
    pub color: Option<Rgb>,
}

impl Series {
    /// A curve through `values` at 0, 1, 2, …
    pub fn new(name: impl Into<String>, values: &[f64]) -> Self {
        let points = values
            .iter()
            .enumerate()
            .map(|(i, y)| (i as f64, *y))
            .collect();
        Self {
            name: name.into(),
            points,
            color: None,
        }
    }
}

/// A chart of curves.
#[derive(Debug, Clone)]
pub struct LineChart {
    title: String,
    x_label: String,
    y_label: String,
    size: (f64, f64),
    series: Vec<Series>,
}

impl LineChart {
    /// An empty chart, 520 × 300.
    pub fn new(
        title: impl Into<String>,
        x_label: impl Into<String>,
        y_label: impl Into<String>,
    ) -> Self {
        let (title, x_label, y_label) = (title.into(), x_label.into(), y_label.into());
        Self {
            title,
            x_label,
            y_label,
            size: (520.0, 300.0),
            series: Vec::new(),
        }
    }

    /// Adds a curve.
    #[must_use]
    pub fn with_series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Sets width and height in CSS pixels.
    #[must_use]
    pub fn with_size(mut self, width: f64, height: f64) -> Self {
        self.size = (width, height);
        self
    }

    /// Draws the chart; the y scale is logarithmic if all values are positive and differ by a large factor.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let mut drawing = Drawing::new(self.size.0, self.size.1, &self.title);
        let points = || self.series.iter().flat_map(|s| &s.points);
        let finite = || points().map(|(_, y)| *y).filter(|y| y.is_finite());
        let (low, high) = finite().fold((f64::INFINITY, 0.0_f64), |(l, h), y| (l.min(y), h.max(y)));
        let logarithmic = low > 0.0 && high / low > LOG_FROM;
        let y_axis = if logarithmic {
            Axis::logarithmic(finite())
        } else {
            Axis::linear(finite(), 4)
        };
        let x_axis = Axis::tight(points().map(|(x, _)| *x), 5);

        let left = label_room(&y_axis) + 16.0;
        let name = if self.y_label.is_empty() {
            0.0
        } else {
            NAME_ROOM
        };
        let top = if self.title.is_empty() { 12.0 } else { 34.0 };
        let foot = if self.x_label.is_empty() { 26.0 } else { 44.0 };
        let legend = if self.series.len() > 1 { 22.0 } else { 0.0 };
        let place = Place {
            x: left,
            y: top + legend + name,
            width: (self.size.0 - left - 16.0).max(20.0),
            height: (self.size.1 - top - legend - name - foot).max(20.0),
        };
        if !self.title.is_empty() {
            drawing.heading([10.0, 20.0], &self.title, 14.0);
        }
        horizontal_grid(&mut drawing, &place, &y_axis);
        horizontal_labels(&mut drawing, &place, &x_axis, &self.x_label);
        if !self.y_label.is_empty() {
            vertical_name(&mut drawing, &place, &self.y_label);
        }
        let mut x = place.x;
        for (i, series) in self.series.iter().enumerate() {
            let ink = Ink::Rgb(series.color.unwrap_or_else(|| domain_color(i)));
            for points in pieces(&series.points) {
                let points = points.map(|(x, y)| {
                    [
                        place.x + x_axis.part(x) * place.width,
                        place.y + (1.0 - y_axis.part(y)) * place.height,
                    ]
                });
                drawing.push(Shape::Polyline {
                    points: points.collect(),
                    ink,
                    width: 1.8,
                });
            }
            if legend > 0.0 {
                drawing.line([x, top + 6.0], [x + 16.0, top + 6.0], ink, 2.5);
                drawing.text(
                    [x + 21.0, top + 10.0],
                    &series.name,
                    12.0,
                    Anchor::Start,
                    Ink::Text,
                );
                x += 21.0 + text_width(&series.name, 12.0) + 14.0;
            }
        }
        drawing
    }
}

/// The sections of finite points, thinned.
fn pieces(points: &[(f64, f64)]) -> impl Iterator<Item = impl Iterator<Item = (f64, f64)>> {
    let step = points.len().div_ceil(POINTS).max(1);
    points
        .split(|(x, y)| !(x.is_finite() && y.is_finite()))
        .filter(|piece| !piece.is_empty())
        .map(move |piece| {
            let last = piece.len() - 1;
            piece
                .iter()
                .enumerate()
                .filter(move |(i, _)| i % step == 0 || *i == last)
                .map(|(_, point)| *point)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_chart() {
        let chart = LineChart::new("", "epoch", "")
            .with_size(120.0, 90.0)
            .with_series(Series::new("loss", &[4.0, 2.0, 1.0]));
        insta::assert_snapshot!(chart.draw().to_inline_svg(), @r##"
        <svg role="img" aria-label="" width="120" height="90" viewBox="0 0 120 90">
        <line x1="22.82" y1="46" x2="104" y2="46" stroke="var(--grid)" stroke-width="1"/>
        <text x="16.82" y="50" font-size="11" fill="var(--muted)" text-anchor="end">1</text>
        <line x1="22.82" y1="34.67" x2="104" y2="34.67" stroke="var(--grid)" stroke-width="1"/>
        <text x="16.82" y="38.67" font-size="11" fill="var(--muted)" text-anchor="end">2</text>
        <line x1="22.82" y1="23.33" x2="104" y2="23.33" stroke="var(--grid)" stroke-width="1"/>
        <text x="16.82" y="27.33" font-size="11" fill="var(--muted)" text-anchor="end">3</text>
        <line x1="22.82" y1="12" x2="104" y2="12" stroke="var(--grid)" stroke-width="1"/>
        <text x="16.82" y="16" font-size="11" fill="var(--muted)" text-anchor="end">4</text>
        <line x1="22.82" y1="46" x2="22.82" y2="50" stroke="var(--muted)" stroke-width="1"/>
        <text x="22.82" y="63" font-size="11" fill="var(--muted)" text-anchor="middle">0</text>
        <line x1="43.12" y1="46" x2="43.12" y2="50" stroke="var(--muted)" stroke-width="1"/>
        <text x="43.12" y="63" font-size="11" fill="var(--muted)" text-anchor="middle">0.5</text>
        <line x1="63.41" y1="46" x2="63.41" y2="50" stroke="var(--muted)" stroke-width="1"/>
        <text x="63.41" y="63" font-size="11" fill="var(--muted)" text-anchor="middle">1</text>
        <line x1="83.71" y1="46" x2="83.71" y2="50" stroke="var(--muted)" stroke-width="1"/>
        <text x="83.71" y="63" font-size="11" fill="var(--muted)" text-anchor="middle">1.5</text>
        <line x1="104" y1="46" x2="104" y2="50" stroke="var(--muted)" stroke-width="1"/>
        <text x="104" y="63" font-size="11" fill="var(--muted)" text-anchor="middle">2</text>
        <line x1="22.82" y1="46" x2="104" y2="46" stroke="var(--muted)" stroke-width="1"/>
        <text x="63.41" y="80" font-size="12" fill="var(--muted)" text-anchor="middle">epoch</text>
        <polyline fill="none" stroke-linejoin="round" stroke="#0072b2" stroke-width="1.8" points="22.82,12 63.41,34.67 104,46"/>
        </svg>
        "##);
    }

    #[test]
    fn gaps_and_long_curves() {
        let values: Vec<f64> = (0..5_000)
            .map(|i| {
                if i == 2_500 {
                    f64::NAN
                } else {
                    1e6 / f64::from(i + 1)
                }
            })
            .collect();
        let drawing = LineChart::new("t", "", "y")
            .with_series(Series::new("a", &values))
            .with_series(Series::new("b", &[]))
            .draw();
        let svg = drawing.to_svg();
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.len() < 30_000, "{}", svg.len());
        assert!(!svg.contains("NaN"));
    }
}
