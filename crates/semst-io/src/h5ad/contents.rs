//! The slots that an `.h5ad` holds, by name.

use crate::contents::{Contents, ObsKey};
use crate::error::IoError;
use crate::h5::{DEEPEST, H5File};
use crate::h5ad::{frame, matrix};

/// The tables of an AnnData file whose members are listed.
const TABLES: [&str; 6] = ["layers", "obs", "obsm", "obsp", "var", "uns"];

/// The names in a table, without the index of a data frame and old-style category stores.
///
/// A name with a slash is a path of HDF5: a group without an attribute holds the rest of the name.
pub(crate) fn keys(file: &H5File, table: &str) -> Result<Vec<String>, IoError> {
    let index = file.text_attr(table, "_index")?;
    let hidden =
        |name: &String| name == "__categories" || name == "_index" || Some(name) == index.as_ref();
    let mut names = Vec::new();
    // `uns` is made of dictionaries, and older files mark none of them.
    let whole = table == "uns";
    let mut open = file.children(table)?;
    open.reverse();
    while let Some(name) = open.pop() {
        let slot = format!("{table}/{name}");
        if hidden(&name) {
            continue;
        }
        if whole || file.is_dataset(&slot)? || !file.attrs(&slot)?.is_empty() {
            names.push(name);
            continue;
        }
        if name.matches('/').count() > DEEPEST {
            return Err(file.too_deep(&slot));
        }
        let inner = file.children(&slot)?.into_iter().rev();
        open.extend(inner.map(|rest| format!("{name}/{rest}")));
    }
    Ok(names)
}

/// Every slot as `table/key`.
pub(crate) fn slots(file: &H5File) -> Result<Vec<String>, IoError> {
    let mut slots = matrices(file)?;
    for table in TABLES {
        if table == "layers" {
            continue;
        }
        slots.extend(
            keys(file, table)?
                .into_iter()
                .map(|key| format!("{table}/{key}")),
        );
    }
    Ok(slots)
}

/// The matrices of spots × genes: `X`, layers, `raw/X`.
pub(crate) fn matrices(file: &H5File) -> Result<Vec<String>, IoError> {
    let mut slots = Vec::new();
    if matrix::is_there(file, "X")? {
        slots.push("X".to_owned());
    }
    let layers = keys(file, "layers")?;
    slots.extend(layers.into_iter().map(|key| format!("layers/{key}")));
    if matrix::is_there(file, "raw/X")? {
        slots.push("raw/X".to_owned());
    }
    Ok(slots)
}

/// Everything that a file holds, by name.
pub(crate) fn of_file(file: &H5File) -> Result<Contents, IoError> {
    let n_spots = frame::len(file, "obs")?;
    let columns = frame::columns(file, "obs", n_spots, &mut Vec::new())?;
    let mut sizes = Vec::new();
    for slot in matrices(file)? {
        let (rows, cols, stored) = matrix::extent(file, &slot)?;
        sizes.push(format!("{slot} ({rows} × {cols}, {stored} stored)"));
    }
    Ok(Contents {
        n_spots,
        n_genes: frame::len(file, "var")?,
        obs: columns.iter().map(|(key, c)| ObsKey::of(key, c)).collect(),
        matrices: sizes,
        obsm: keys(file, "obsm")?,
        obsp: keys(file, "obsp")?,
        uns: keys(file, "uns")?,
    })
}
