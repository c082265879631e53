//! Reads results of other tools, or runs the commands that make them.

pub(crate) mod child;
pub(crate) mod command;
mod input;

use std::collections::HashMap;

use ndarray::{Array2, Axis};
use semst::io::{VectorFile, label_codes, read_labels, read_run};

use crate::error_line::one_line;
use crate::grid::Place;
use crate::slide::Slide;

/// An embedding of some spots of the slide, `[rows.len(), d]`.
#[derive(Debug)]
pub(crate) struct PartialEmbedding {
    pub(crate) rows: Vec<usize>,
    pub(crate) z: Array2<f32>,
}

/// Labels of some spots of the slide.
#[derive(Debug)]
pub(crate) struct PartialLabels {
    pub(crate) rows: Vec<usize>,
    pub(crate) labels: Vec<u32>,
}

/// Reads an embedding and finds its rows among the spots.
pub(crate) fn embedding(place: &Place, slide: &Slide) -> Result<PartialEmbedding, String> {
    let (names, vectors) = match &place.key {
        Some(key) => {
            let file = read_run(&place.path, &[key]).map_err(|e| one_line(&e))?;
            let vectors = file.embedding(key).map_err(|e| one_line(&e))?.clone();
            (Some(file.barcodes), vectors)
        }
        None => {
            let file = VectorFile::open_with_gaps(&place.path).map_err(|e| one_line(&e))?;
            (file.names, file.vectors)
        }
    };
    let from = rows_of(place, slide, names.as_deref(), vectors.nrows())?;
    // A row of NaN means a spot that the tool dropped.
    let (rows, taken): (Vec<usize>, Vec<usize>) = from
        .into_iter()
        .enumerate()
        .filter_map(|(spot, row)| Some((spot, row?)))
        .filter(|&(_, row)| vectors.row(row).iter().all(|v| v.is_finite()))
        .unzip();
    if rows.is_empty() {
        return Err(format!("{}: no spot has a vector", place.path.display()));
    }
    Ok(PartialEmbedding {
        rows,
        z: vectors.select(Axis(0), &taken),
    })
}

/// Reads labels and finds their rows among the spots.
pub(crate) fn labels(place: &Place, slide: &Slide) -> Result<PartialLabels, String> {
    let labels = match &place.key {
        Some(key) => {
            let file = read_run(&place.path, &[]).map_err(|e| one_line(&e))?;
            let labels = file.obs.labels(key).map_err(|e| one_line(&e))?;
            let from = rows_of(place, slide, Some(&file.barcodes), labels.len())?;
            from.into_iter()
                .map(|row| row.and_then(|row| labels[row].clone()))
                .collect()
        }
        None => read_labels(&place.path, &slide.data.barcodes).map_err(|e| one_line(&e))?,
    };
    let codes = label_codes(&labels).codes;
    let (rows, labels): (Vec<usize>, Vec<u32>) = codes
        .into_iter()
        .enumerate()
        .filter_map(|(spot, code)| Some((spot, code?)))
        .unzip();
    if rows.is_empty() {
        return Err(format!("{}: no spot has a label", place.path.display()));
    }
    Ok(PartialLabels { rows, labels })
}

/// For each spot of the slide its row in the file, by barcode if there are names, else by order.
fn rows_of(
    place: &Place,
    slide: &Slide,
    names: Option<&[String]>,
    n: usize,
) -> Result<Vec<Option<usize>>, String> {
    let data = &slide.data;
    if let Some(names) = names {
        let at: HashMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(i, b)| (b.as_str(), i))
            .collect();
        let rows: Vec<Option<usize>> = data
            .barcodes
            .iter()
            .map(|b| at.get(b.as_str()).copied())
            .collect();
        if rows.iter().any(Option::is_some) {
            return Ok(rows);
        }
        let file = place.path.display();
        return Err(format!(
            "{file}: none of its names is a barcode of {}",
            slide.name
        ));
    }
    match data.source.rows() {
        _ if n == data.n_spots() => Ok((0..n).map(Some).collect()),
        Some((rows, n_rows)) if n == n_rows => Ok(rows.iter().map(|&r| Some(r)).collect()),
        _ => Err(format!(
            "{} has {n} rows, {} has {} spots: give it barcodes (CSV, or NAME.names.txt next to an .npy)",
            place.path.display(),
            slide.name,
            data.n_spots()
        )),
    }
}
