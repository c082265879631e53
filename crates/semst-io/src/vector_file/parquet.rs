//! Vectors in Parquet: one column of names, and columns of numbers or one column of lists of numbers.

mod pandas_index;

use std::fs::File;
use std::path::Path;

use half::f16;
use ndarray::{Array2, s};
use parquet::basic::{LogicalType, Type};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use self::pandas_index::is_index;
use super::{NAME_KEYS, PlacedNames, VECTOR_KEYS, malformed, pick};
use crate::IoError;
use crate::budget::pages::Pages;
use crate::budget::{Budget, bytes_of};

/// The columns that are read, by their position in the file.
struct Columns {
    names: Option<Names>,
    vectors: Vectors,
}

/// The column with the names.
struct Names {
    at: usize,
    /// Its name for users.
    title: String,
    /// Whether they are the row numbers or other whole numbers of an index.
    whole: bool,
}

enum Vectors {
    /// One number per row each.
    Numbers(Vec<usize>),
    /// A list per row.
    List(usize),
}

pub(super) fn read(file: &str, path: &Path, budget: &Budget) -> Result<PlacedNames, IoError> {
    let bad = |e: ParquetError| malformed(file, format!("no Parquet file: {e}"));
    let opened = File::open(path).map_err(|source| IoError::Read {
        path: path.into(),
        source,
    })?;
    let reader = SerializedFileReader::new(opened).map_err(bad)?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr_ptr();
    let index = pandas_index::columns(metadata.file_metadata());
    let columns = columns(file, &schema, &index)?;
    let named = |at: usize| format!("{file}: column {}", schema.column(at).path().string());
    let mut pages = Pages::open(path)?;
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(bad)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        // Each value as it is read, as it is kept, and joined with those of other groups; in lists there are more than rows.
        let name_column = columns.names.iter().map(|names| names.at);
        for at in name_column.chain(columns.vectors.places()) {
            let column = group.metadata().column(at);
            let values = u64::try_from(column.num_values()).unwrap_or(0);
            let unpacked = u64::try_from(column.uncompressed_size()).unwrap_or(0);
            budget.take(&named(at), bytes_of(&[values.max(rows as u64)], 24))?;
            budget.check(&named(at), Some(unpacked))?;
            pages.check(column, budget, &named(at))?;
        }
        if let Some(Names { at, whole, .. }) = columns.names {
            let texts = match whole {
                true => Some(whole_numbers(&*group, at, rows).map_err(bad)?),
                false => {
                    let texts = texts(&*group, at, rows).map_err(bad)?;
                    // Many may stand for one long text of a dictionary.
                    let letters = texts.iter().map(|text| text.len() as u64).sum();
                    budget.take(&named(at), Some(letters))?;
                    let texts = texts.iter().map(|t| t.as_utf8().map(String::from).ok());
                    texts.collect()
                }
            };
            let texts = texts
                .filter(|t| t.len() == rows)
                .ok_or_else(|| malformed(named(at), "a name is missing or is not text"))?;
            names.extend(texts);
        }
        parts.push(match &columns.vectors {
            Vectors::Numbers(places) => {
                let mut part = Array2::zeros((rows, places.len()));
                for (column, &at) in places.iter().enumerate() {
                    let (values, _) = numbers(&*group, at, rows).map_err(bad)?;
                    if values.len() != rows {
                        let problem = format!("has {} numbers for {rows} rows", values.len());
                        return Err(malformed(named(at), problem));
                    }
                    part.slice_mut(s![.., column])
                        .iter_mut()
                        .zip(values)
                        .for_each(|(slot, value)| *slot = value);
                }
                part
            }
            Vectors::List(at) => {
                let (values, starts) = numbers(&*group, *at, rows).map_err(bad)?;
                let dims = values.len() / rows.max(1);
                let even = starts.iter().enumerate().all(|(row, &s)| s == row * dims);
                if starts.len() != rows || dims * rows != values.len() || !even {
                    let problem = "lists differ in length, or a value is missing";
                    return Err(malformed(named(*at), problem));
                }
                Array2::from_shape_vec((rows, dims), values)
                    .map_err(|e| malformed(named(*at), e.to_string()))?
            }
        });
    }
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    let vectors = match views.as_slice() {
        [] => Array2::zeros((0, 0)),
        _ => ndarray::concatenate(ndarray::Axis(0), &views)
            .map_err(|_| malformed(file, "lists differ in length"))?,
    };
    Ok((vectors, columns.names.map(|column| (names, column.title))))
}

impl Vectors {
    fn places(&self) -> Vec<usize> {
        match self {
            Self::Numbers(places) => places.clone(),
            Self::List(place) => vec![*place],
        }
    }
}

