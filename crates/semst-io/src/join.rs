//! How the rows of an outside table are found among the spots of a slide.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::IoError;

/// The share of the shorter side (rows of the table, or spots) that must match.
const LEAST_MATCHED: f64 = 0.5;

/// The rows of a table from outside the slide: known labels, vectors, results of other tools.
#[derive(Debug, Clone, Copy)]
pub struct OutsideRows<'a> {
    /// The file, as the user gave it.
    pub source: &'a str,
    /// One name per row, if the table has names.
    pub names: Option<&'a [String]>,
    /// The place of the names in the table, such as ``column `barcode` ``.
    pub names_from: &'a str,
    /// Number of rows.
    pub rows: usize,
}

/// The row of each spot in a table, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// For each spot its row; `None` if the table has no row for it.
    pub rows: Vec<Option<usize>>,
    /// How the rows were found.
    pub join: Join,
}

/// How the rows of a table were found among the spots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The file, as the user gave it.
    pub source: String,
    /// The column that was used, for tables with several.
    pub column: Option<String>,
    /// Whether the column was chosen by rule, because the user named none of several.
    pub chosen: bool,
    /// The place of the names by which the rows were matched; `None` if they were matched by position.
    pub names_from: Option<String>,
    /// Rows of the table.
    pub rows: usize,
    /// Spots with a row in the table.
    pub matched: usize,
    /// Spots of the slide.
    pub spots: usize,
    /// Different labels of the matched spots, for a table of labels.
    pub classes: Option<usize>,
}

