//! The pages of a column of Parquet: each says how much it unpacks to, whatever the column says.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result as Io};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use parquet::file::metadata::ColumnChunkMetaData;

use super::Budget;
use crate::error::IoError;

/// Bytes of an entry of a dictionary in memory.
const ENTRY: u64 = 40;

/// Structures of a header inside each other.
const DEEPEST: usize = 8;

/// The file whose pages are checked before they are read.
pub(crate) struct Pages {
    path: PathBuf,
    file: BufReader<File>,
}

/// What the header of a page declares.
#[derive(Default)]
struct Header {
    /// Bytes in the file.
    packed: i64,
    /// Bytes in memory.
    unpacked: i64,
    values: i64,
    entries: i64,
}

impl Pages {
    pub(crate) fn open(path: &Path) -> Result<Self, IoError> {
        let file = File::open(path).map_err(|source| IoError::Read {
            path: path.into(),
            source,
        })?;
        Ok(Self {
            path: path.into(),
            file: BufReader::new(file),
        })
    }

    /// Sees that each page of a column can be unpacked within the budget, and that the pages together hold no more values than the
    /// column declares, for which memory is taken.
    ///
    /// # Errors
    /// [`IoError::OverBudget`], and [`IoError::Malformed`] for pages that are not as the column declares.
    pub(crate) fn check(
        &mut self,
        column: &ColumnChunkMetaData,
        budget: &Budget,
        slot: &str,
    ) -> Result<(), IoError> {
        let malformed = |path: &Path, detail: &str| IoError::Malformed {
            path: path.into(),
            slot: slot.into(),
            detail: detail.into(),
        };
        let (start, mut left) = column.byte_range();
        let mut values = 0_i64;
        let seek = self.file.seek(SeekFrom::Start(start));
        seek.map_err(|_| malformed(&self.path, "begins outside the file"))?;
        while left > 0 {
            let mut limited = (&mut self.file).take(left);
            let Ok(header) = Header::read(&mut limited) else {
                // Some writers leave bytes behind the last page.
                if values == column.num_values() {
                    return Ok(());
                }
                return Err(malformed(&self.path, "has a page that cannot be read"));
            };
            left = limited.limit();
            let (Ok(packed), Ok(unpacked), Ok(entries)) = (
                u64::try_from(header.packed),
                u64::try_from(header.unpacked),
                u64::try_from(header.entries),
            ) else {
                return Err(malformed(&self.path, "has a page of a negative size"));
            };
            budget.check(slot, packed.checked_add(unpacked))?;
            budget.check(slot, entries.checked_mul(ENTRY))?;
            values = values.saturating_add(header.values.max(0));
            if values > column.num_values() {
                return Err(malformed(
                    &self.path,
                    "has pages with more values than it declares",
                ));
            }
            left = left.checked_sub(packed).ok_or_else(|| {
                malformed(&self.path, "has a page that is longer than the column")
            })?;
            let skipped = self.file.seek_relative(header.packed);
            skipped.map_err(|_| malformed(&self.path, "has a page outside the file"))?;
        }
        Ok(())
    }
}

impl Header {
    /// Reads a header in the compact protocol of Thrift.
    fn read(stream: &mut impl Read) -> Io<Self> {
        let mut header = Self::default();
        header.fields(stream, &mut Vec::new())?;
        Ok(header)
    }

    fn fields(&mut self, stream: &mut impl Read, above: &mut Vec<i64>) -> Io<()> {
        if above.len() > DEEPEST {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut id = 0_i64;
        loop {
            let head = byte(stream)?;
            if head == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => signed(stream)?,
                step => id.saturating_add(step.into()),
            };
            match head & 15 {
                // The type is the value.
                1 | 2 => {}
                4..=6 => {
                    let value = signed(stream)?;
                    self.keep(above, id, value);
                }
                12 => {
                    above.push(id);
                    self.fields(stream, above)?;
                    above.pop();
                }
                3 => skip(stream, 1)?,
                7 => skip(stream, 8)?,
                8 => {
                    let length = number(stream)?;
                    skip(stream, length)?;
                }
                // Page headers have no lists and no maps.
                _ => return Err(ErrorKind::InvalidData.into()),
            }
        }
    }

    /// Keeps a number by its place in `PageHeader` of `parquet.thrift`.
    fn keep(&mut self, above: &[i64], id: i64, value: i64) {
        match (above, id) {
            ([], 2) => self.unpacked = value,
            ([], 3) => self.packed = value,
            // Data pages of version 1 and 2.
            ([5 | 8], 1) => self.values = value,
            ([7], 1) => self.entries = value,
            _ => {}
        }
    }
}

fn byte(stream: &mut impl Read) -> Io<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Seven bits a byte, the lowest first.
fn number(stream: &mut impl Read) -> Io<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = byte(stream)?;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Ok(number);
        }
    }
    Err(ErrorKind::InvalidData.into())
}

/// Numbers with a sign: 0, -1, 1, -2 and so on.
fn signed(stream: &mut impl Read) -> Io<i64> {
    let number = number(stream)?;
    Ok((number >> 1) as i64 ^ -((number & 1) as i64))
}

fn skip(stream: &mut impl Read, bytes: u64) -> Io<()> {
    let skipped = std::io::copy(&mut stream.take(bytes), &mut std::io::sink())?;
    match skipped == bytes {
        true => Ok(()),
        false => Err(Error::from(ErrorKind::UnexpectedEof)),
    }
}
