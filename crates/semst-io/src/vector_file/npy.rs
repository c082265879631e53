//! Numpy's `.npy`: matrices of floats and lists of text.
//!
//! Parsed by own code, because names are `U` and `S` arrays and vectors may be `f2`, which `ndarray-npy` does not read.

use half::f16;
use ndarray::{Array2, ShapeBuilder};

use super::malformed;
use crate::IoError;
use crate::budget::{Budget, bytes_of};

/// The header of an array.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// E.g. `<f4`, `<U12`.
    pub(super) descr: String,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

impl Header {
    pub(super) fn is_text(&self) -> bool {
        self.shape.len() == 1 && matches!(self.descr.as_bytes().get(1), Some(b'U' | b'S'))
    }

    pub(super) fn is_matrix(&self) -> bool {
        self.shape.len() == 2
    }
}

/// Splits a file into its header and its data.
pub(super) fn header<'a>(file: &str, bytes: &'a [u8]) -> Result<(Header, &'a [u8]), IoError> {
    let bad = |problem: &str| malformed(file, problem);
    if bytes.len() < 10 || &bytes[..6] != b"\x93NUMPY" {
        return Err(bad("no .npy file (wrong first bytes)"));
    }
    let (length, start) = match bytes[6] {
        1 => (usize::from(u16::from_le_bytes([bytes[8], bytes[9]])), 10),
        2 | 3 if bytes.len() >= 12 => (
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize,
            12,
        ),
        _ => return Err(bad("unknown version of the .npy format")),
    };
    let text = bytes
        .get(start..start + length)
        .and_then(|h| std::str::from_utf8(h).ok())
        .ok_or_else(|| bad("cut off inside the .npy header"))?;
    let after = |key: &str| {
        text.split_once(key)
            .map(|(_, rest)| rest.trim_start_matches([' ', ':']))
    };
    let quoted = |rest: &str| {
        rest.strip_prefix(['\'', '"'])?
            .split(['\'', '"'])
            .next()
            .map(String::from)
    };
    let descr = after("'descr'")
        .and_then(quoted)
        .ok_or_else(|| bad("holds no plain array (structured types are not read)"))?;
    let fortran_order = after("'fortran_order'").is_some_and(|rest| rest.starts_with("True"));
    let shape = after("'shape'")
        .and_then(|rest| rest.strip_prefix('(')?.split_once(')'))
        .and_then(|(inner, _)| {
            let numbers = inner.split(',').map(str::trim).filter(|n| !n.is_empty());
            numbers
                .map(|n| n.parse::<usize>().ok())
                .collect::<Option<Vec<_>>>()
        })
        .ok_or_else(|| bad("the .npy header has no shape"))?;
    let header = Header {
        descr,
        fortran_order,
        shape,
    };
    Ok((header, &bytes[start + length..]))
}

/// A matrix of floats.
pub(super) fn matrix(file: &str, bytes: &[u8]) -> Result<Array2<f32>, IoError> {
    let (header, data) = header(file, bytes)?;
    let &[rows, columns] = header.shape.as_slice() else {
        return Err(malformed(
            file,
            format!(
                "holds an array of shape {:?}, vectors are [rows, dims]",
                header.shape
            ),
        ));
    };
    let values: Vec<f32> = match header.descr.as_str() {
        "<f2" => take(file, data, rows, columns, f16::from_le_bytes)?
            .into_iter()
            .map(f32::from)
            .collect(),
        "<f4" => take(file, data, rows, columns, f32::from_le_bytes)?,
        "<f8" => take(file, data, rows, columns, f64::from_le_bytes)?
            .into_iter()
            .map(|v| v as f32)
            .collect(),
        other => {
            let advice = if other.contains('O') {
                "Python objects are not read"
            } else {
                "use float32"
            };
            return Err(malformed(
                file,
                format!("holds numbers of type {other}; {advice}: save it with astype('float32')"),
            ));
        }
    };
    let shape = (rows, columns).set_f(header.fortran_order);
    let array =
        Array2::from_shape_vec(shape, values).map_err(|e| malformed(file, e.to_string()))?;
    Ok(if header.fortran_order {
        array.as_standard_layout().into_owned()
    } else {
        array
    })
}

/// A list of text.
pub(super) fn text(file: &str, bytes: &[u8], budget: &Budget) -> Result<Vec<String>, IoError> {
    let (header, data) = header(file, bytes)?;
    let bad = |problem: String| malformed(file, problem);
    let width = header.descr.get(2..).and_then(|w| w.parse::<usize>().ok());
    let (&[count], Some(width)) = (header.shape.as_slice(), width.filter(|_| header.is_text()))
    else {
        return Err(bad(format!(
            "names are an array of type {}, not of text: save them with astype(str)",
            header.descr
        )));
    };
    let unicode = header.descr.starts_with("<U");
    let size = if unicode {
        width.saturating_mul(4)
    } else {
        width
    };
    if count.checked_mul(size) != Some(data.len()) {
        return Err(bad(format!(
            "{} bytes of names, {count} of {size} bytes expected",
            data.len()
        )));
    }
    budget.take(file, bytes_of(&[count as u64], size_of::<String>() as u64))?;
    let decode = |cell: &[u8]| -> Option<String> {
        if unicode {
            let points = cell
                .chunks_exact(4)
                .map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]));
            points.take_while(|&p| p != 0).map(char::from_u32).collect()
        } else {
            let end = cell.iter().position(|&b| b == 0).unwrap_or(cell.len());
            String::from_utf8(cell[..end].to_vec()).ok()
        }
    };
    (0..count)
        .map(|i| {
            decode(&data[i * size..(i + 1) * size])
                .ok_or_else(|| bad(format!("name {i} is not text")))
        })
        .collect()
}

/// Reads exactly `rows × columns` numbers of `B` bytes.
fn take<T, const B: usize>(
    file: &str,
    data: &[u8],
    rows: usize,
    columns: usize,
    decode: fn([u8; B]) -> T,
) -> Result<Vec<T>, IoError> {
    let expected = rows.checked_mul(columns).and_then(|n| n.checked_mul(B));
    if expected != Some(data.len()) {
        return Err(malformed(
            file,
            format!(
                "holds {} bytes of numbers, {rows} × {columns} of {B} bytes expected: the file is cut off or damaged",
                data.len()
            ),
        ));
    }
    let (cells, _) = data.as_chunks::<B>();
    Ok(cells.iter().map(|&c| decode(c)).collect())
}
