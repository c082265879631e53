//! Data frames of an `.h5ad`: `obs`, `var`, and frames inside `obsm`.

use std::collections::HashSet;

use hdf5_pure::AttrValue;

use crate::error::{IoError, some};
use crate::h5::{H5File, Holds, Kind};
use crate::obs::{Obs, ObsColumn};

/// The name of the index of a frame.
fn index_name(file: &H5File, frame: &str) -> Result<String, IoError> {
    match file.kind(frame)? {
        Some(Kind::Group) => {}
        Some(Kind::Dataset) => {
            return Err(file.malformed(
                frame,
                "is a table of anndata before 0.7; open and save it with a newer anndata",
            ));
        }
        None => return Err(file.malformed(frame, "is missing; this is not an AnnData file")),
    }
    let named = file.text_attr(frame, "_index")?;
    for name in named.iter().map(String::as_str).chain(["_index", "index"]) {
        if file.kind(&format!("{frame}/{name}"))?.is_some() {
            return Ok(name.to_owned());
        }
    }
    Err(file.malformed(frame, "has no index"))
}

/// The index of a frame: barcodes or gene names.
pub(crate) fn index(file: &H5File, frame: &str) -> Result<Vec<String>, IoError> {
    texts(file, frame, &index_name(file, frame)?)
}

/// The number of rows of a frame.
pub(crate) fn len(file: &H5File, frame: &str) -> Result<usize, IoError> {
    let slot = format!("{frame}/{}", index_name(file, frame)?);
    for slot in [
        slot.clone(),
        format!("{slot}/codes"),
        format!("{slot}/values"),
    ] {
        if file.is_dataset(&slot)? {
            return file.count(&slot);
        }
    }
    Err(file.malformed(&slot, "is not a column"))
}

/// The names of the columns of a frame that are there, in the order of the frame.
pub(crate) fn column_names(file: &H5File, frame: &str) -> Result<Vec<String>, IoError> {
    let mut names = Vec::new();
    for name in column_order(file, frame)? {
        if file.kind(&format!("{frame}/{name}"))?.is_some() {
            names.push(name);
        }
    }
    Ok(names)
}

/// The columns of a frame as `column-order` lists them and anndata reads them; all members of a frame without it.
///
/// A name with a slash is a path of HDF5, a group in a group.
pub(crate) fn column_order(file: &H5File, frame: &str) -> Result<Vec<String>, IoError> {
    match listed_names(file, frame)? {
        Some(names) => Ok(names),
        None => super::contents::keys(file, frame),
    }
}

/// The names that `column-order` lists; `None` where there is none.
fn listed_names(file: &H5File, frame: &str) -> Result<Option<Vec<String>>, IoError> {
    let attrs = file.attrs(frame)?;
    // An empty list has no texts: h5py writes it as one of numbers.
    let order = attrs.get("column-order");
    Ok(order.map(|order| order.as_strings().unwrap_or_default().to_vec()))
}

/// The columns of a frame. One that cannot be read is left out and named.
pub(crate) fn columns(
    file: &H5File,
    frame: &str,
    n_rows: usize,
    left_out: &mut Vec<String>,
) -> Result<Obs, IoError> {
    let mut obs = Obs::new();
    for name in column_order(file, frame)? {
        if file.kind(&format!("{frame}/{name}"))?.is_none() {
            left_out.push(format!(
                "{frame}/{name} is listed in column-order, but is not there"
            ));
            continue;
        }
        match column(file, frame, &name) {
            Ok(column) if column.len() == n_rows => obs.insert(name, column),
            Ok(column) => {
                let detail = format!("has {} values for {n_rows} rows", column.len());
                return Err(file.malformed(&format!("{frame}/{name}"), detail));
            }
            Err(IoError::Malformed { slot, detail, .. }) => {
                left_out.push(format!("{slot} {detail}"));
            }
            Err(error) => return Err(error),
        }
    }
    left_out.extend(unlisted(file, frame)?);
    Ok(obs)
}

