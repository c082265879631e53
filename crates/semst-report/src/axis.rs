//! Axes of charts: a range with round ticks, and its grid.

use crate::drawing::{Anchor, Drawing, Ink, Place, text_width};
use crate::number::short;

/// Size of tick labels.
pub(crate) const TICK_SIZE: f64 = 11.0;

/// Space above a vertical axis for its name.
pub(crate) const NAME_ROOM: f64 = 18.0;

/// A range and its layout.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    pub(crate) ticks: Vec<f64>,
    logarithmic: bool,
}

impl Axis {
    /// Widens the range of some values to round ticks, about `wanted` of them.
    pub(crate) fn linear(values: impl Iterator<Item = f64>, wanted: usize) -> Self {
        let (low, high) = extent(values);
        let raw = (high - low) / wanted.max(1) as f64;
        let power = 10.0_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|s| s * power)
            .find(|s| *s >= raw * 0.999)
            .unwrap_or(power);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let ticks: Vec<_> = (first..=last).map(|i| i as f64 * step).collect();
        Self {
            low: first as f64 * step,
            high: last as f64 * step,
            ticks,
            logarithmic: false,
        }
    }

    /// As [`linear`](Self::linear), but the range ends at the last value and not at a tick.
    pub(crate) fn tight(values: impl Iterator<Item = f64>, wanted: usize) -> Self {
        let (low, high) = extent(values);
        let mut axis = Self::linear([low, high].into_iter(), wanted);
        axis.ticks.retain(|tick| (low..=high).contains(tick));
        Self { low, high, ..axis }
    }

    /// Powers of ten around positive values.
    pub(crate) fn logarithmic(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = extent(values.filter(|v| *v > 0.0).map(f64::log10));
        let (first, last) = (
            low.floor() as i32,
            (high.ceil() as i32).max(low.floor() as i32 + 1),
        );
        let step = ((last - first) / 5 + 1).max(1);
        let ticks = (first..=last)
            .step_by(step as usize)
            .map(|p| 10.0_f64.powi(p))
            .collect();
        Self {
            low: f64::from(first),
            high: f64::from(last),
            ticks,
            logarithmic: true,
        }
    }

    /// Position of a value from 0 (low end) to 1 (high end).
    pub(crate) fn part(&self, value: f64) -> f64 {
        let value = if self.logarithmic {
            value.max(f64::MIN_POSITIVE).log10()
        } else {
            value
        };
        (value - self.low) / (self.high - self.low)
    }
}

/// Width of the labels of a vertical axis.
pub(crate) fn label_room(axis: &Axis) -> f64 {
    axis.ticks
        .iter()
        .map(|tick| text_width(&short(*tick), TICK_SIZE))
        .fold(0.0, f64::max)
}

/// Draws horizontal grid lines with the labels of a vertical axis at the left.
pub(crate) fn horizontal_grid(drawing: &mut Drawing, place: &Place, axis: &Axis) {
    for tick in &axis.ticks {
        let y = place.y + (1.0 - axis.part(*tick)) * place.height;
        drawing.line([place.x, y], [place.x + place.width, y], Ink::Grid, 1.0);
        drawing.text(
            [place.x - 6.0, y + 4.0],
            &short(*tick),
            TICK_SIZE,
            Anchor::End,
            Ink::Muted,
        );
    }
}

/// Draws vertical grid lines with the labels of a horizontal axis below.
pub(crate) fn vertical_grid(drawing: &mut Drawing, place: &Place, axis: &Axis) {
    let bottom = place.y + place.height;
    for tick in &axis.ticks {
        let x = place.x + axis.part(*tick) * place.width;
        drawing.line([x, place.y], [x, bottom], Ink::Grid, 1.0);
        drawing.text(
            [x, bottom + 17.0],
            &short(*tick),
            TICK_SIZE,
            Anchor::Middle,
            Ink::Muted,
        );
    }
}

/// Draws the labels of a horizontal axis below.
pub(crate) fn horizontal_labels(drawing: &mut Drawing, place: &Place, axis: &Axis, label: &str) {
    let bottom = place.y + place.height;
    for tick in &axis.ticks {
        let x = place.x + axis.part(*tick) * place.width;
        drawing.line([x, bottom], [x, bottom + 4.0], Ink::Muted, 1.0);
        drawing.text(
            [x, bottom + 17.0],
            &short(*tick),
            TICK_SIZE,
            Anchor::Middle,
            Ink::Muted,
        );
    }
    drawing.line(
        [place.x, bottom],
        [place.x + place.width, bottom],
        Ink::Muted,
        1.0,
    );
    drawing.text(
        [place.x + place.width / 2.0, bottom + 34.0],
        label,
        12.0,
        Anchor::Middle,
        Ink::Muted,
    );
}

/// Writes the name of a vertical axis above it.
pub(crate) fn vertical_name(drawing: &mut Drawing, place: &Place, name: &str) {
    let at = [place.x, place.y - NAME_ROOM + 6.0];
    drawing.text(at, name, 12.0, Anchor::Start, Ink::Muted);
}

/// Smallest and largest finite value; they always differ.
fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    if low > high {
        (0.0, 1.0)
    } else if high - low <= 1e-12 * high.abs().max(1e-12) {
        let half = (high.abs() * 0.05)
            .max(0.5e-6)
            .max(if high == 0.0 { 0.5 } else { 0.0 });
        (low - half, high + half)
    } else {
        (low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let axis = Axis::linear([0.13, 0.87].into_iter(), 4);
        assert_eq!(
            axis.ticks.iter().map(|t| short(*t)).collect::<Vec<_>>(),
            ["0", "0.2", "0.4", "0.6", "0.8", "1"]
        );
        assert_eq!(axis.part(0.5), 0.5);
        let axis = Axis::logarithmic([3.0, 4_000.0].into_iter());
        assert_eq!(axis.ticks, [1.0, 10.0, 100.0, 1_000.0, 10_000.0]);
        let axis = Axis::tight([0.0, 99.0].into_iter(), 5);
        assert_eq!((axis.part(99.0), axis.ticks.len()), (1.0, 5));
    }

    #[test]
    fn odd_ranges_have_ticks() {
        for values in [
            vec![],
            vec![3.0],
            vec![0.0, 0.0],
            vec![f64::NAN, 1e300],
            vec![1e-30, 2e-30],
        ] {
            let axis = Axis::linear(values.clone().into_iter(), 5);
            assert!((2..=12).contains(&axis.ticks.len()), "{values:?} {axis:?}");
            assert!(axis.ticks.iter().all(|t| axis.part(*t).is_finite()));
        }
    }
}
