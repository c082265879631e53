//! The coordinates of the spots.

use ndarray::Array2;

use crate::error::IoError;
use crate::h5::{H5File, Kind};
use crate::h5ad::{contents, frame};
use crate::read_config::ReadConfig;
use crate::report::ReadReport;

/// Reads (x, y) of every spot: `obsm/spatial`, else `obsm/X_spatial`, else `obs/x` and `obs/y`.
pub(crate) fn read(
    file: &H5File,
    config: &ReadConfig,
    n_spots: usize,
    report: &mut ReadReport,
) -> Result<Array2<f64>, IoError> {
    let keys = match &config.spatial_key {
        Some(key) => vec![key.as_str()],
        None => vec!["spatial", "X_spatial"],
    };
    for key in &keys {
        let slot = format!("obsm/{key}");
        if let Some(kind) = file.kind(&slot)? {
            let points = match kind {
                Kind::Dataset => from_array(file, &slot)?,
                Kind::Group => from_frame(file, &slot)?,
            };
            if points.nrows() != n_spots {
                let detail = format!("has {} rows for {n_spots} spots", points.nrows());
                return Err(file.malformed(&slot, detail));
            }
            report.coordinates_from = slot;
            return Ok(points);
        }
    }
    if let Some(key) = &config.spatial_key {
        return Err(IoError::MissingKey {
            table: "obsm".into(),
            key: key.clone(),
            keys: contents::keys(file, "obsm")?,
        });
    }
    if file.is_dataset("obs/x")? && file.is_dataset("obs/y")? {
        report.coordinates_from = "obs/x, obs/y".into();
        return pair(file, "obs", ["x", "y"]);
    }
    Err(IoError::NoCoordinates {
        path: file.path().into(),
        looked_for: ["obsm/spatial", "obsm/X_spatial", "obs/x with obs/y"]
            .map(String::from)
            .to_vec(),
        slots: contents::slots(file)?,
    })
}

/// The first two columns of an array; a third axis is ignored.
fn from_array(file: &H5File, slot: &str) -> Result<Array2<f64>, IoError> {
    let shape = file.shape(slot)?;
    let &[rows, cols] = &shape[..] else {
        return Err(file.malformed(slot, "is not an array of points"));
    };
    if cols < 2 {
        return Err(file.malformed(slot, format!("has {cols} columns; x and y are needed")));
    }
    let values = file.f64s(slot)?;
    if values.len() != rows * cols {
        return Err(file.malformed(slot, "holds fewer values than its shape says"));
    }
    Ok(Array2::from_shape_fn((rows, 2), |(row, axis)| {
        values[row * cols + axis]
    }))
}

/// Columns `x` and `y` of a frame, else its first two.
fn from_frame(file: &H5File, slot: &str) -> Result<Array2<f64>, IoError> {
    let names = frame::column_names(file, slot)?;
    let has = |name: &str| names.iter().any(|other| other == name);
    match &names[..] {
        _ if has("x") && has("y") => pair(file, slot, ["x", "y"]),
        [x, y, ..] => pair(file, slot, [x, y]),
        _ => Err(file.malformed(slot, "has no two columns; x and y are needed")),
    }
}

fn pair(file: &H5File, table: &str, names: [&str; 2]) -> Result<Array2<f64>, IoError> {
    let mut axes = Vec::with_capacity(2);
    for name in names {
        let slot = format!("{table}/{name}");
        let column = frame::column(file, table, name)?;
        axes.push(
            column
                .numbers()
                .ok_or_else(|| file.malformed(&slot, "holds no numbers"))?,
        );
    }
    if axes[0].len() != axes[1].len() {
        return Err(file.malformed(table, "has x and y of different lengths"));
    }
    Ok(Array2::from_shape_fn((axes[0].len(), 2), |(row, axis)| {
        axes[axis][row]
    }))
}