/// A note on members that `column-order` does not list.
fn unlisted(file: &H5File, frame: &str) -> Result<Option<String>, IoError> {
    let Some(listed) = listed_names(file, frame)? else {
        return Ok(None);
    };
    let listed: HashSet<String> = listed.into_iter().collect();
    let mut members = match super::contents::keys(file, frame) {
        Ok(members) => members,
        // A group with a soft link has no list of its members.
        Err(IoError::Malformed { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    members.retain(|name| !listed.contains(name));
    let n = members.len();
    let names = some(&members);
    Ok((n > 0).then(|| {
        format!("{n} of the members of {frame}, which column-order does not list: {names}")
    }))
}

/// A column as text, however it is stored.
pub(crate) fn texts(file: &H5File, frame: &str, name: &str) -> Result<Vec<String>, IoError> {
    let slot = format!("{frame}/{name}");
    if file.is_dataset(&slot)? {
        return file.strings(&slot);
    }
    let labels = column(file, frame, name)?.texts();
    Ok(labels.into_iter().map(Option::unwrap_or_default).collect())
}

/// One column.
pub(crate) fn column(file: &H5File, frame: &str, name: &str) -> Result<ObsColumn, IoError> {
    let slot = format!("{frame}/{name}");
    if file.is_group(&slot)? {
        return encoded(file, &slot);
    }
    let old_categories = format!("{frame}/__categories/{name}");
    if file.is_dataset(&old_categories)? {
        let codes = file.i64s(&slot)?;
        let attrs = file.attrs(&old_categories)?;
        return categorical(
            file,
            &slot,
            &codes,
            file.strings(&old_categories)?,
            is_true(attrs.get("ordered")),
        );
    }
    plain(file, &slot)
}

/// A column stored as one array.
fn plain(file: &H5File, slot: &str) -> Result<ObsColumn, IoError> {
    if file.shape(slot)?.len() != 1 {
        return Err(file.malformed(slot, "is not a column"));
    }
    match file.holds(slot)? {
        Holds::Text => Ok(ObsColumn::Text(file.strings(slot)?)),
        Holds::Bool => Ok(ObsColumn::Bool(file.bools(slot)?)),
        // Numbers of `u64` may be too large for `i64`.
        Holds::Float(_)
        | Holds::Whole {
            unsigned: true,
            bytes: 8,
        } => Ok(ObsColumn::Numeric(file.f64s(slot)?)),
        Holds::Whole { .. } => Ok(ObsColumn::Integer(file.i64s(slot)?)),
        Holds::Enumeration(name) | Holds::Other(name) => {
            Err(file.malformed(slot, format!("holds {name}, which is not a column type")))
        }
    }
}

/// A column stored as a group: categorical, or values with a mask.
fn encoded(file: &H5File, slot: &str) -> Result<ObsColumn, IoError> {
    let attrs = file.attrs(slot)?;
    let encoding = attrs.get("encoding-type").and_then(AttrValue::as_str);
    let part = |name: &str| format!("{slot}/{name}");
    match encoding {
        Some("categorical") => {
            let codes = file.i64s(&part("codes"))?;
            let names = texts(file, slot, "categories")?;
            categorical(file, slot, &codes, names, is_true(attrs.get("ordered")))
        }
        Some("nullable-integer" | "nullable-boolean" | "nullable-string-array") => {
            let mask = file.bools(&part("mask"))?;
            let values = plain(file, &part("values"))?;
            if mask.len() != values.len() {
                return Err(file.malformed(slot, "has a mask of another length"));
            }
            Ok(masked(values, &mask))
        }
        other => {
            let detail = format!("has the encoding {}", other.unwrap_or("(none)"));
            Err(file.malformed(slot, detail))
        }
    }
}

fn categorical(
    file: &H5File,
    slot: &str,
    codes: &[i64],
    categories: Vec<String>,
    ordered: bool,
) -> Result<ObsColumn, IoError> {
    let codes: Option<Vec<Option<u32>>> = codes
        .iter()
        .map(|&code| match u32::try_from(code) {
            Ok(at) if (at as usize) < categories.len() => Some(Some(at)),
            Err(_) if code == -1 => Some(None),
            _ => None,
        })
        .collect();
    match codes {
        Some(codes) => Ok(ObsColumn::Categorical {
            codes,
            categories,
            ordered,
        }),
        None => Err(file.malformed(slot, "has a code without a category")),
    }
}

fn masked(values: ObsColumn, mask: &[bool]) -> ObsColumn {
    if !mask.contains(&true) {
        return values;
    }
    match values.numbers() {
        Some(numbers) if !matches!(values, ObsColumn::Bool(_)) => {
            let hide = |(value, &missing)| if missing { f64::NAN } else { value };
            ObsColumn::Numeric(numbers.into_iter().zip(mask).map(hide).collect())
        }
        _ => {
            let labels = values.texts();
            let hide = |(label, &missing)| if missing { None } else { label };
            let labels: Vec<Option<String>> = labels.into_iter().zip(mask).map(hide).collect();
            ObsColumn::from_labels(&labels)
        }
    }
}

fn is_true(attr: Option<&AttrValue>) -> bool {
    attr.and_then(|value| value.as_i64().or_else(|| value.as_u64().map(|v| v as i64)))
        .is_some_and(|value| value != 0)
}
