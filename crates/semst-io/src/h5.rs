//! HDF5 as this crate uses it: slots by path, errors of this crate, no panic on a damaged file.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use hdf5_pure::{AttrValue, DType, Dataset, Error, File, FormatError};

use crate::error::IoError;

/// Values decoded at a time.
const WINDOW: u64 = 1 << 20;

/// An HDF5 file open for reading.
pub(crate) struct H5File {
    path: PathBuf,
    file: File,
}

/// What a path inside a file leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Group,
    Dataset,
}

impl H5File {
    pub(crate) fn open(path: &Path) -> Result<Self, IoError> {
        let metadata = std::fs::metadata(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => IoError::NotFound { path: path.into() },
            _ => IoError::Read {
                path: path.into(),
                source,
            },
        })?;
        if metadata.is_dir() {
            return Err(IoError::NotFile { path: path.into() });
        }
        let read = |source| IoError::Read {
            path: path.into(),
            source,
        };
        if !hdf5_pure::is_hdf5(path).map_err(read)? {
            return Err(IoError::NotHdf5 { path: path.into() });
        }
        let file = File::open(path).map_err(|error| damaged(path, "/", &error))?;
        let end = file.superblock().eof_address;
        if end > metadata.len() {
            return Err(IoError::Damaged {
                path: path.into(),
                slot: "/".into(),
                detail: format!("{} of {end} bytes are there", metadata.len()),
            });
        }
        Ok(Self {
            path: path.into(),
            file,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn malformed(&self, slot: &str, detail: impl Into<String>) -> IoError {
        IoError::Malformed {
            path: self.path.clone(),
            slot: slot.into(),
            detail: detail.into(),
        }
    }

    pub(crate) fn kind(&self, slot: &str) -> Result<Option<Kind>, IoError> {
        match self.file.group(slot) {
            Ok(_) => Ok(Some(Kind::Group)),
            Err(Error::Format(FormatError::PathNotFound(_))) => Ok(None),
            Err(Error::NotAGroup(_)) => match self.file.dataset(slot) {
                Ok(_) => Ok(Some(Kind::Dataset)),
                Err(
                    Error::NotAGroup(_)
                    | Error::NotADataset(_)
                    | Error::Format(FormatError::PathNotFound(_)),
                ) => Ok(None),
                Err(error) => Err(self.damaged(slot, &error)),
            },
            Err(error) => Err(self.damaged(slot, &error)),
        }
    }

    pub(crate) fn is_group(&self, slot: &str) -> Result<bool, IoError> {
        Ok(self.kind(slot)? == Some(Kind::Group))
    }

    pub(crate) fn is_dataset(&self, slot: &str) -> Result<bool, IoError> {
        Ok(self.kind(slot)? == Some(Kind::Dataset))
    }

    /// The names in a group, groups and data sets, sorted; empty when there is no such group.
    pub(crate) fn children(&self, slot: &str) -> Result<Vec<String>, IoError> {
        let mut names = self.groups(slot)?;
        if let Some(group) = self.group(slot)? {
            names.extend(group.datasets().map_err(|e| self.damaged(slot, &e))?);
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the groups in a group, sorted; empty when there is no such group.
    pub(crate) fn groups(&self, slot: &str) -> Result<Vec<String>, IoError> {
        let Some(group) = self.group(slot)? else {
            return Ok(Vec::new());
        };
        let mut names = group.groups().map_err(|e| self.damaged(slot, &e))?;
        names.sort_unstable();
        Ok(names)
    }

    pub(crate) fn attrs(&self, slot: &str) -> Result<HashMap<String, AttrValue>, IoError> {
        let attrs = match self.kind(slot)? {
            None => return Ok(HashMap::new()),
            Some(Kind::Dataset) => self.dataset(slot)?.attrs(),
            Some(Kind::Group) if slot == "/" => self.file.root().attrs(),
            Some(Kind::Group) => self.file.group(slot).and_then(|group| group.attrs()),
        };
        attrs.map_err(|e| self.damaged(slot, &e))
    }

    pub(crate) fn text_attr(&self, slot: &str, name: &str) -> Result<Option<String>, IoError> {
        let attrs = self.attrs(slot)?;
        Ok(attrs
            .get(name)
            .and_then(AttrValue::as_str)
            .map(str::to_owned))
    }

    pub(crate) fn shape(&self, slot: &str) -> Result<Vec<usize>, IoError> {
        let shape = self
            .dataset(slot)?
            .shape()
            .map_err(|e| self.damaged(slot, &e))?;
        Ok(shape
            .into_iter()
            .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
            .collect())
    }

    pub(crate) fn dtype(&self, slot: &str) -> Result<DType, IoError> {
        self.dataset(slot)?
            .dtype()
            .map_err(|e| self.damaged(slot, &e))
    }

    /// Text, or whole numbers as text.
    pub(crate) fn strings(&self, slot: &str) -> Result<Vec<String>, IoError> {
        let dtype = self.dtype(slot)?;
        if is_text(&dtype) {
            return self
                .dataset(slot)?
                .read_string()
                .map_err(|e| self.damaged(slot, &e));
        }
        if is_integer(&dtype) {
            let numbers = self.i64s(slot)?;
            return Ok(numbers.iter().map(ToString::to_string).collect());
        }
        if matches!(dtype, DType::F32 | DType::F64) {
            let numbers = self.f64s(slot)?;
            return Ok(numbers.iter().map(ToString::to_string).collect());
        }
        Err(self.malformed(slot, format!("holds {dtype}; text was expected")))
    }

    pub(crate) fn f64s(&self, slot: &str) -> Result<Vec<f64>, IoError> {
        self.numeric(slot)?
            .read_f64()
            .map_err(|e| self.damaged(slot, &e))
    }

    pub(crate) fn f32s(&self, slot: &str) -> Result<Vec<f32>, IoError> {
        self.numeric(slot)?
            .read_f32()
            .map_err(|e| self.damaged(slot, &e))
    }

    pub(crate) fn i64s(&self, slot: &str) -> Result<Vec<i64>, IoError> {
        self.numeric(slot)?
            .read_i64()
            .map_err(|e| self.damaged(slot, &e))
    }

    pub(crate) fn u64s(&self, slot: &str) -> Result<Vec<u64>, IoError> {
        self.numeric(slot)?
            .read_u64()
            .map_err(|e| self.damaged(slot, &e))
    }

    /// One byte per value: yes-or-no data, however it is stored.
    pub(crate) fn bools(&self, slot: &str) -> Result<Vec<bool>, IoError> {
        let raw = self
            .dataset(slot)?
            .read_raw()
            .map_err(|e| self.damaged(slot, &e))?;
        Ok(raw.into_iter().map(|byte| byte != 0).collect())
    }

    /// Decodes a data set a window of rows at a time. `each` gets the number of the first value in
    /// row-major order and the values, and returns false to stop.
    pub(crate) fn each_f64(
        &self,
        slot: &str,
        mut each: impl FnMut(usize, &[f64]) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let dataset = self.numeric(slot)?;
        let shape = self.shape(slot)?;
        let (rows, width) = rows_and_width(&shape);
        self.each_window(rows, width, |start, count| {
            let values = dataset
                .read_f64_rows(start, count)
                .map_err(|e| self.damaged(slot, &e))?;
            each(start as usize * width, &values)
        })
    }

    /// As [`each_f64`](Self::each_f64), for whole numbers.
    pub(crate) fn each_i64(
        &self,
        slot: &str,
        mut each: impl FnMut(usize, &[i64]) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let dataset = self.numeric(slot)?;
        let shape = self.shape(slot)?;
        let (rows, width) = rows_and_width(&shape);
        self.each_window(rows, width, |start, count| {
            let values = dataset
                .read_i64_rows(start, count)
                .map_err(|e| self.damaged(slot, &e))?;
            each(start as usize * width, &values)
        })
    }

    /// The first data set with a chunk dimension above `limit`, anywhere in the file.
    pub(crate) fn large_chunk(&self, limit: u64) -> Result<Option<String>, IoError> {
        let mut open = vec![String::new()];
        while let Some(group) = open.pop() {
            let home = if group.is_empty() { "/" } else { &group };
            for name in self.children(home)? {
                let slot = if group.is_empty() {
                    name
                } else {
                    format!("{group}/{name}")
                };
                if self.is_group(&slot)? {
                    open.push(slot);
                    continue;
                }
                let chunk = self.dataset(&slot)?.chunk_shape();
                let chunk = chunk.map_err(|e| self.damaged(&slot, &e))?;
                if chunk.is_some_and(|dims| dims.iter().any(|&n| n > limit)) {
                    return Ok(Some(slot));
                }
            }
        }
        Ok(None)
    }

    fn each_window(
        &self,
        rows: usize,
        width: usize,
        mut each: impl FnMut(u64, u64) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let rows = rows as u64;
        let step = (WINDOW / (width as u64).max(1)).max(1);
        let mut start = 0;
        while start < rows {
            let count = step.min(rows - start);
            if !each(start, count)? {
                break;
            }
            start += count;
        }
        Ok(())
    }

    fn group(&self, slot: &str) -> Result<Option<hdf5_pure::Group>, IoError> {
        if slot == "/" {
            return Ok(Some(self.file.root()));
        }
        if !self.is_group(slot)? {
            return Ok(None);
        }
        self.file
            .group(slot)
            .map(Some)
            .map_err(|e| self.damaged(slot, &e))
    }

    fn dataset(&self, slot: &str) -> Result<Dataset, IoError> {
        self.file.dataset(slot).map_err(|e| match e {
            Error::Format(FormatError::PathNotFound(_))
            | Error::NotADataset(_)
            | Error::NotAGroup(_) => self.malformed(slot, "is missing"),
            e => self.damaged(slot, &e),
        })
    }

    fn numeric(&self, slot: &str) -> Result<Dataset, IoError> {
        let dataset = self.dataset(slot)?;
        let dtype = dataset.dtype().map_err(|e| self.damaged(slot, &e))?;
        match dtype {
            DType::F32 | DType::F64 | DType::Enum(_) | DType::Other(_) => Ok(dataset),
            ref other if is_integer(other) => Ok(dataset),
            other => Err(self.malformed(slot, format!("holds {other}; numbers were expected"))),
        }
    }

    fn damaged(&self, slot: &str, error: &Error) -> IoError {
        damaged(&self.path, slot, error)
    }
}

/// Runs reading code so that a panic inside the HDF5 reader becomes an error about the file.
pub(crate) fn guarded<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, IoError>,
) -> Result<T, IoError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(IoError::Damaged {
            path: path.into(),
            slot: "/".into(),
            detail: "the HDF5 reader failed".into(),
        })
    })
}

