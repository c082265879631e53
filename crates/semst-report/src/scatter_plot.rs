//! Points by two numbers.

use crate::axis::{Axis, NAME_ROOM, horizontal_grid, horizontal_labels, label_room, vertical_name};
use crate::drawing::{Drawing, Ink, Place, Shape};
use crate::error::ReportError;
use crate::labels::Labels;
use crate::palette::UNLABELLED;

/// A scatter of labelled points, such as two scores against each other.
#[derive(Debug, Clone)]
pub struct ScatterPlot<'a> {
    title: &'a str,
    axes: [&'a str; 2],
    points: &'a [(f64, f64)],
    labels: Option<&'a Labels>,
    diagonal: bool,
}

impl<'a> ScatterPlot<'a> {
    /// A scatter of these points, 420 × 380.
    #[must_use]
    pub fn new(
        title: &'a str,
        x_label: &'a str,
        y_label: &'a str,
        points: &'a [(f64, f64)],
    ) -> Self {
        Self {
            title,
            axes: [x_label, y_label],
            points,
            labels: None,
            diagonal: false,
        }
    }

    /// Colours the points.
    #[must_use]
    pub fn with_labels(mut self, labels: &'a Labels) -> Self {
        self.labels = Some(labels);
        self
    }

    /// Uses the same range for both axes, and draws the line of equal values.
    #[must_use]
    pub fn with_diagonal(mut self) -> Self {
        self.diagonal = true;
        self
    }

    /// Draws the plot; points that are not finite are left out.
    ///
    /// # Errors
    ///
    /// [`ReportError::Length`], [`ReportError::Label`] for the labels.
    pub fn draw(&self) -> Result<Drawing, ReportError> {
        if let Some(labels) = self.labels {
            labels.check("labels", self.points.len())?;
        }
        let xs = self.points.iter().map(|p| p.0);
        let ys = self.points.iter().map(|p| p.1);
        let (x_axis, y_axis) = if self.diagonal {
            let both = Axis::linear(xs.chain(ys), 5);
            (both.clone(), both)
        } else {
            (Axis::linear(xs, 5), Axis::linear(ys, 5))
        };
        let left = label_room(&y_axis) + 18.0;
        let place = Place {
            x: left,
            y: 36.0 + NAME_ROOM,
            width: 420.0 - left - 16.0,
            height: 380.0 - 80.0 - NAME_ROOM,
        };
        let mut drawing = Drawing::new(420.0, 380.0, self.title);
        drawing.heading([10.0, 20.0], self.title, 14.0);
        horizontal_grid(&mut drawing, &place, &y_axis);
        horizontal_labels(&mut drawing, &place, &x_axis, self.axes[0]);
        vertical_name(&mut drawing, &place, self.axes[1]);
        if self.diagonal {
            let corner = [place.x + place.width, place.y];
            drawing.line([place.x, place.y + place.height], corner, Ink::Muted, 1.0);
        }
        let names = self.labels.map_or(0, |labels| labels.names.len());
        let mut groups = vec![Vec::new(); names + 1];
        for (i, (x, y)) in self
            .points
            .iter()
            .enumerate()
            .filter(|(_, (x, y))| x.is_finite() && y.is_finite())
        {
            let code = self
                .labels
                .and_then(|labels| labels.codes[i])
                .map_or(names, |code| code as usize);
            groups[code].push([
                place.x + x_axis.part(*x) * place.width,
                place.y + (1.0 - y_axis.part(*y)) * place.height,
            ]);
        }
        let mut colors = self.labels.map(Labels::colors).unwrap_or_default();
        colors.push(if names > 0 {
            UNLABELLED
        } else {
            crate::palette::domain_color(0)
        });
        let label = |i: usize| {
            self.labels
                .and_then(|l| l.names.get(i))
                .cloned()
                .unwrap_or_default()
        };
        for (i, (centres, fill)) in groups
            .into_iter()
            .zip(colors)
            .enumerate()
            .filter(|(_, (c, _))| !c.is_empty())
        {
            drawing.push(Shape::Dots {
                centres,
                radius: 3.5,
                fill,
                label: label(i),
            });
        }
        Ok(drawing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_on_the_diagonal_lies_on_the_line() -> Result<(), ReportError> {
        let points = [(0.0, 0.0), (1.0, 1.0), (f64::NAN, 0.0)];
        let labels = Labels::new(vec![0, 1, 0], ["a", "b"]);
        let svg = ScatterPlot::new("t", "x", "y", &points)
            .with_labels(&labels)
            .with_diagonal()
            .draw()?
            .to_svg();
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(
            svg.contains("cy=\"336\"") && svg.contains("cy=\"54\""),
            "{svg}"
        );
        Ok(())
    }
}
