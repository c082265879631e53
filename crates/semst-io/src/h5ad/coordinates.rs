//! The coordinates of the spots.

use std::collections::BTreeSet;

use ndarray::Array2;

use crate::error::IoError;
use crate::h5::{H5File, Kind};
use crate::h5ad::{axes, contents, frame};
use crate::read_config::ReadConfig;
use crate::report::ReadReport;

/// The coordinates of all spots of a file.
pub(crate) struct Coordinates {
    /// (x, y), `[N × 2]`.
    pub(crate) points: Array2<f64>,
    /// The third axis of `obsm`, where it tells spots apart.
    pub(crate) z: Option<Vec<f64>>,
}

/// Reads (x, y) of every spot: `obsm/spatial`, else `obsm/X_spatial`, else the first pair of columns of `obs` in
/// [`axes::PAIRS`].
pub(crate) fn read(
    file: &H5File,
    config: &ReadConfig,
    n_spots: usize,
    report: &mut ReadReport,
) -> Result<Coordinates, IoError> {
    let keys = match &config.spatial_key {
        Some(key) => vec![key.as_str()],
        None => vec!["spatial", "X_spatial"],
    };
    for key in &keys {
        let slot = format!("obsm/{key}");
        if let Some(kind) = file.kind(&slot)? {
            let (points, z) = match kind {
                Kind::Dataset => from_array(file, &slot, n_spots, report)?,
                Kind::Group => from_frame(file, &slot, report)?,
            };
            if points.nrows() != n_spots {
                let detail = format!("has {} rows for {n_spots} spots", points.nrows());
                return Err(file.malformed(&slot, detail));
            }
            report.coordinates_from = slot;
            return Ok(Coordinates { points, z });
        }
    }
    if let Some(key) = &config.spatial_key {
        return Err(IoError::MissingKey {
            table: "obsm".into(),
            key: key.clone(),
            keys: contents::keys(file, "obsm")?,
        });
    }
    if let Some(points) = from_obs(file, report)? {
        return Ok(Coordinates { points, z: None });
    }
    let pairs = axes::PAIRS
        .iter()
        .map(|[x, y]| format!("obs/{x} with obs/{y}"));
    Err(IoError::NoCoordinates {
        path: file.path().into(),
        looked_for: ["obsm/spatial", "obsm/X_spatial"]
            .map(String::from)
            .into_iter()
            .chain(pairs)
            .collect(),
        slots: contents::slots(file)?,
    })
}

/// Whether the coordinates are places in a lattice, and not in the pixels of a picture.
pub(crate) fn are_array_positions(report: &ReadReport) -> bool {
    report.coordinates_from.starts_with("obs/array_col")
}

/// The first two columns of an array, and the third where it tells spots apart.
fn from_array(
    file: &H5File,
    slot: &str,
    n_spots: usize,
    report: &mut ReadReport,
) -> Result<(Array2<f64>, Option<Vec<f64>>), IoError> {
    let shape = file.shape(slot)?;
    let &[rows, cols] = &shape[..] else {
        return Err(file.malformed(slot, "is not an array of points"));
    };
    // Before the columns are gone through: an array without rows can declare any number of them.
    if rows != n_spots {
        return Err(file.malformed(slot, format!("has {rows} rows for {n_spots} spots")));
    }
    if rows == 0 {
        return Ok((Array2::zeros((0, 2)), None));
    }
    if cols < 2 {
        return Err(file.malformed(slot, format!("has {cols} columns; x and y are needed")));
    }
    let values = file.f64s(slot)?;
    if values.len() != rows * cols {
        return Err(file.malformed(slot, "holds fewer values than its shape says"));
    }
    let mut deep = None;
    for col in 2..cols {
        let axis = (0..rows).map(|row| values[row * cols + col]).collect();
        deep = deep.or(not_flat(slot, &format!("column {col}"), axis, report));
    }
    let points = Array2::from_shape_fn((rows, 2), |(row, axis)| values[row * cols + axis]);
    Ok((points, deep))
}