fn columns(file: &str, schema: &SchemaDescriptor, index: &[String]) -> Result<Columns, IoError> {
    let (mut texts, mut plain, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    let mut indices = Vec::new();
    for (at, column) in schema.columns().iter().enumerate() {
        let name = column.path().parts().first().map_or("", String::as_str);
        if is_index(name, index) && column.max_rep_level() == 0 {
            let whole = match column.physical_type() {
                Type::BYTE_ARRAY => false,
                Type::INT32 | Type::INT64 => true,
                // An index of other numbers names no row, and is no vector.
                _ => continue,
            };
            indices.push((name, at, whole));
            continue;
        }
        let number = match column.physical_type() {
            Type::FLOAT | Type::DOUBLE | Type::INT32 | Type::INT64 => true,
            Type::FIXED_LEN_BYTE_ARRAY => column.logical_type_ref() == Some(&LogicalType::Float16),
            _ => false,
        };
        match (column.physical_type(), column.max_rep_level()) {
            (Type::BYTE_ARRAY, 0) => texts.push((name, at)),
            (_, 0) if number => plain.push(at),
            (_, 1) if number => lists.push((name, at)),
            _ => {}
        }
    }
    let place = |of: &[(&str, usize)], what, keys: &[&str]| {
        let candidates: Vec<&str> = of.iter().map(|c| c.0).collect();
        let chosen = pick(file, what, keys, &candidates)?;
        let found = chosen.and_then(|name| of.iter().find(|c| c.0 == name));
        Ok::<_, IoError>(found.map(|c| c.1))
    };
    let vectors = match place(&lists, "columns of lists", &VECTOR_KEYS)? {
        Some(list) => Vectors::List(list),
        None if plain.is_empty() => {
            let problem = "holds no column of numbers and none of lists of numbers";
            return Err(malformed(file, problem));
        }
        None => Vectors::Numbers(plain),
    };
    Ok(Columns {
        names: names(file, &texts, &indices)?,
        vectors,
    })
}

/// The column of names: one with a known name, else the index if it is text, else the only column of text, else the index.
fn names(
    file: &str,
    texts: &[(&str, usize)],
    indices: &[(&str, usize, bool)],
) -> Result<Option<Names>, IoError> {
    let of_text = |text: &(&str, usize)| Names {
        at: text.1,
        title: format!("column `{}`", text.0),
        whole: false,
    };
    let known = |key: &&str| texts.iter().find(|text| text.0 == *key);
    if let Some(text) = NAME_KEYS.iter().find_map(known) {
        return Ok(Some(of_text(text)));
    }
    let unnamed = |name: &str| name.is_empty() || name.starts_with("__index_level_");
    let of_index = |&(name, at, whole): &(&str, usize, bool)| Names {
        at,
        whole,
        title: match unnamed(name) {
            true => "its index".into(),
            false => format!("its index `{name}`"),
        },
    };
    let words: Vec<&str> = texts.iter().map(|text| text.0).collect();
    match (indices, texts) {
        ([one @ (.., false)], _) => Ok(Some(of_index(one))),
        (_, [one]) => Ok(Some(of_text(one))),
        (_, [_, _, ..]) => {
            let chosen = pick(file, "columns of text", &NAME_KEYS, &words)?;
            Ok(chosen
                .and_then(|name| texts.iter().find(|t| t.0 == name))
                .map(of_text))
        }
        ([], []) => Ok(None),
        ([one], []) => Ok(Some(of_index(one))),
        (many, []) => {
            let names: Vec<&str> = many.iter().map(|index| index.0).collect();
            let problem = format!(
                "has an index of several columns ({}); save it with one index, the names",
                names.join(", ")
            );
            Err(malformed(file, problem))
        }
    }
}

/// The whole numbers of an index as names.
fn whole_numbers(
    group: &dyn RowGroupReader,
    at: usize,
    rows: usize,
) -> Result<Vec<String>, ParquetError> {
    let mut levels = Vec::new();
    Ok(match group.get_column_reader(at)? {
        ColumnReader::Int32ColumnReader(mut reader) => {
            let mut values = Vec::with_capacity(rows);
            reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            values.iter().map(ToString::to_string).collect()
        }
        ColumnReader::Int64ColumnReader(mut reader) => {
            let mut values = Vec::with_capacity(rows);
            reader.read_records(rows, Some(&mut levels), None, &mut values)?;
            values.iter().map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    })
}

/// The texts of a column that are not missing.
fn texts(
    group: &dyn RowGroupReader,
    at: usize,
    rows: usize,
) -> Result<Vec<ByteArray>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::with_capacity(rows));
    if let ColumnReader::ByteArrayColumnReader(mut reader) = group.get_column_reader(at)? {
        reader.read_records(rows, Some(&mut levels), None, &mut values)?;
    }
    Ok(values)
}

/// A number of half precision; NaN, which is refused later, for other than two bytes.
fn half(bytes: FixedLenByteArray) -> f32 {
    let pair = <[u8; 2]>::try_from(bytes.data());
    pair.map_or(f32::NAN, |pair| f16::from_le_bytes(pair).to_f32())
}

/// The numbers of a column that are there, and at which number each row begins (for lists).
fn numbers(
    group: &dyn RowGroupReader,
    at: usize,
    rows: usize,
) -> Result<(Vec<f32>, Vec<usize>), ParquetError> {
    let (mut there, mut starts) = (Vec::new(), Vec::new());
    macro_rules! read {
        ($reader:ident, $convert:expr) => {{
            let mut values = Vec::with_capacity(rows);
            $reader.read_records(rows, Some(&mut there), Some(&mut starts), &mut values)?;
            values.into_iter().map($convert).collect()
        }};
    }
    let values: Vec<f32> = match group.get_column_reader(at)? {
        ColumnReader::FloatColumnReader(mut r) => read!(r, |v: f32| v),
        ColumnReader::DoubleColumnReader(mut r) => read!(r, |v: f64| v as f32),
        ColumnReader::Int32ColumnReader(mut r) => read!(r, |v: i32| v as f32),
        ColumnReader::Int64ColumnReader(mut r) => read!(r, |v: i64| v as f32),
        ColumnReader::FixedLenByteArrayColumnReader(mut r) => read!(r, half),
        _ => Vec::new(),
    };
    let starts = starts.iter().enumerate();
    let starts = starts.filter_map(|(place, level)| (*level == 0).then_some(place));
    Ok((values, starts.collect()))
}
