//! Reads `uns` as far as [`UnsValue`] can represent it.

use hdf5_pure::{AttrValue, DType};

use crate::error::IoError;
use crate::h5::{H5File, Kind, is_integer, is_text};
use crate::h5ad::frame::is_bool;
use crate::slots::UnsValue;

/// Every entry of `uns`. Pictures, tables, matrices and record arrays are left out.
pub(crate) fn read(file: &H5File) -> Result<Vec<(String, UnsValue)>, IoError> {
    members(file, "uns")
}

fn members(file: &H5File, slot: &str) -> Result<Vec<(String, UnsValue)>, IoError> {
    let mut entries = Vec::new();
    for name in file.children(slot)? {
        if let Some(value) = value(file, &format!("{slot}/{name}"))? {
            entries.push((name, value));
        }
    }
    Ok(entries)
}

fn value(file: &H5File, slot: &str) -> Result<Option<UnsValue>, IoError> {
    let Some(kind) = file.kind(slot)? else {
        return Ok(None);
    };
    if kind == Kind::Group {
        let attrs = file.attrs(slot)?;
        return match attrs.get("encoding-type").and_then(AttrValue::as_str) {
            None | Some("dict") => Ok(Some(list_or_dict(members(file, slot)?))),
            Some(_) => Ok(None),
        };
    }
    let shape = file.shape(slot)?;
    let dtype = file.dtype(slot)?;
    Ok(match shape.len() {
        0 if is_text(&dtype) => file.strings(slot)?.pop().map(UnsValue::Str),
        0 if dtype == DType::U64 => file.u64s(slot)?.pop().map(UnsValue::from),
        0 if is_integer(&dtype) => file.i64s(slot)?.pop().map(UnsValue::Int),
        1 if is_text(&dtype) => Some(UnsValue::StrArray(file.strings(slot)?)),
        1 if dtype == DType::U64 => Some(UnsValue::from(file.u64s(slot)?)),
        1 if is_integer(&dtype) => Some(UnsValue::IntArray(file.i64s(slot)?)),
        rank => match dtype {
            DType::F32 | DType::F64 if rank == 0 => file.f64s(slot)?.pop().map(UnsValue::Float),
            DType::F32 | DType::F64 if rank == 1 => Some(UnsValue::FloatArray(file.f64s(slot)?)),
            DType::Enum(names) if rank == 0 && is_bool(&names) => {
                file.bools(slot)?.pop().map(UnsValue::Bool)
            }
            _ => None,
        },
    })
}

/// Turns a dictionary with the keys `0`, `1`, … without a gap into a list.
fn list_or_dict(entries: Vec<(String, UnsValue)>) -> UnsValue {
    let place = |key: &str| {
        let at = key.parse::<usize>().ok()?;
        (at.to_string() == key && at < entries.len()).then_some(at)
    };
    let places: Option<Vec<usize>> = entries.iter().map(|(key, _)| place(key)).collect();
    match places {
        Some(places) if !places.is_empty() => {
            let mut values: Vec<(usize, UnsValue)> = places
                .into_iter()
                .zip(entries)
                .map(|(at, (_, value))| (at, value))
                .collect();
            values.sort_by_key(|(at, _)| *at);
            UnsValue::List(values.into_iter().map(|(_, value)| value).collect())
        }
        _ => UnsValue::Dict(entries),
    }
}