/// The columns of a frame whose names say that they hold x and y.
fn from_frame(
    file: &H5File,
    slot: &str,
    report: &mut ReadReport,
) -> Result<(Array2<f64>, Option<Vec<f64>>), IoError> {
    let names = frame::column_names(file, slot)?;
    let Some(pair) = axes::x_and_y(&names) else {
        let detail = format!(
            "has the columns {}; call two of them x and y",
            names.join(", ")
        );
        return Err(file.malformed(slot, detail));
    };
    let deep = match axes::z(&names) {
        Some(z) => not_flat(
            slot,
            &format!("column `{z}`"),
            numbers(file, slot, z)?,
            report,
        ),
        None => None,
    };
    if names.iter().position(|name| name == pair[0]) > names.iter().position(|name| name == pair[1])
    {
        report.axes = Some((slot.into(), pair.map(String::from)));
    }
    Ok((points(file, slot, pair)?, deep))
}

/// The first pair of columns of `obs` that is there. A third axis is noted only: many tables of cells hold one.
fn from_obs(file: &H5File, report: &mut ReadReport) -> Result<Option<Array2<f64>>, IoError> {
    let names = frame::column_names(file, "obs")?;
    let has = |name: &&str| names.iter().any(|other| other == name);
    let Some(pair) = axes::PAIRS.into_iter().find(|pair| pair.iter().all(has)) else {
        return Ok(None);
    };
    let mut points = points(file, "obs", pair)?;
    let [x, y] = pair;
    report.coordinates_from = format!("obs/{x}, obs/{y}");
    if pair == axes::ARRAY && is_hexagonal(&points) {
        // Space Ranger counts columns of a hexagonal lattice in halves.
        points.column_mut(1).mapv_inplace(|row| row * 3_f64.sqrt());
        report.coordinates_from += " (times √3: the lattice is hexagonal)";
    }
    let third = [x.replace('x', "z"), x.replace('X', "Z")];
    if let Some(z) = third.iter().find(|z| *z != x && has(&z.as_str())) {
        // A column of names of sections is not an axis.
        let n = numbers(file, "obs", z).map_or(0, |values| distinct(&values));
        if n > 1 {
            report.left_out.push(format!(
                "obs/{z}, a third axis with {n} values: if the file holds several sections, run each on its own"
            ));
        }
    }
    Ok(Some(points))
}

/// Whether only every second place of the lattice is taken, in rows that alternate.
fn is_hexagonal(points: &Array2<f64>) -> bool {
    let even = |value: f64| value % 2.0 == 0.0;
    let alike = |point: ndarray::ArrayView1<'_, f64>| even(point[0] + point[1]);
    let odd_rows = points.rows().into_iter().any(|point| !even(point[1]));
    odd_rows && points.rows().into_iter().all(alike)
}

/// A third axis that tells spots apart; one that does not is noted.
fn not_flat(slot: &str, column: &str, axis: Vec<f64>, report: &mut ReadReport) -> Option<Vec<f64>> {
    if distinct(&axis) > 1 {
        return Some(axis);
    }
    report
        .left_out
        .push(format!("{slot} {column}, a third axis with one value"));
    None
}

/// The number of different values.
pub(crate) fn distinct(values: &[f64]) -> usize {
    // Adding zero makes -0 and 0 one place.
    let bits = values.iter().map(|value| (value + 0.0).to_bits());
    bits.collect::<BTreeSet<u64>>().len()
}

fn points(file: &H5File, table: &str, pair: [&str; 2]) -> Result<Array2<f64>, IoError> {
    let [x, y] = pair.map(|name| numbers(file, table, name));
    let (x, y) = (x?, y?);
    if x.len() != y.len() {
        return Err(file.malformed(table, "has x and y of different lengths"));
    }
    Ok(Array2::from_shape_fn((x.len(), 2), |(row, axis)| {
        [x[row], y[row]][axis]
    }))
}

fn numbers(file: &H5File, table: &str, name: &str) -> Result<Vec<f64>, IoError> {
    let column = frame::column(file, table, name)?;
    let slot = format!("{table}/{name}");
    column
        .numbers()
        .ok_or_else(|| file.malformed(&slot, "holds no numbers"))
}
