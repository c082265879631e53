//! Large files of named vectors of which only some rows are read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;
use half::{bf16, f16};
use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::{NAME_KEYS, VECTOR_KEYS, malformed, npy, pick, read_lines, safetensors};
use crate::IoError;

/// A matrix on disk in row order, and the names of its rows.
#[derive(Debug)]
pub struct RowFile {
    file: File,
    name: String,
    /// One per row.
    pub names: Vec<String>,
    dims: usize,
    /// Where the first row begins.
    start: u64,
    number: Number,
}

#[derive(Clone, Copy, Debug)]
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
    /// Opens an `.npy` or a `.safetensors` with names. `None` if rows cannot be read one by one (another kind of file,
    /// column order, no names) or the header is not understood: then the caller reads the whole file or gets its error.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path) -> Result<Option<Self>, IoError> {
        let failed = |source| IoError::Read {
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
            Some("safetensors") => match safetensors::header(&mut file).map_err(failed)? {
                Some((header, start)) => of_safetensors(&name, &header, start)?,
                None => None,
            },
            _ => None,
        };
        let Some((start, [rows, dims], number, names)) = found else {
            return Ok(None);
        };
        let bytes = rows
            .checked_mul(dims)
            .and_then(|n| n.checked_mul(number.size()));
        let end = bytes.and_then(|n| start.checked_add(n as u64));
        if end.is_none_or(|end| end > length) || bytes == Some(0) || names.len() != rows {
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
    ///
    /// # Errors
    /// When the file cannot be read, or a value is NaN or infinite.
    ///
    /// # Panics
    /// When a row does not exist.
    pub fn read(&mut self, rows: &[usize]) -> Result<(Array2<f32>, String), IoError> {
        let width = self.dims * self.number.size();
        let mut values = Vec::with_capacity(rows.len() * self.dims);
        let mut buffer = vec![0; width];
        let mut hash = Sha256::new();
        for &row in rows {
            let place = self.start + (row as u64) * (width as u64);
            self.file
                .seek(SeekFrom::Start(place))
                .and_then(|_| self.file.read_exact(&mut buffer))
                .map_err(|source| IoError::Read {
                    path: self.name.clone().into(),
                    source,
                })?;
            hash.update((row as u64).to_le_bytes());
            hash.update(&buffer);
            values.extend(self.number.decode(&buffer));
        }
        let vectors = Array2::from_shape_vec((rows.len(), self.dims), values)
            .map_err(|e| malformed(&self.name, e.to_string()))?;
        if let Some(((at, column), &value)) = vectors.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(IoError::NotFiniteVector {
                what: self.name.clone(),
                row: rows[at],
                column,
                value,
            });
        }
        let checksum = format!("of {} rows: {}", rows.len(), hex::encode(hash.finalize()));
        Ok((vectors, checksum))
    }
}

/// First byte, shape, kind of numbers, names.
type Parts = (u64, [usize; 2], Number, Vec<String>);

fn of_npy(file: &str, path: &Path, head: &[u8]) -> Result<Option<Parts>, IoError> {
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

fn of_safetensors(file: &str, header: &Metadata, start: u64) -> Result<Option<Parts>, IoError> {
    let names = header.offset_keys();
    let matrices: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| header.info(name).is_some_and(|t| t.shape.len() == 2))
        .collect();
    let chosen = pick(file, "2-D tensors", &VECTOR_KEYS, &matrices)?;
    let Some(tensor) = chosen.and_then(|name| header.info(name)) else {
        return Ok(None);
    };
    let number = match tensor.dtype {
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::Bf16,
        Dtype::F32 => Number::F32,
        Dtype::F64 => Number::F64,
        _ => return Ok(None),
    };
    let metadata = header.metadata().as_ref();
    let listed = metadata.and_then(|m| NAME_KEYS.iter().find_map(|key| m.get(*key)));
    let (Some(listed), Ok(shape)) = (listed, <[usize; 2]>::try_from(tensor.shape.clone())) else {
        return Ok(None);
    };
    let Some(start) = start.checked_add(tensor.data_offsets.0 as u64) else {
        return Ok(None);
    };
    Ok(Some((start, shape, number, safetensors::names(listed))))
}
