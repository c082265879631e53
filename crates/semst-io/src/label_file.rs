//! Labels of spots in CSV and TSV.

mod text_table;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use self::text_table::TextTable;
use crate::error::IoError;
use crate::join::{Join, OutsideRows};
use crate::label_codes::is_missing_label;
use crate::obs::{Obs, ObsColumn};

/// So many different labels are never too many for the number of spots.
const FEW: usize = 20;

/// A file of labels, and the column in it: `FILE` or `FILE#COLUMN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelFile {
    /// A CSV or TSV file.
    pub path: PathBuf,
    /// The title of the column with the labels; `None` chooses it.
    pub column: Option<String>,
}

/// One label per spot, and how they were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedLabels {
    /// `None` where the file has no label.
    pub labels: Vec<Option<String>>,
    /// How the lines were found.
    pub join: Join,
}

impl LabelFile {
    /// The file at a path, or the file before the last `#` of it and the column behind; `None` if there is no such file.
    pub fn at(place: &Path) -> Option<Self> {
        if place.is_file() {
            return Some(Self {
                path: place.into(),
                column: None,
            });
        }
        let text = place.to_string_lossy();
        let (path, column) = text.rsplit_once('#')?;
        let file = Self {
            path: path.into(),
            column: Some(column.into()),
        };
        file.path.is_file().then_some(file)
    }

    /// Reads one label per spot; `None` where the file has none, or a text that [`is_missing_label`].
    ///
    /// The column with the most barcodes has the names. The labels are in the column that was named. If none was named, they
    /// are in the only other column, or the only one with text that repeats, or the only one with whole numbers that repeat.
    ///
    /// # Errors
    /// [`IoError::Read`], [`IoError::Parse`], [`IoError::MissingKey`] for an unknown column, [`IoError::SeveralColumns`] if
    /// none was named and the rule leaves several, and the errors of [`OutsideRows::join`].
    pub fn read(&self, spots: &[String]) -> Result<JoinedLabels, IoError> {
        let table = TextTable::open(&self.path)?;
        let known: HashSet<&str> = spots.iter().map(String::as_str).collect();
        let names_at = table.names_column(&known);
        let titles = table.has_titles(names_at, &known);
        let start = usize::from(titles);
        let names = table.column(names_at, start);
        // Checked before the column of labels is chosen: without barcodes no choice is right.
        let own: Vec<String> = names.iter().map(ToString::to_string).collect();
        let names_from = match titles {
            true => format!("column `{}`", table.title(names_at, titles)),
            false => table.title(names_at, titles),
        };
        let source = self.path.display().to_string();
        let rows = |names: &[String]| {
            let rows = OutsideRows {
                source: &source,
                names: Some(names),
                names_from: &names_from,
                rows: names.len(),
            };
            rows.join(spots, None)
        };
        rows(&unrepeated(&own))?;
        let columns = Columns {
            table: &table,
            titles,
            others: (0..table.width()).filter(|at| *at != names_at).collect(),
        };
        let (at, chosen) = columns.labels(self.column.as_deref())?;
        let cells = table.column(at, start);
        let (names, cells) = without_repeats(&own, &cells);
        let joined = rows(&names)?;
        let label = |row: usize| (!is_missing_label(cells[row])).then(|| cells[row].to_owned());
        let labels: Vec<_> = joined.rows.iter().map(|row| label((*row)?)).collect();
        let classes = labels.iter().flatten().collect::<HashSet<_>>().len();
        let join = Join {
            column: Some(table.title(at, titles)),
            chosen,
            rows: own.len(),
            classes: Some(classes),
            ..joined.join
        };
        Ok(JoinedLabels { labels, join })
    }
}

/// All columns of a table of labels whose first column has the names of the spots.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelColumns {
    /// The first column, unique.
    pub names: Vec<String>,
    /// The other columns, by their titles.
    pub obs: Obs,
}

impl LabelColumns {
    /// Reads a table with a header.
    ///
    /// # Errors
    /// [`IoError::Read`], [`IoError::Parse`], and [`IoError::RepeatedName`].
    pub fn open(path: &Path) -> Result<Self, IoError> {
        let table = TextTable::open(path)?;
        let names = table.column(0, 1).into_iter().map(String::from);
        let names: Vec<String> = names.collect();
        // Finds names that occur twice.
        let rows = OutsideRows {
            source: &path.display().to_string(),
            names: Some(&names),
            names_from: "the first column",
            rows: names.len(),
        };
        rows.join(&names, None)?;
        let mut obs = Obs::new();
        for at in 1..table.width() {
            let texts = table.column(at, 1).into_iter().map(String::from);
            obs.insert(table.title(at, true), ObsColumn::Text(texts.collect()));
        }
        Ok(Self { names, obs })
    }
}

