//! The memory that reading a file may take.

use std::cell::Cell;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::IoError;

#[cfg(feature = "parquet")]
pub(crate) mod pages;

/// What every file may take: the arrays of a small slide, and pictures, which compress well.
const FLOOR: u64 = 300 << 20;

/// Bytes in memory per byte of the file. Compressed counts take about six.
const PER_BYTE: u64 = 20;

/// Bytes that a byte of a deflate stream can stand for at most, with what an array of one value adds.
const EXPANSION: u64 = 1100;

/// Bytes of a part of a stream.
const PART: u64 = 8 << 20;

/// The bytes that reading a file may take: 20 times its size and 300 MiB, or what the user sets.
///
/// A few bytes of a file can declare any size. So each allocation whose size a file declares asks here first.
#[derive(Debug)]
pub(crate) struct Budget {
    path: PathBuf,
    limit: u64,
    /// The most bytes that are decoded part by part and not kept.
    streamed: u64,
    taken: Cell<u64>,
}

impl Budget {
    /// The budget of a file or folder that takes so many bytes on disk.
    pub(crate) fn new(path: &Path, on_disk: u64, set: Option<u64>) -> Self {
        let of_size = |per_byte: u64| on_disk.saturating_mul(per_byte).saturating_add(FLOOR);
        let limit = set.unwrap_or_else(|| of_size(PER_BYTE));
        Self {
            path: path.into(),
            limit,
            streamed: of_size(EXPANSION).max(limit),
            taken: Cell::new(0),
        }
    }

    /// The budget of a file, by its size.
    pub(crate) fn of_file(path: &Path, set: Option<u64>) -> Self {
        let on_disk = std::fs::metadata(path).map_or(0, |file| file.len());
        Self::new(path, on_disk, set)
    }

    /// Sees that so many bytes can be held for a while; `None` is a number beyond all.
    pub(crate) fn check(&self, slot: &str, bytes: Option<u64>) -> Result<(), IoError> {
        self.within(
            slot,
            bytes.and_then(|b| b.checked_add(self.taken.get())),
            self.limit,
        )
    }

    /// Takes so many bytes for good.
    pub(crate) fn take(&self, slot: &str, bytes: Option<u64>) -> Result<(), IoError> {
        self.check(slot, bytes)?;
        self.taken.set(self.taken.get() + bytes.unwrap_or(0));
        Ok(())
    }

    /// Sees that so many bytes can be decoded one part after the other.
    pub(crate) fn check_streamed(&self, slot: &str, bytes: Option<u64>) -> Result<(), IoError> {
        self.within(slot, bytes, self.streamed)
    }

    /// Bytes that are left.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.taken.get())
    }

    /// Reads a stream to its end, which must come within the budget.
    ///
    /// # Errors
    /// [`IoError::OverBudget`]; an error of the stream as `failed` words it.
    pub(crate) fn read_to_end(
        &self,
        slot: &str,
        stream: impl Read,
        failed: impl FnOnce(std::io::Error) -> IoError,
    ) -> Result<Vec<u8>, IoError> {
        let most = self.left();
        let parts = parts(stream.take(most.saturating_add(1))).map_err(failed)?;
        let read: u64 = parts.iter().map(|part| part.len() as u64).sum();
        self.take(slot, (read <= most).then_some(read))?;
        Ok(joined(parts, read as usize))
    }

    fn within(&self, slot: &str, bytes: Option<u64>, limit: u64) -> Result<(), IoError> {
        match bytes {
            Some(bytes) if bytes <= limit => Ok(()),
            _ => Err(IoError::OverBudget {
                path: self.path.clone(),
                slot: slot.into(),
                needed: bytes,
                budget: limit,
            }),
        }
    }
}

/// A stream in parts: a growing vector holds up to three times its bytes while it moves.
fn parts(mut stream: impl Read) -> std::io::Result<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    loop {
        let mut part = Vec::new();
        stream.by_ref().take(PART).read_to_end(&mut part)?;
        if part.is_empty() {
            return Ok(parts);
        }
        parts.push(part);
    }
}

/// The parts as one; each is freed when it is copied.
fn joined(mut parts: Vec<Vec<u8>>, length: usize) -> Vec<u8> {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let mut bytes = Vec::with_capacity(length);
    for part in parts {
        bytes.extend(part);
    }
    bytes
}

/// The bytes of an array, `None` where they are beyond all numbers.
pub(crate) fn bytes_of(shape: &[u64], each: u64) -> Option<u64> {
    // A zero makes all of it nothing, wherever it stands.
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .try_fold(each, |bytes, &n| bytes.checked_mul(n))
}

/// Bytes as people read them.
pub(crate) fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Budget, FLOOR, bytes_of};

    #[test]
    fn what_is_taken_is_not_there_again() {
        let budget = Budget::new(Path::new("a"), 1, None);
        assert_eq!(budget.left(), FLOOR + 20);
        assert!(budget.take("x", Some(FLOOR)).is_ok());
        assert!(budget.check("x", Some(20)).is_ok());
        assert!(budget.check("x", Some(21)).is_err());
        assert!(budget.check_streamed("x", Some(FLOOR + 1100)).is_ok());
        assert!(budget.check("x", None).is_err());
        let more = Budget::new(Path::new("a"), 1, Some(FLOOR * 2));
        assert!(more.take("x", Some(FLOOR * 2)).is_ok());
    }

    #[test]
    fn sizes_do_not_overflow() {
        assert_eq!(bytes_of(&[3, 4], 8), Some(96));
        assert_eq!(bytes_of(&[u64::MAX, 2], 8), None);
        assert_eq!(bytes_of(&[u64::MAX, 2, 0], 8), Some(0));
        assert_eq!(bytes_of(&[], 8), Some(8));
    }

    #[test]
    fn a_stream_ends_within_the_budget() {
        let budget = Budget::new(Path::new("a"), 0, Some(10));
        let failed = |source| crate::IoError::Read {
            path: "a".into(),
            source,
        };
        assert!(budget.read_to_end("x", &[1_u8; 11][..], failed).is_err());
        assert!(budget.read_to_end("x", &[1_u8; 6][..], failed).is_ok());
        assert!(budget.read_to_end("x", &[1_u8; 5][..], failed).is_err());
    }
}
