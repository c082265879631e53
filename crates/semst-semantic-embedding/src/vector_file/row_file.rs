//! Large files of named vectors, of which only some rows are read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use half::{bf16, f16};
use ndarray::Array2;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{NAME_KEYS, VECTOR_KEYS, npy, pick, read_lines};
use crate::{SemanticError, semtab};

/// No header is longer.
const HEADER: u64 = 1 << 26;

/// A matrix on disk, row after row, and the names of its rows.
pub(crate) struct RowFile {
    file: File,
    name: String,
    /// One per row.
    pub(crate) names: Vec<String>,
    dims: usize,
    /// Where the first row begins.
    start: u64,
    number: Number,
}

#[derive(Clone, Copy)]
enum Number {
    F16,
    Bf16,
    F32,
    F64,
}

impl Number {
    fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F16 => decode(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Self::Bf16 => decode(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Self::F32 => decode(bytes, f32::from_le_bytes),
            Self::F64 => decode(bytes, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

fn decode<const B: usize>(bytes: &[u8], number: fn([u8; B]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&b| number(b)).collect()
}

impl RowFile {
    /// Opens an `.npy` or a `.safetensors` with names; `None` where rows cannot be read one by one (another kind of file,
    /// columns first, no names), or the header is not understood: then the whole file is to be read, or the complaint about it.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, SemanticError> {
        let failed = |source| SemanticError::Read {
            path: path.into(),
            source,
        };
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let mut head = Vec::new();
        let found = match ending.as_deref() {
            Some("npy") => {
                let mut first = (&mut file).take(1 << 16);
                first.read_to_end(&mut head).map_err(failed)?;
                of_npy(&name, path, &head)?
            }
            Some("safetensors") => {
                let mut size = [0; 8];
                file.read_exact(&mut size).map_err(failed)?;
                let size = u64::from_le_bytes(size);
                if size > HEADER {
                    return Ok(None);
                }
                let mut first = (&mut file).take(size);
                first.read_to_end(&mut head).map_err(failed)?;
                of_safetensors(&name, &head)?
            }
            _ => None,
        };
        let Some((start, [rows, dims], number, names)) = found else {
            return Ok(None);
        };
        let bytes = rows
            .checked_mul(dims)
            .and_then(|n| n.checked_mul(number.size()));
        let whole = bytes.is_some_and(|n| start + n as u64 <= length);
        if !whole || names.len() != rows {
            return Ok(None);
        }
        Ok(Some(Self {
            file,
            name,
            names,
            dims,
            start,
            number,
        }))
    }

    /// Reads some rows, given in ascending order, and a checksum of what was read.
    pub(crate) fn read(&mut self, rows: &[usize]) -> Result<(Array2<f32>, String), SemanticError> {
        let width = self.dims * self.number.size();
        let mut values = Vec::with_capacity(rows.len() * self.dims);
        let mut buffer = vec![0; width];
        let mut hash = Sha256::new();
        for &row in rows {
            let place = self.start + (row as u64) * (width as u64);
            self.file
                .seek(SeekFrom::Start(place))
                .and_then(|_| self.file.read_exact(&mut buffer))
                .map_err(|source| SemanticError::Read {
                    path: self.name.clone().into(),
                    source,
                })?;
            hash.update((row as u64).to_le_bytes());
            hash.update(&buffer);
            values.extend(self.number.decode(&buffer));
        }
        let vectors = Array2::from_shape_vec((rows.len(), self.dims), values)
            .map_err(|e| SemanticError::malformed(&self.name, e.to_string()))?;
        if let Some(((at, column), &value)) = vectors.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(SemanticError::Value {
                what: self.name.clone(),
                row: rows[at],
                column,
                value,
            });
        }
        let checksum = format!("of {} rows: {}", rows.len(), semtab::hex(&hash.finalize()));
        Ok((vectors, checksum))
    }
}

/// First byte, shape, kind of numbers, names.
type Parts = (u64, [usize; 2], Number, Vec<String>);

fn of_npy(file: &str, path: &Path, head: &[u8]) -> Result<Option<Parts>, SemanticError> {
    let names = path.with_extension("names.txt");
    let Ok((header, rest)) = npy::header(file, head) else {
        return Ok(None);
    };
    let number = match header.descr.as_str() {
        "<f2" => Number::F16,
        "<f4" => Number::F32,
        "<f8" => Number::F64,
        _ => return Ok(None),
    };
    match <[usize; 2]>::try_from(header.shape) {
        Ok(shape) if !header.fortran_order && names.is_file() => {
            let start = (head.len() - rest.len()) as u64;
            Ok(Some((start, shape, number, read_lines(&names)?)))
        }
        _ => Ok(None),
    }
}

fn of_safetensors(file: &str, head: &[u8]) -> Result<Option<Parts>, SemanticError> {
    let Ok(Value::Object(tensors)) = serde_json::from_slice::<Value>(head) else {
        return Ok(None);
    };
    let size = |tensor: &Value, key: &str, at: usize| {
        let number = tensor.get(key)?.get(at)?.as_u64()?;
        usize::try_from(number).ok()
    };
    let shape = |tensor: &Value| -> Option<[usize; 2]> {
        let sizes = tensor.get("shape")?.as_array()?;
        let two = sizes.len() == 2;
        two.then_some([size(tensor, "shape", 0)?, size(tensor, "shape", 1)?])
    };
    let matrices: Vec<&str> = tensors
        .iter()
        .filter(|(_, tensor)| shape(tensor).is_some())
        .map(|(name, _)| name.as_str())
        .collect();
    let chosen = pick(file, "2-D tensors", &VECTOR_KEYS, &matrices)?;
    let Some(tensor) = chosen.and_then(|name| tensors.get(name)) else {
        return Ok(None);
    };
    let number = match tensor.get("dtype").and_then(Value::as_str) {
        Some("F16") => Number::F16,
        Some("BF16") => Number::Bf16,
        Some("F32") => Number::F32,
        Some("F64") => Number::F64,
        _ => return Ok(None),
    };
    let metadata = tensors.get("__metadata__");
    let listed = NAME_KEYS
        .iter()
        .find_map(|key| metadata?.get(*key)?.as_str());
    let parts = shape(tensor)
        .zip(size(tensor, "data_offsets", 0))
        .zip(listed);
    Ok(parts.map(|((shape, offset), listed)| {
        let start = 8 + head.len() as u64 + offset as u64;
        (start, shape, number, super::safetensors::names(listed))
    }))
}
