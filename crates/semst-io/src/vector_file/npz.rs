//! Numpy's `.npz`: a zip of `.npy` arrays.

use std::io::Cursor;

use ndarray::Array2;

use super::{NAME_KEYS, VECTOR_KEYS, malformed, npy, pick};
use crate::IoError;
use crate::budget::Budget;

pub(super) fn read(
    file: &str,
    bytes: &[u8],
    budget: &Budget,
) -> Result<(Array2<f32>, Option<Vec<String>>), IoError> {
    let bad = |problem: String| malformed(file, problem);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|e| bad(format!("no .npz archive: {e}")))?;
    let mut arrays = Vec::new();
    for i in 0..archive.len() {
        let mut entry = archive
            .by_index(i)
            .map_err(|e| bad(format!("entry {i} of the archive: {e}")))?;
        let name = entry
            .name()
            .map_err(|e| bad(format!("name of entry {i}: {e}")))?
            .trim_end_matches(".npy")
            .to_owned();
        let failed = |e| bad(format!("array {name} does not unpack: {e}"));
        let content = budget.read_to_end(&name, &mut entry, failed)?;
        arrays.push((name, content));
    }
    let (mut matrices, mut texts) = (Vec::new(), Vec::new());
    for (name, content) in &arrays {
        let (header, _) = npy::header(file, content)?;
        if header.is_matrix() {
            matrices.push(name.as_str());
        } else if header.is_text() {
            texts.push(name.as_str());
        }
    }
    let content = |name: &str| {
        arrays
            .iter()
            .find(|(n, _)| n == name)
            .map_or(&[][..], |(_, c)| c.as_slice())
    };
    let vectors = pick(file, "2-D arrays", &VECTOR_KEYS, &matrices)?
        .ok_or_else(|| bad("holds no 2-D array".into()))?;
    let names = pick(file, "arrays of text", &NAME_KEYS, &texts)?;
    Ok((
        npy::matrix(&format!("{file}[{vectors}]"), content(vectors))?,
        names
            .map(|n| npy::text(&format!("{file}[{n}]"), content(n), budget))
            .transpose()?,
    ))
}
