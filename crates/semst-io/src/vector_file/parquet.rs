//! Vectors in Parquet: one column of text, and columns of numbers or one column of lists of numbers.

use std::fs::File;
use std::path::Path;

use half::f16;
use ndarray::{Array2, s};
use parquet::basic::{LogicalType, Type};
use parquet::column::reader::ColumnReader;
use parquet::data_type::FixedLenByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use super::{NAME_KEYS, VECTOR_KEYS, malformed, pick};
use crate::IoError;
use crate::budget::{Budget, bytes_of};

/// The columns that are read, by their position in the file.
struct Columns {
    names: Option<usize>,
    vectors: Vectors,
}

enum Vectors {
    /// One number per row each.
    Numbers(Vec<usize>),
    /// A list per row.
    List(usize),
}

pub(super) fn read(
    file: &str,
    path: &Path,
    budget: &Budget,
) -> Result<(Array2<f32>, Option<Vec<String>>), IoError> {
    let bad = |e: ParquetError| malformed(file, format!("no Parquet file: {e}"));
    let opened = File::open(path).map_err(|source| IoError::Read {
        path: path.into(),
        source,
    })?;
    let reader = SerializedFileReader::new(opened).map_err(bad)?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr_ptr();
    let columns = columns(file, &schema)?;
    let named = |at: usize| format!("{file}: column {}", schema.column(at).path().string());
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(bad)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        // Each value as it is read, as it is kept, and joined with those of other groups; in lists there are more than rows.
        let parts_read = columns.names.into_iter().chain(columns.vectors.places());
        for at in parts_read {
            let column = group.metadata().column(at);
            let values = u64::try_from(column.num_values()).unwrap_or(0);
            let unpacked = u64::try_from(column.uncompressed_size()).unwrap_or(0);
            budget.take(&named(at), bytes_of(&[values.max(rows as u64)], 24))?;
            budget.check(&named(at), Some(unpacked))?;
        }
        if let Some(at) = columns.names {
            let texts = texts(&*group, at, rows).map_err(bad)?;
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
    Ok((vectors, columns.names.map(|_| names)))
}

impl Vectors {
    fn places(&self) -> Vec<usize> {
        match self {
            Self::Numbers(places) => places.clone(),
            Self::List(place) => vec![*place],
        }
    }
}

fn columns(file: &str, schema: &SchemaDescriptor) -> Result<Columns, IoError> {
    let (mut texts, mut plain, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for (at, column) in schema.columns().iter().enumerate() {
        let name = column.path().parts().first().map_or("", String::as_str);
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
        names: place(&texts, "columns of text", &NAME_KEYS)?,
        vectors,
    })
}

/// The texts of a column that are not missing; `None` when one is not UTF-8.
fn texts(
    group: &dyn RowGroupReader,
    at: usize,
    rows: usize,
) -> Result<Option<Vec<String>>, ParquetError> {
    let ColumnReader::ByteArrayColumnReader(mut reader) = group.get_column_reader(at)? else {
        return Ok(None);
    };
    let (mut levels, mut values) = (Vec::new(), Vec::with_capacity(rows));
    reader.read_records(rows, Some(&mut levels), None, &mut values)?;
    let texts = values.iter().map(|v| v.as_utf8().map(String::from).ok());
    Ok(texts.collect())
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
