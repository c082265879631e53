//! Boxes over groups of values, such as scores over seeds.

use crate::axis::{Axis, horizontal_grid, label_room, vertical_name};
use crate::color::Rgb;
use crate::drawing::{Anchor, Drawing, Ink, Place, Shape, text_width};
use crate::palette::domain_color;

/// Width of a group.
const COLUMN: f64 = 64.0;

/// A group of values.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxGroup {
    /// What stands below it.
    pub name: String,
    /// Its values; those that are not finite are left out.
    pub values: Vec<f64>,
    /// Its colour; by order if none.
    pub color: Option<Rgb>,
}

/// A chart of boxes: quartiles, median, whiskers to 1.5 interquartile ranges (Tukey), every value a dot.
#[derive(Debug, Clone)]
pub struct BoxPlot {
    title: String,
    y_label: String,
    height: f64,
    groups: Vec<BoxGroup>,
}

impl BoxPlot {
    /// An empty chart, 320 high and as wide as its groups need.
    pub fn new(title: impl Into<String>, y_label: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            y_label: y_label.into(),
            height: 320.0,
            groups: Vec::new(),
        }
    }

    /// Adds a group.
    #[must_use]
    pub fn with_group(mut self, name: impl Into<String>, values: Vec<f64>) -> Self {
        self.groups.push(BoxGroup {
            name: name.into(),
            values,
            color: None,
        });
        self
    }

    /// Adds groups with their colours.
    #[must_use]
    pub fn with_groups(mut self, groups: impl IntoIterator<Item = BoxGroup>) -> Self {
        self.groups.extend(groups);
        self
    }

    /// Sets the height in CSS pixels.
    #[must_use]
    pub fn with_height(mut self, height: f64) -> Self {
        self.height = height;
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let axis = Axis::linear(self.groups.iter().flat_map(|g| g.values.iter().copied()), 5);
        let left = label_room(&axis) + if self.y_label.is_empty() { 14.0 } else { 34.0 };
        let top = if self.title.is_empty() { 12.0 } else { 36.0 };
        let longest = self
            .groups
            .iter()
            .map(|g| text_width(&g.name, 12.0))
            .fold(0.0, f64::max);
        let tilted = longest > COLUMN - 6.0;
        let foot = if tilted { longest + 14.0 } else { 26.0 };
        let width = self.groups.len() as f64 * COLUMN;
        let place = Place {
            x: left,
            y: top,
            width,
            height: self.height - top - 12.0,
        };
        let minimum = text_width(&self.title, 14.0) + 24.0;
        let mut drawing = Drawing::new(
            (left + width + 16.0).max(minimum),
            self.height + foot,
            &self.title,
        );
        if !self.title.is_empty() {
            drawing.heading([10.0, 20.0], &self.title, 14.0);
        }
        horizontal_grid(&mut drawing, &place, &axis);
        if !self.y_label.is_empty() {
            vertical_name(&mut drawing, &place, &self.y_label);
        }
        for (i, group) in self.groups.iter().enumerate() {
            let x = place.x + (i as f64 + 0.5) * COLUMN;
            let color = group.color.unwrap_or_else(|| domain_color(i));
            draw_group(&mut drawing, group, x, color, |value| {
                place.y + (1.0 - axis.part(value)) * place.height
            });
            let bottom = place.y + place.height;
            if tilted {
                let (text, ink) = (group.name.clone(), Ink::Text);
                let at = [x + 4.0, bottom + 10.0];
                drawing.push(Shape::Text {
                    at,
                    text,
                    size: 12.0,
                    anchor: Anchor::End,
                    ink,
                    bold: false,
                    rotated: true,
                });
            } else {
                drawing.text(
                    [x, bottom + 20.0],
                    &group.name,
                    12.0,
                    Anchor::Middle,
                    Ink::Text,
                );
            }
        }
        drawing
    }
}

fn draw_group(drawing: &mut Drawing, group: &BoxGroup, x: f64, color: Rgb, y: impl Fn(f64) -> f64) {
    let Some(summary) = Summary::new(&group.values) else {
        return;
    };
    let half = COLUMN * 0.28;
    let [low, q1, median, q3, high] = summary.marks.map(&y);
    let ink = Ink::Rgb(color.mix(Rgb(0, 0, 0), 0.25));
    drawing.line([x, low], [x, q1], ink, 1.2);
    drawing.line([x, q3], [x, high], ink, 1.2);
    let place = Place {
        x: x - half,
        y: q3,
        width: 2.0 * half,
        height: q1 - q3,
    };
    let fill = Some(Ink::Rgb(color.mix(Rgb(255, 255, 255), 0.6)));
    drawing.push(Shape::Rect {
        place,
        fill,
        stroke: Some(ink),
    });
    drawing.line([x - half, median], [x + half, median], ink, 2.2);
    // Values side by side in the order given, so that the same seed stands at the same place.
    let n = summary.values.len();
    let spread = |i: usize| {
        if n > 1 {
            (i as f64 / (n - 1) as f64 - 0.5) * half * 1.4
        } else {
            0.0
        }
    };
    let centres = summary
        .values
        .iter()
        .enumerate()
        .map(|(i, value)| [x + spread(i), y(*value)])
        .collect();
    drawing.push(Shape::Dots {
        centres,
        radius: 2.4,
        fill: color.mix(Rgb(0, 0, 0), 0.25),
        label: group.name.clone(),
    });
}

struct Summary {
    /// Finite values in the order given.
    values: Vec<f64>,
    /// Low whisker, lower quartile, median, upper quartile, high whisker.
    marks: [f64; 5],
}

impl Summary {
    fn new(values: &[f64]) -> Option<Self> {
        let values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let [q1, median, q3] = [0.25, 0.5, 0.75].map(|part| quantile(&sorted, part));
        let (q1, median, q3) = (q1?, median?, q3?);
        let reach = 1.5 * (q3 - q1);
        let low = sorted.iter().copied().find(|v| *v >= q1 - reach)?;
        let high = sorted.iter().rev().copied().find(|v| *v <= q3 + reach)?;
        Some(Self {
            values,
            marks: [low.min(q1), q1, median, q3, high.max(q3)],
        })
    }
}

/// Linear interpolation between order statistics, as numpy does by default.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted.get(place.floor() as usize)?,
        sorted.get(place.ceil() as usize)?,
    );
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_those_of_tukey() {
        let summary = Summary::new(&[1.0, 2.0, 3.0, 4.0, 100.0, f64::NAN]);
        assert_eq!(summary.map(|s| s.marks), Some([1.0, 2.0, 3.0, 4.0, 4.0]));
        assert!(Summary::new(&[f64::NAN]).is_none());
    }

    #[test]
    fn empty_groups_and_long_names_are_drawn() {
        let plot = BoxPlot::new("ARI", "score")
            .with_group("a very long name of a method", vec![0.1, 0.2, 0.4])
            .with_group("none", vec![]);
        let svg = plot.draw().to_svg();
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("rotate(-90"));
        assert!(!svg.contains("NaN"));
    }
}
