//! Reads `uns` as far as [`UnsValue`] can represent it.

use hdf5_pure::AttrValue;

use crate::error::IoError;
use crate::h5::{H5File, Holds, Kind};
use crate::slots::UnsValue;

/// Every entry of `uns`. Pictures, tables, matrices and record arrays are left out, and so is what a hard link puts into itself.
pub(crate) fn read(file: &H5File) -> Result<Vec<(String, UnsValue)>, IoError> {
    let mut entries = Vec::new();
    for name in file.children("uns")? {
        let slot = format!("uns/{name}");
        // Ends where groups are nested too deep, before their values are read.
        match file.walk(&slot, |_, _| Ok(true)) {
            Ok(()) => {}
            Err(IoError::Malformed { .. }) => continue,
            Err(error) => return Err(error),
        }
        if let Some(value) = value(file, &slot)? {
            entries.push((name, value));
        }
    }
    Ok(entries)
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
    let rank = file.shape(slot)?.len();
    Ok(match (file.holds(slot)?, rank) {
        (Holds::Text, 0) => file.strings(slot)?.pop().map(UnsValue::Str),
        (Holds::Text, 1) => Some(UnsValue::StrArray(file.strings(slot)?)),
        (Holds::Whole { unsigned: true, .. }, 0) => file.u64s(slot)?.pop().map(UnsValue::from),
        (Holds::Whole { unsigned: true, .. }, 1) => Some(UnsValue::from(file.u64s(slot)?)),
        (Holds::Whole { .. }, 0) => file.i64s(slot)?.pop().map(UnsValue::Int),
        (Holds::Whole { .. }, 1) => Some(UnsValue::IntArray(file.i64s(slot)?)),
        (Holds::Float(_), 0) => file.f64s(slot)?.pop().map(UnsValue::Float),
        (Holds::Float(_), 1) => Some(UnsValue::FloatArray(file.f64s(slot)?)),
        (Holds::Bool, 0) => file.bools(slot)?.pop().map(UnsValue::Bool),
        (Holds::Bool, 1) => {
            let values = file.bools(slot)?.into_iter().map(UnsValue::Bool);
            Some(UnsValue::List(values.collect()))
        }
        _ => None,
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