impl OutsideRows<'_> {
    /// Finds the row of each spot: by name if the table has names, else by position.
    ///
    /// A table with names is never matched by position. Without names it must have one row per spot, or one per row of the file
    /// of the slide (`file_rows`: the row of each spot, and their number; see [`Source::rows`](crate::Source::rows)).
    ///
    /// # Errors
    /// [`IoError::FewMatched`] if less than half of the shorter side matches, [`IoError::RepeatedName`] for a spot with several
    /// rows, [`IoError::Length`] if the number of rows does not fit.
    ///
    /// # Complexity
    /// O(rows + spots).
    ///
    /// # Examples
    /// ```
    /// use semst_io::OutsideRows;
    ///
    /// let names = ["b", "a", "x"].map(String::from);
    /// let table = OutsideRows { source: "v.csv", names: Some(&names), names_from: "the first column", rows: 3 };
    /// let joined = table.join(&["a", "b"].map(String::from), None)?;
    /// assert_eq!(joined.rows, [Some(1), Some(0)]);
    /// # Ok::<(), semst_io::IoError>(())
    /// ```
    pub fn join(
        &self,
        spots: &[String],
        file_rows: Option<(&[usize], usize)>,
    ) -> Result<Joined, IoError> {
        let rows = match self.names {
            Some(names) => self.by_name(names, spots)?,
            None => self.by_position(spots.len(), file_rows)?,
        };
        let join = Join {
            source: self.source.into(),
            names_from: self.names.map(|_| self.names_from.into()),
            rows: self.rows,
            matched: rows.iter().flatten().count(),
            spots: spots.len(),
            ..Join::default()
        };
        Ok(Joined { rows, join })
    }

    fn by_name(&self, names: &[String], spots: &[String]) -> Result<Vec<Option<usize>>, IoError> {
        if names.len() != self.rows {
            return Err(IoError::Length {
                what: format!("names of {}", self.source),
                expected: self.rows,
                got: names.len(),
            });
        }
        let mut row_of: HashMap<&str, usize> = HashMap::with_capacity(names.len());
        let mut repeated: HashMap<&str, usize> = HashMap::new();
        for (row, name) in names.iter().enumerate() {
            if row_of.contains_key(name.as_str()) {
                repeated.entry(name).or_insert(row);
            } else {
                row_of.insert(name, row);
            }
        }
        let twice = spots.iter().find_map(|spot| {
            let (second, first) = (repeated.get(spot.as_str())?, row_of.get(spot.as_str())?);
            Some((spot, *first, *second))
        });
        if let Some((name, first, second)) = twice {
            return Err(IoError::RepeatedName {
                source_name: self.source.into(),
                name: name.clone(),
                first,
                second,
            });
        }
        let find = |spot: &String| row_of.get(spot.as_str()).copied();
        let rows: Vec<Option<usize>> = spots.iter().map(find).collect();
        let matched = rows.iter().flatten().count();
        let shorter = row_of.len().min(spots.len());
        if matched == 0 || (matched as f64) < LEAST_MATCHED * shorter as f64 {
            return Err(IoError::FewMatched {
                source_name: self.source.into(),
                names_from: self.names_from.into(),
                matched,
                rows: names.len(),
                name: names.first().cloned().unwrap_or_default(),
                spot: spots.first().cloned().unwrap_or_default(),
            });
        }
        Ok(rows)
    }

    fn by_position(
        &self,
        spots: usize,
        file_rows: Option<(&[usize], usize)>,
    ) -> Result<Vec<Option<usize>>, IoError> {
        match file_rows {
            _ if self.rows == spots => Ok((0..spots).map(Some).collect()),
            Some((rows, n_rows)) if self.rows == n_rows => {
                Ok(rows.iter().map(|&row| Some(row)).collect())
            }
            _ => Err(IoError::Length {
                what: format!(
                    "rows (no names, so one per spot is needed) of {}",
                    self.source
                ),
                expected: spots,
                got: self.rows,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Joined, OutsideRows};
    use crate::IoError;

    fn join(names: Option<&[&str]>, rows: usize, spots: &[&str]) -> Result<Joined, IoError> {
        let own = |x: &[&str]| x.iter().map(ToString::to_string).collect::<Vec<_>>();
        let names = names.map(own);
        let table = OutsideRows {
            source: "t",
            names: names.as_deref(),
            names_from: "the index",
            rows,
        };
        table.join(&own(spots), Some((&[3, 1], 4)))
    }

    #[track_caller]
    fn check_refused(joined: Result<Joined, IoError>, words: &str) {
        let said = joined.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn rows_with_names_are_found_by_name_alone() -> Result<(), IoError> {
        let joined = join(Some(&["x", "b", "a"]), 3, &["a", "b"])?;
        assert_eq!(joined.rows, [Some(2), Some(1)]);
        assert_eq!((joined.join.matched, joined.join.spots), (2, 2));
        assert_eq!(joined.join.names_from.as_deref(), Some("the index"));
        // A short table is no mistake when its rows are spots.
        let few = join(Some(&["b"]), 1, &["a", "b", "c", "d"])?;
        assert_eq!((few.join.matched, few.join.spots), (1, 4));
        // As many rows as spots, in an order that cannot be known.
        check_refused(
            join(Some(&["0", "1"]), 2, &["a", "b"]),
            "none of its barcodes belongs to a spot",
        );
        check_refused(
            join(Some(&["a", "1", "2"]), 3, &["a", "b", "c"]),
            "only 1 of its 3 names",
        );
        check_refused(
            join(Some(&["a", "b", "a"]), 3, &["b", "a"]),
            "t: a occurs twice, at rows 0 and 2",
        );
        join(Some(&["x", "x", "a"]), 3, &["a"])?;
        Ok(())
    }

    #[test]
    fn rows_without_names_are_those_of_the_spots_or_of_the_file() -> Result<(), IoError> {
        assert_eq!(join(None, 2, &["a", "b"])?.rows, [Some(0), Some(1)]);
        assert_eq!(join(None, 2, &["a", "b"])?.join.names_from, None);
        assert_eq!(join(None, 4, &["a", "b"])?.rows, [Some(3), Some(1)]);
        check_refused(join(None, 3, &["a", "b"]), "expected 2, got 3");
        Ok(())
    }
}
