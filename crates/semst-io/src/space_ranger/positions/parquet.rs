//! `tissue_positions.parquet` of Visium HD: the same columns as the CSV of Visium.

use std::fs::File;
use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{COLUMNS, Positions, Spot, whole_number};
use crate::budget::pages::Pages;
use crate::budget::{Budget, bytes_of};
use crate::error::IoError;

/// Bytes of a spot in memory.
const SPOT: u64 = size_of::<Spot>() as u64;

/// Reads the spots (bins) under tissue.
pub(super) fn read(path: &Path, memory: Option<u64>) -> Result<Positions, IoError> {
    let budget = Budget::of_file(path, memory);
    let damaged = |error: ParquetError| IoError::Damaged {
        path: path.into(),
        slot: "/".into(),
        detail: error.to_string(),
    };
    let malformed = |column: usize, detail: String| IoError::Malformed {
        path: path.into(),
        slot: COLUMNS[column].into(),
        detail,
    };
    let file = File::open(path).map_err(|source| IoError::Read {
        path: path.into(),
        source,
    })?;
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut places = [0; 6];
    for (at, name) in COLUMNS.into_iter().enumerate() {
        let columns = schema.columns().iter();
        let mut named = columns
            .enumerate()
            .filter(|(_, c)| c.path().string() == name);
        places[at] = named
            .next()
            .map(|(place, _)| place)
            .ok_or_else(|| malformed(at, "is not a column of the file".into()))?;
    }
    let mut pages = Pages::open(path)?;
    let mut spots = Vec::new();
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(damaged)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        // Six columns as they are read, and the spots.
        budget.take("/", bytes_of(&[rows as u64], 6 * 16 + SPOT))?;
        for (at, &place) in places.iter().enumerate() {
            let column = group.metadata().column(place);
            let values = u64::try_from(column.num_values()).unwrap_or(0);
            budget.check(COLUMNS[at], bytes_of(&[values], 16))?;
            pages.check(column, &budget, COLUMNS[at])?;
        }
        let mut columns = Vec::with_capacity(5);
        let mut barcodes = Vec::new();
        for (at, &place) in places.iter().enumerate() {
            let column = group.get_column_reader(place).map_err(damaged)?;
            let values = values(column, rows).map_err(damaged)?;
            let got = match (at, values) {
                (0, Values::Text(texts)) => {
                    barcodes = texts;
                    barcodes.len()
                }
                (1.., Values::Numbers(numbers)) => {
                    columns.push(numbers);
                    columns[at - 1].len()
                }
                (0, _) => return Err(malformed(at, "must hold text".into())),
                _ => return Err(malformed(at, "must hold numbers".into())),
            };
            if got != rows {
                let detail = format!("has {got} values for {rows} rows: some are missing");
                return Err(malformed(at, detail));
            }
        }
        // Many may stand for one long text of a dictionary.
        let letters = barcodes.iter().map(|barcode| barcode.len() as u64).sum();
        budget.take(COLUMNS[0], Some(letters))?;
        for (row, barcode) in barcodes.into_iter().enumerate() {
            if columns[0][row] == 1.0 {
                let whole = |at: usize| {
                    let value = columns[at - 1][row];
                    let detail = || format!("holds {value}, which is not a whole number");
                    whole_number(value).ok_or_else(|| malformed(at, detail()))
                };
                spots.push(Spot {
                    barcode: String::from_utf8_lossy(barcode.data()).into_owned(),
                    array_row: whole(2)?,
                    array_column: whole(3)?,
                    pixel_row: columns[3][row],
                    pixel_column: columns[4][row],
                });
            }
        }
    }
    Ok(Positions { spots })
}

/// The values of a column that are not missing.
enum Values {
    Text(Vec<ByteArray>),
    Numbers(Vec<f64>),
}

fn values(reader: ColumnReader, rows: usize) -> Result<Values, ParquetError> {
    // The levels mark missing values; the number of values already shows whether one is missing.
    let mut levels = Vec::new();
    macro_rules! read {
        ($reader:ident) => {{
            let mut values = Vec::with_capacity(rows);
            $reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            values
        }};
    }
    Ok(match reader {
        ColumnReader::BoolColumnReader(mut r) => Values::Numbers(
            read!(r)
                .into_iter()
                .map(|v: bool| f64::from(u8::from(v)))
                .collect(),
        ),
        ColumnReader::Int32ColumnReader(mut r) => {
            Values::Numbers(read!(r).into_iter().map(f64::from).collect())
        }
        ColumnReader::Int64ColumnReader(mut r) => {
            Values::Numbers(read!(r).into_iter().map(|v| v as f64).collect())
        }
        ColumnReader::FloatColumnReader(mut r) => {
            Values::Numbers(read!(r).into_iter().map(f64::from).collect())
        }
        ColumnReader::DoubleColumnReader(mut r) => Values::Numbers(read!(r)),
        ColumnReader::ByteArrayColumnReader(mut r) => Values::Text(read!(r)),
        _ => Values::Text(Vec::new()),
    })
}
