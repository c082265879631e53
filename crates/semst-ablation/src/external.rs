//! Reads results of other tools, or runs the commands that make them.

pub(crate) mod child;
pub(crate) mod command;
mod input;

use ndarray::{Array2, Axis};
use semst::io::{LabelFile, OutsideRows, VectorFile, label_codes, read_run};

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
        None => {
            let file = LabelFile {
                path: place.path.clone(),
                column: None,
            };
            let found = file.read(&slide.data.barcodes);
            found.map_err(|e| one_line(&e))?.labels
        }
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
    let table = OutsideRows {
        source: &place.path.display().to_string(),
        names,
        names_from: "its names",
        rows: n,
    };
    let joined = table.join(&data.barcodes, data.source.rows());
    let fits = n == data.n_spots() || data.source.rows().is_some_and(|(_, rows)| n == rows);
    if names.is_none() && !fits {
        return Err(format!(
            "{} has {n} rows, {} has {} spots: give it barcodes (CSV, or NAME.names.txt next to an .npy)",
            place.path.display(),
            slide.name,
            data.n_spots()
        ));
    }
    joined.map(|joined| joined.rows).map_err(|e| one_line(&e))
}
