//! `tissue_positions.csv`, the older `tissue_positions_list.csv` (no header), and the `tissue_positions.parquet` of Visium HD.

#[cfg(feature = "parquet")]
mod parquet;

use std::collections::HashMap;
use std::path::Path;

use super::layout::bytes;
use crate::error::IoError;

const COLUMNS: [&str; 6] = [
    "barcode",
    "in_tissue",
    "array_row",
    "array_col",
    "pxl_row_in_fullres",
    "pxl_col_in_fullres",
];

/// One spot under tissue.
pub(crate) struct Spot {
    pub(crate) barcode: String,
    pub(crate) array_row: i64,
    pub(crate) array_column: i64,
    pub(crate) pixel_row: f64,
    pub(crate) pixel_column: f64,
}

/// The spots under tissue, in the order of the file.
pub(crate) struct Positions {
    pub(crate) spots: Vec<Spot>,
}

impl Positions {
    /// The place of each barcode; if one is repeated, its first line counts.
    pub(crate) fn places(&self) -> HashMap<&str, usize> {
        let mut places = HashMap::with_capacity(self.spots.len());
        for (place, spot) in self.spots.iter().enumerate() {
            places.entry(spot.barcode.as_str()).or_insert(place);
        }
        places
    }
}

/// Reads the spots under tissue.
pub(crate) fn read(path: &Path, memory: Option<u64>) -> Result<Positions, IoError> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        return of_parquet(path, memory);
    }
    let text = String::from_utf8(bytes(path, memory)?).map_err(|_| IoError::Malformed {
        path: path.into(),
        slot: "/".into(),
        detail: "is not UTF-8 text".into(),
    })?;
    parse(path, &text)
}

#[cfg(feature = "parquet")]
use self::parquet::read as of_parquet;

#[cfg(not(feature = "parquet"))]
fn of_parquet(path: &Path, _: Option<u64>) -> Result<Positions, IoError> {
    Err(IoError::Malformed {
        path: path.into(),
        slot: "/".into(),
        detail: "is Parquet, which this build does not read: build it with the feature `parquet`"
            .into(),
    })
}

fn parse(path: &Path, text: &str) -> Result<Positions, IoError> {
    let failed = |line: u64, detail: String| IoError::Parse {
        path: path.into(),
        line: usize::try_from(line).unwrap_or(0),
        detail,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut order = [0, 1, 2, 3, 4, 5];
    let mut spots = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            failed(line, error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if number == 0 && record.iter().any(|field| field == "barcode") {
            for (column, name) in order.iter_mut().zip(COLUMNS) {
                *column = record
                    .iter()
                    .position(|field| field == name)
                    .ok_or_else(|| failed(line, format!("the header has no `{name}`")))?;
            }
            continue;
        }
        let field = |column: usize| {
            record.get(order[column]).ok_or_else(|| {
                failed(
                    line,
                    format!(
                        "has {} fields; {} is missing",
                        record.len(),
                        COLUMNS[column]
                    ),
                )
            })
        };
        let number = |column: usize| -> Result<f64, IoError> {
            let text = field(column)?;
            text.parse().map_err(|_| {
                failed(
                    line,
                    format!("{} is `{text}`, which is not a number", COLUMNS[column]),
                )
            })
        };
        let whole = |column: usize| -> Result<i64, IoError> {
            let value = number(column)?;
            whole_number(value).ok_or_else(|| {
                let detail = format!(
                    "{} is {value}, which is not a whole number",
                    COLUMNS[column]
                );
                failed(line, detail)
            })
        };
        if number(1)? != 1.0 {
            continue;
        }
        spots.push(Spot {
            barcode: field(0)?.to_owned(),
            array_row: whole(2)?,
            array_column: whole(3)?,
            pixel_row: number(4)?,
            pixel_column: number(5)?,
        });
    }
    Ok(Positions { spots })
}

/// A number of rows or columns, which some files keep as floating-point numbers.
fn whole_number(value: f64) -> Option<i64> {
    let whole = value.fract() == 0.0 && value.abs() <= f64::from(u32::MAX);
    whole.then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::parse;

    #[test]
    fn both_versions() -> Result<(), crate::IoError> {
        let old = "A-1,0,0,0,10,20\nB-1,1,0,2,11,21\n";
        let new = "barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\n\
                   A-1,0,0,0,10,20\nB-1,1,0,2,11.5,21\n";
        for (text, row) in [(old, 11.0), (new, 11.5)] {
            let spots = parse(Path::new("p.csv"), text)?.spots;
            assert_eq!(spots.len(), 1);
            assert_eq!(spots[0].barcode, "B-1");
            assert_eq!((spots[0].array_row, spots[0].array_column), (0, 2));
            assert_eq!((spots[0].pixel_row, spots[0].pixel_column), (row, 21.0));
        }
        Ok(())
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = parse(Path::new("p.csv"), "A-1,1,0,0,10,20\nB-1,1,0,x,1,1\n")
            .err()
            .map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some("p.csv line 2: array_col is `x`, which is not a number")
        );
        let error = parse(Path::new("p.csv"), "A-1,1,0\n")
            .err()
            .map(|e| e.to_string());
        assert_eq!(
            error.as_deref(),
            Some("p.csv line 1: has 3 fields; array_col is missing")
        );
        for odd in ["1.5", "nan", "inf", "1e300"] {
            let error = parse(Path::new("p.csv"), &format!("A-1,1,{odd},0,10,20\n")).err();
            let said = error.map(|e| e.to_string()).unwrap_or_default();
            assert!(said.ends_with("which is not a whole number"), "{said}");
        }
    }
}