impl fmt::Display for LabelFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        match &self.column {
            Some(column) => write!(f, "#{column}"),
            None => Ok(()),
        }
    }
}

/// Each name once, in their order.
fn unrepeated(names: &[String]) -> Vec<String> {
    let mut met = HashSet::with_capacity(names.len());
    names
        .iter()
        .filter(|name| met.insert(*name))
        .cloned()
        .collect()
}

/// Lines that repeat an earlier one are left out; a name with another label stays, and is refused.
fn without_repeats<'t>(names: &[String], cells: &[&'t str]) -> (Vec<String>, Vec<&'t str>) {
    let mut first: HashMap<&str, &str> = HashMap::with_capacity(names.len());
    let pairs = names.iter().zip(cells);
    pairs
        .filter(|(name, cell)| match first.get(name.as_str()) {
            Some(before) => before != *cell,
            None => first.insert(name.as_str(), **cell).is_none(),
        })
        .map(|(name, cell)| (name.clone(), *cell))
        .unzip()
}

/// The columns of a table that may have the labels.
struct Columns<'t> {
    table: &'t TextTable,
    titles: bool,
    others: Vec<usize>,
}

impl Columns<'_> {
    /// The column of labels, and whether it was chosen out of several.
    fn labels(&self, named: Option<&str>) -> Result<(usize, bool), IoError> {
        let title = |at: &usize| self.table.title(*at, self.titles);
        if let Some(named) = named {
            let found = self.others.iter().find(|at| title(at) == named);
            return found
                .map(|at| (*at, false))
                .ok_or_else(|| IoError::MissingKey {
                    table: format!("the columns of {}", self.table.path().display()),
                    key: named.into(),
                    keys: self.others.iter().map(title).collect(),
                });
        }
        if let [only] = self.others[..] {
            return Ok((only, false));
        }
        let repeat = |at: &&usize| self.labels_of(**at).is_some();
        let repeated: Vec<usize> = self.others.iter().filter(repeat).copied().collect();
        let is_text = |at: &&usize| self.labels_of(**at).is_some_and(|found| found.text);
        let text: Vec<usize> = repeated.iter().filter(is_text).copied().collect();
        match (&text[..], &repeated[..]) {
            ([one], _) | ([], [one]) => Ok((*one, true)),
            _ => {
                let left = [text, repeated, self.others.clone()];
                let left = left.into_iter().find(|columns| !columns.is_empty());
                let describe = |at: &usize| match self.labels_of(*at) {
                    Some(found) => format!("{} ({} labels)", title(at), found.classes),
                    None => title(at),
                };
                Err(IoError::SeveralColumns {
                    path: self.table.path().into(),
                    columns: left.unwrap_or_default().iter().map(describe).collect(),
                })
            }
        }
    }

    /// What a column has, if it has at least two labels and they repeat.
    fn labels_of(&self, at: usize) -> Option<Found> {
        let cells = self.table.column(at, usize::from(self.titles));
        let known: Vec<&str> = cells.into_iter().filter(|c| !is_missing_label(c)).collect();
        let distinct: HashSet<&&str> = known.iter().collect();
        let classes = distinct.len();
        let number = |cell: &&str| cell.parse::<f64>().ok();
        let text = known.iter().any(|cell| number(cell).is_none());
        // Fractions are measurements.
        let whole = known.iter().filter_map(number).all(|n| n.fract() == 0.0);
        let repeat = classes >= 2 && labels_repeat(classes, known.len()) && (text || whole);
        repeat.then_some(Found { classes, text })
    }
}

/// A column whose labels repeat.
struct Found {
    /// Different labels.
    classes: usize,
    /// Whether one of them is not a number.
    text: bool,
}

/// Whether so many different labels on so many spots can be scored: they are few, or they repeat.
pub fn labels_repeat(classes: usize, labelled: usize) -> bool {
    classes <= FEW || 2 * classes <= labelled
}

#[cfg(test)]
mod tests;
