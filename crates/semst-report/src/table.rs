//! Tables of scores as Markdown, HTML and CSV.

use serde::{Deserialize, Serialize};

use crate::drawing::escape;
use crate::error::ReportError;
use crate::number::short;

/// A table: columns, rows of cells, and notes below.
///
/// ```
/// use semst_report::{Better, Cell, Column, Table};
///
/// let table = Table::new("ARI", [Column::text("modulation"), Column::number("ARI", Better::Higher)])
///     .with_row([Cell::text("none"), Cell::mean_sd(&[0.50, 0.52])])?
///     .with_row([Cell::text("fsm"), Cell::mean_sd(&[0.55, 0.57])])?;
/// assert!(table.to_markdown().contains("| fsm | **0.560 ± 0.014** |"));
/// # Ok::<(), semst_report::ReportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    notes: Vec<String>,
    groups: Vec<usize>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// Which of its numbers is the best; `None` if it has no best.
    pub better: Option<Better>,
    /// Digits after the point.
    pub digits: usize,
    numeric: bool,
}

/// Which number is the best of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The largest.
    Higher,
    /// The smallest.
    Lower,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A mean over runs.
    MeanSd {
        /// The mean.
        mean: f64,
        /// Sample standard deviation (n - 1); `None` for one run.
        sd: Option<f64>,
        /// Number of runs.
        n: usize,
        /// Expected number of runs; shown if it is larger than `n`.
        of: usize,
    },
    /// No number, and the reason.
    Missing(String),
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        let columns = columns.into_iter().collect();
        Self {
            title: title.into(),
            columns,
            rows: Vec::new(),
            notes: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// [`ReportError::Row`] when the number of cells differs from the number of columns.
    pub fn with_row(mut self, cells: impl IntoIterator<Item = Cell>) -> Result<Self, ReportError> {
        let cells: Vec<_> = cells.into_iter().collect();
        let (expected, got) = (self.columns.len(), cells.len());
        if expected != got {
            return Err(ReportError::Row {
                row: self.rows.len(),
                expected,
                got,
            });
        }
        self.rows.push(cells);
        Ok(self)
    }

    /// Adds a note below the table.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Marks the best among rows with equal cells in these columns, such as the data set.
    #[must_use]
    pub fn with_best_within(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.groups = columns.into_iter().collect();
        self
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Markdown (GitHub's tables); the best of a column is bold.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let plain = |text: &str| {
            text.replace('\\', "\\\\")
                .replace('|', "\\|")
                .replace(['\n', '\r'], " ")
                .replace('<', "&lt;")
        };
        let mut out = String::new();
        if !self.title.is_empty() {
            out += &format!("**{}**\n\n", plain(&self.title));
        }
        let heads: Vec<_> = self.columns.iter().map(|c| plain(&c.heading())).collect();
        out += &format!("| {} |\n|", heads.join(" | "));
        for column in &self.columns {
            out += if column.numeric { " ---: |" } else { " --- |" };
        }
        out.push('\n');
        for (r, row) in self.rows.iter().enumerate() {
            let cells = row.iter().enumerate().map(|(c, cell)| {
                let text = plain(&cell.show(self.columns[c].digits));
                if self.is_best(r, c) {
                    format!("**{text}**")
                } else {
                    text
                }
            });
            out += &format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        }
        for note in &self.notes {
            out += &format!("\n{}\n", plain(note));
        }
        out
    }

    /// An HTML `<figure>` with the table; the best of a column is `<strong>`.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut out = String::from("<figure class=\"table\">\n<table>\n");
        if !self.title.is_empty() {
            out += &format!("<caption>{}</caption>\n", escape(&self.title));
        }
        let class = |column: &Column| {
            if column.numeric {
                " class=\"number\""
            } else {
                ""
            }
        };
        out += "<thead><tr>";
        for column in &self.columns {
            out += &format!(
                "<th scope=\"col\"{}>{}</th>",
                class(column),
                escape(&column.heading())
            );
        }
        out += "</tr></thead>\n<tbody>\n";
        for (r, row) in self.rows.iter().enumerate() {
            out += "<tr>";
            for (c, cell) in row.iter().enumerate() {
                let column = &self.columns[c];
                let text = escape(&cell.show(column.digits));
                let text = if self.is_best(r, c) {
                    format!("<strong>{text}</strong>")
                } else {
                    text
                };
                out += &format!("<td{}>{text}</td>", class(column));
            }
            out += "</tr>\n";
        }
        out += "</tbody>\n</table>\n";
        if !self.notes.is_empty() {
            // The backticks of Markdown have no meaning in HTML.
            let notes = self.notes.iter().map(|note| escape(&note.replace('`', "")));
            let notes: Vec<_> = notes.collect();
            out += &format!("<figcaption>{}</figcaption>\n", notes.join("<br>"));
        }
        out += "</figure>\n";
        out
    }

    /// CSV with full precision; a mean has three columns (`x`, `x_sd`, `x_n`). Notes are left out.
    ///
    /// # Errors
    ///
    /// [`ReportError::Csv`] when the writer fails.
    pub fn to_csv(&self) -> Result<String, ReportError> {
        let wide: Vec<bool> = (0..self.columns.len())
            .map(|c| {
                self.rows
                    .iter()
                    .any(|row| matches!(row[c], Cell::MeanSd { .. }))
            })
            .collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        let heads = self.columns.iter().zip(&wide).flat_map(|(column, wide)| {
            let name = &column.name;
            if *wide {
                vec![name.clone(), format!("{name}_sd"), format!("{name}_n")]
            } else {
                vec![name.clone()]
            }
        });
        writer.write_record(heads)?;
        for row in &self.rows {
            let cells = row.iter().zip(&wide).flat_map(|(cell, wide)| {
                let mut fields = cell.fields();
                fields.resize(if *wide { 3 } else { 1 }, String::new());
                fields
            });
            writer.write_record(cells)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|e| ReportError::Csv(e.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether a cell has the best value of its column within its group of rows (all of several equal ones are best).
    fn is_best(&self, row: usize, column: usize) -> bool {
        let Some(better) = self.columns[column].better else {
            return false;
        };
        let digits = self.columns[column].digits;
        let shown = |r: usize| {
            self.rows[r][column]
                .value()
                .map(|value| (value * 10.0_f64.powi(digits as i32)).round())
        };
        let Some(own) = shown(row) else { return false };
        let peers: Vec<f64> = (0..self.rows.len())
            .filter(|r| {
                self.groups
                    .iter()
                    .all(|g| self.rows[*r].get(*g) == self.rows[row].get(*g))
            })
            .filter_map(shown)
            .collect();
        peers.len() > 1
            && peers.iter().all(|peer| match better {
                Better::Higher => *peer <= own,
                Better::Lower => *peer >= own,
            })
    }
}

impl Column {
    /// A column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            better: None,
            digits: 3,
            numeric: false,
        }
    }

    /// A column of numbers with three digits, of which one is the best.
    pub fn number(name: impl Into<String>, better: impl Into<Option<Better>>) -> Self {
        Self {
            name: name.into(),
            better: better.into(),
            digits: 3,
            numeric: true,
        }
    }

    /// Sets the digits after the point.
    #[must_use]
    pub fn with_digits(mut self, digits: usize) -> Self {
        self.digits = digits;
        self
    }

    fn heading(&self) -> String {
        match self.better {
            Some(Better::Higher) => format!("{} ↑", self.name),
            Some(Better::Lower) => format!("{} ↓", self.name),
            None => self.name.clone(),
        }
    }
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Mean and sample standard deviation of runs; missing if there are no runs.
    #[must_use]
    pub fn mean_sd(values: &[f64]) -> Self {
        let n = values.len();
        if n == 0 {
            return Self::Missing("no run".to_owned());
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Self::MeanSd {
            mean,
            sd: (n > 1).then(|| (square / (n - 1) as f64).sqrt()),
            n,
            of: n,
        }
    }

    /// As [`Cell::mean_sd`], of `runs` runs of which some may have failed; a mean over fewer runs is marked.
    #[must_use]
    pub fn mean_sd_of(values: &[f64], runs: usize) -> Self {
        match Self::mean_sd(values) {
            Self::MeanSd { mean, sd, n, .. } => {
                let of = runs.max(n);
                Self::MeanSd { mean, sd, n, of }
            }
            other => other,
        }
    }

    fn value(&self) -> Option<f64> {
        match self {
            Self::Number(value) | Self::MeanSd { mean: value, .. } => {
                Some(*value).filter(|v| v.is_finite())
            }
            Self::Text(_) | Self::Missing(_) => None,
        }
    }

    fn show(&self, digits: usize) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(value) if value.abs() >= 1e6 => short(*value),
            Self::Number(value) => format!("{value:.digits$}"),
            Self::MeanSd { mean, sd, n, of } => {
                let sd = sd.map(|sd| format!(" ± {sd:.digits$}"));
                let part = (n < of).then(|| format!(" ({n} of {of})"));
                let [sd, part] = [sd, part].map(Option::unwrap_or_default);
                format!("{mean:.digits$}{sd}{part}")
            }
            Self::Missing(reason) if reason.is_empty() => "–".to_owned(),
            Self::Missing(reason) => format!("– ({reason})"),
        }
    }

    fn fields(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Number(value) => vec![value.to_string()],
            Self::MeanSd { mean, sd, n, .. } => {
                vec![
                    mean.to_string(),
                    sd.map(|sd| sd.to_string()).unwrap_or_default(),
                    n.to_string(),
                ]
            }
            Self::Missing(_) => vec![String::new()],
        }
    }
}

#[cfg(test)]
mod tests;