pub(crate) fn is_integer(dtype: &DType) -> bool {
    matches!(
        dtype,
        DType::I8
            | DType::I16
            | DType::I32
            | DType::I64
            | DType::U8
            | DType::U16
            | DType::U32
            | DType::U64
    )
}

pub(crate) fn is_text(dtype: &DType) -> bool {
    matches!(dtype, DType::String | DType::VariableLengthString)
}

fn damaged(path: &Path, slot: &str, error: &Error) -> IoError {
    match error {
        Error::Io(source) if source.raw_os_error().is_some() => IoError::Read {
            path: path.into(),
            source: std::io::Error::new(source.kind(), source.to_string()),
        },
        Error::Format(FormatError::UnsupportedFilter(filter)) => IoError::Compression {
            path: path.into(),
            slot: slot.into(),
            filter: *filter,
        },
        other => IoError::Damaged {
            path: path.into(),
            slot: slot.into(),
            detail: other.to_string().replace('\n', " "),
        },
    }
}

fn rows_and_width(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [rows, inner @ ..] => (*rows, inner.iter().product()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hdf5_pure::{Error, FormatError};

    #[test]
    fn a_foreign_compression_is_no_damage() {
        let error = Error::Format(FormatError::UnsupportedFilter(32015));
        let said = super::damaged(Path::new("a.h5ad"), "X/data", &error).to_string();
        assert_eq!(
            said,
            "a.h5ad is compressed at `X/data` by the HDF5 filter 32015, which semst cannot read; \
             save it again with anndata's `write_h5ad(path, compression=\"gzip\")`"
        );
    }
}
