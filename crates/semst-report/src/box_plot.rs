//! Box plots of groups of values, such as scores over seeds.

use crate::axis::{Axis, vertical_grid};
use crate::color::Rgb;
use crate::drawing::{Anchor, Drawing, Ink, Place, Shape, text_width};
use crate::palette::domain_color;

/// Height of a group.
const ROW: f64 = 34.0;

/// A group of values.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxGroup {
    /// The text on its left.
    pub name: String,
    /// Its values; those that are not finite are left out.
    pub values: Vec<f64>,
    /// Its colour; the default depends on the order of the groups.
    pub color: Option<Rgb>,
}

/// A chart of horizontal boxes: quartiles, median, whiskers to 1.5 interquartile ranges (Tukey), a dot for every value.
#[derive(Debug, Clone)]
pub struct BoxPlot {
    title: String,
    label: String,
    width: f64,
    groups: Vec<BoxGroup>,
}

impl BoxPlot {
    /// An empty chart, 520 wide and as high as its groups need.
    pub fn new(title: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            label: label.into(),
            width: 520.0,
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

    /// Sets the width in CSS pixels.
    #[must_use]
    pub fn with_width(mut self, width: f64) -> Self {
        self.width = width;
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let axis = Axis::linear(self.groups.iter().flat_map(|g| g.values.iter().copied()), 5);
        let top = if self.title.is_empty() { 12.0 } else { 36.0 };
        let names = self.groups.iter().map(|g| text_width(&g.name, 12.0));
        let left = names.fold(0.0, f64::max) + 20.0;
        let height = self.groups.len() as f64 * ROW;
        let place = Place {
            x: left,
            y: top,
            width: (self.width - left - 24.0).max(80.0),
            height,
        };
        let mut drawing = Drawing::new(
            place.x + place.width + 24.0,
            top + height + 46.0,
            &self.title,
        );
        if !self.title.is_empty() {
            drawing.heading([10.0, 20.0], &self.title, 14.0);
        }
        vertical_grid(&mut drawing, &place, &axis);
        let middle = [place.x + place.width / 2.0, place.y + height + 36.0];
        drawing.text(middle, &self.label, 12.0, Anchor::Middle, Ink::Muted);
        for (i, group) in self.groups.iter().enumerate() {
            let y = place.y + (i as f64 + 0.5) * ROW;
            let color = group.color.unwrap_or_else(|| domain_color(i));
            drawing.text(
                [left - 10.0, y + 4.0],
                &group.name,
                12.0,
                Anchor::End,
                Ink::Text,
            );
            draw_group(&mut drawing, group, y, color, |value| {
                place.x + axis.part(value) * place.width
            });
        }
        drawing
    }
}

fn draw_group(drawing: &mut Drawing, group: &BoxGroup, y: f64, color: Rgb, x: impl Fn(f64) -> f64) {
    let Some(summary) = Summary::new(&group.values) else {
        return;
    };
    let half = ROW * 0.3;
    let [low, q1, median, q3, high] = summary.marks.map(&x);
    let dark = color.mix(Rgb(0, 0, 0), 0.25);
    let ink = Ink::Rgb(dark);
    drawing.line([low, y], [q1, y], ink, 1.2);
    drawing.line([q3, y], [high, y], ink, 1.2);
    let place = Place {
        x: q1,
        y: y - half,
        width: q3 - q1,
        height: 2.0 * half,
    };
    let fill = Some(Ink::Rgb(color.mix(Rgb(255, 255, 255), 0.6)));
    drawing.push(Shape::Rect {
        place,
        fill,
        stroke: Some(ink),
    });
    drawing.line([median, y - half], [median, y + half], ink, 2.2);
    // Dots are spread vertically in the given order, so that the same seed is at the same height.
    let last = summary.values.len().saturating_sub(1).max(1) as f64;
    let spread = |i: usize| {
        if summary.values.len() > 1 {
            (i as f64 / last - 0.5) * half * 1.5
        } else {
            0.0
        }
    };
    let centres = summary
        .values
        .iter()
        .enumerate()
        .map(|(i, value)| [x(*value), y + spread(i)])
        .collect();
    drawing.push(Shape::Dots {
        centres,
        radius: 2.4,
        fill: dark,
        label: group.name.clone(),
    });
}

struct Summary {
    /// Finite values in the given order.
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

/// Linear interpolation between order statistics, the default of numpy.
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
        assert!(!svg.contains("NaN"));
    }
}
