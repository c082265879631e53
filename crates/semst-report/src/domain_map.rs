//! Spots coloured by domain.

use crate::color::Rgb;
use crate::drawing::{Anchor, Drawing, Ink, Shape, text_width};
use crate::error::ReportError;
use crate::labels::Labels;
use crate::number::count;
use crate::palette::UNLABELLED;
use crate::tissue::Tissue;
use crate::viewport::{PAD, Viewport};

/// Height of a line of the legend.
const LINE: f64 = 21.0;

/// Lines of the legend in one column.
const LINES: usize = 26;

/// A map of domains on the tissue: equal scale in both directions, y downwards, legend with sizes.
#[derive(Debug, Clone)]
pub struct DomainMap<'a> {
    tissue: &'a Tissue,
    labels: &'a Labels,
    title: &'a str,
    legend: bool,
}

impl<'a> DomainMap<'a> {
    /// A map without a title, with a legend.
    #[must_use]
    pub fn new(tissue: &'a Tissue, labels: &'a Labels) -> Self {
        Self {
            tissue,
            labels,
            title: "",
            legend: true,
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn with_title(mut self, title: &'a str) -> Self {
        self.title = title;
        self
    }

    /// Leaves the legend out.
    #[must_use]
    pub fn without_legend(mut self) -> Self {
        self.legend = false;
        self
    }

    /// Draws the map.
    ///
    /// # Errors
    ///
    /// [`ReportError::NoSpots`], [`ReportError::NotFinite`], [`ReportError::Image`] for the tissue;
    /// [`ReportError::Length`], [`ReportError::Label`] for the labels.
    ///
    /// # Complexity
    ///
    /// O(spots).
    pub fn draw(&self) -> Result<Drawing, ReportError> {
        self.tissue.check()?;
        self.labels.check("labels", self.tissue.coords.len())?;
        let entries = self.entries();
        let viewport = Viewport::new(self.tissue, !self.title.is_empty());
        let legend = Legend::new(&entries, self.legend);
        let mut drawing = viewport.start(self.tissue, self.title, legend.size);

        let mut centres = vec![Vec::new(); self.labels.names.len() + 1];
        for (point, code) in self.tissue.coords.iter().zip(&self.labels.codes) {
            let group = code.map_or(self.labels.names.len(), |code| code as usize);
            centres[group].push(viewport.at(*point));
        }
        // Spots without a label are drawn below the others.
        centres.rotate_right(1);
        let mut colors = self.labels.colors();
        colors.insert(0, UNLABELLED);
        let names =
            std::iter::once("not labelled").chain(self.labels.names.iter().map(String::as_str));
        for ((centres, fill), name) in centres.into_iter().zip(colors).zip(names) {
            if !centres.is_empty() {
                drawing.push(Shape::Dots {
                    centres,
                    radius: viewport.radius,
                    fill,
                    label: name.to_owned(),
                });
            }
        }
        legend.draw(&entries, &viewport, &mut drawing);
        Ok(drawing)
    }

    fn entries(&self) -> Vec<Entry> {
        let (sizes, unlabelled) = self.labels.sizes();
        let colors = self.labels.colors();
        let named = self.labels.names.iter().zip(sizes).zip(colors);
        let mut entries: Vec<_> = named
            .map(|((name, size), color)| Entry {
                name: shorten(name),
                size,
                color,
            })
            .collect();
        if unlabelled > 0 {
            entries.push(Entry {
                name: "not labelled".to_owned(),
                size: unlabelled,
                color: UNLABELLED,
            });
        }
        entries
    }
}

struct Entry {
    name: String,
    size: usize,
    color: Rgb,
}

struct Legend {
    size: [f64; 2],
    column: f64,
}

impl Legend {
    fn new(entries: &[Entry], shown: bool) -> Self {
        if !shown || entries.is_empty() {
            return Self {
                size: [0.0; 2],
                column: 0.0,
            };
        }
        let widest = |text: &dyn Fn(&Entry) -> String, size: f64| {
            entries
                .iter()
                .map(|entry| text_width(&text(entry), size))
                .fold(0.0, f64::max)
        };
        let name = widest(&|entry| entry.name.clone(), 13.0);
        let column = 20.0 + name + 10.0 + widest(&|entry| count(entry.size), 12.0);
        let columns = entries.len().div_ceil(LINES);
        let lines = entries.len().min(LINES);
        let width = columns as f64 * (column + 20.0) - 20.0;
        Self {
            size: [width, lines as f64 * LINE],
            column,
        }
    }

    fn draw(&self, entries: &[Entry], viewport: &Viewport, drawing: &mut Drawing) {
        if self.size[0] == 0.0 {
            return;
        }
        let free = drawing.size().1 - PAD - viewport.place.y - self.size[1];
        let top = viewport.place.y
            + ((viewport.place.height - self.size[1]) / 2.0).clamp(0.0, free.max(0.0));
        for (i, entry) in entries.iter().enumerate() {
            let x = viewport.legend_x() + (i / LINES) as f64 * (self.column + 20.0);
            let y = top + (i % LINES) as f64 * LINE + LINE / 2.0;
            let centres = vec![[x + 6.0, y]];
            drawing.push(Shape::Dots {
                centres,
                radius: 6.0,
                fill: entry.color,
                label: entry.name.clone(),
            });
            drawing.text(
                [x + 20.0, y + 4.5],
                &entry.name,
                13.0,
                Anchor::Start,
                Ink::Text,
            );
            let end = x + self.column;
            drawing.text(
                [end, y + 4.5],
                &count(entry.size),
                12.0,
                Anchor::End,
                Ink::Muted,
            );
        }
    }
}

/// Shortens a name that would need too much width.
fn shorten(name: &str) -> String {
    if name.chars().count() <= 28 {
        name.to_owned()
    } else {
        name.chars().take(27).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests;
