//! Tables in CSV and TSV, as text.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::error::IoError;

/// A table of texts. The first line may be a header.
#[derive(Debug, Clone)]
pub(super) struct TextTable {
    path: PathBuf,
    lines: Vec<Vec<String>>,
    width: usize,
}

impl TextTable {
    /// Reads a table. The separator is a tab if the first line has one, else a comma, else a semicolon.
    ///
    /// # Errors
    /// [`IoError::Read`] and [`IoError::Parse`].
    pub(super) fn open(path: &Path) -> Result<Self, IoError> {
        let text = std::fs::read_to_string(path).map_err(|source| IoError::Read {
            path: path.into(),
            source,
        })?;
        // Spreadsheets put a byte order mark in front.
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().next().unwrap_or_default();
        let known = ['\t', ',', ';'];
        let separator = known.into_iter().find(|c| first.contains(*c));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator.map_or(b',', |c| c as u8))
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut lines = Vec::new();
        for line in reader.records() {
            let line = line.map_err(|error| IoError::Parse {
                path: path.into(),
                line: error.position().map_or(0, |p| p.line() as usize),
                detail: error.to_string(),
            })?;
            lines.push(line.iter().map(String::from).collect::<Vec<_>>());
        }
        Ok(Self {
            path: path.into(),
            width: lines.iter().map(Vec::len).max().unwrap_or(0),
            lines,
        })
    }

    /// The number of columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The cells of a column in the lines from `start`; those of short lines are empty.
    pub(super) fn column(&self, at: usize, start: usize) -> Vec<&str> {
        self.lines
            .iter()
            .skip(start)
            .map(|line| line.get(at).map_or("", String::as_str))
            .collect()
    }

    /// The column with the most of these names; of several the first with a title.
    pub(super) fn names_column(&self, names: &HashSet<&str>) -> usize {
        let found = |at: usize| {
            let cells = self.column(at, 0).into_iter();
            let known: HashSet<&str> = cells.filter(|cell| names.contains(cell)).collect();
            let titled = self.lines.first().and_then(|line| line.get(at));
            (known.len(), titled.is_some_and(|title| !title.is_empty()))
        };
        // The last of equals is the maximum, so the first column comes last.
        (0..self.width)
            .rev()
            .max_by_key(|at| found(*at))
            .unwrap_or(0)
    }

    /// Whether the first line has titles: none of these names, and no cell that occurs again in its column.
    pub(super) fn has_titles(&self, names_column: usize, names: &HashSet<&str>) -> bool {
        let Some(first) = self.lines.first() else {
            return false;
        };
        let is_name = first
            .get(names_column)
            .is_some_and(|cell| names.contains(cell.as_str()));
        let again = (0..self.width).filter(|at| *at != names_column).any(|at| {
            let cell = first.get(at).map_or("", String::as_str);
            !cell.is_empty() && self.column(at, 1).contains(&cell)
        });
        !is_name && !again
    }

    /// The name of a column: its title, else its number from 1.
    pub(super) fn title(&self, at: usize, titles: bool) -> String {
        let title = self.lines.first().and_then(|line| line.get(at));
        match title.filter(|title| titles && !title.is_empty()) {
            Some(title) => title.clone(),
            None => format!("column {}", at + 1),
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
