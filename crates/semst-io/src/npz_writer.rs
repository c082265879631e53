//! Writes arrays for numpy.

use std::io::{Error, ErrorKind, Result, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Writes an `.npz` array by array, uncompressed, as `numpy.savez` does.
///
/// Values are written one by one, so a large array needs no copy. The same arrays give the same bytes.
///
/// # Examples
/// ```
/// use std::io::Cursor;
/// use semst_io::NpzWriter;
///
/// let mut file = NpzWriter::new(Cursor::new(Vec::new()));
/// file.put("x", &[2, 2], [1.0f32, 2.0, 3.0, 4.0])?;
/// file.put_text("barcodes", &["AAAC", "AAAG"])?;
/// file.put("seed", &[], [7i64])?;
/// let bytes = file.finish()?.into_inner();
/// assert_eq!(&bytes[..2], b"PK");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # References
/// The `.npy` format, version 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
pub struct NpzWriter<W: Write + Seek> {
    archive: ZipWriter<W>,
}

impl<W: Write + Seek> std::fmt::Debug for NpzWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NpzWriter").finish_non_exhaustive()
    }
}

/// A number that [`NpzWriter::put`] can write.
pub trait NpyNumber: Copy {
    /// The name of the type in numpy, e.g. `<f4`.
    const DESCR: &'static str;

    /// Appends the little-endian bytes.
    fn append(self, bytes: &mut Vec<u8>);
}

macro_rules! npy_number {
    ($($number:ty, $descr:literal;)*) => {$(
        impl NpyNumber for $number {
            const DESCR: &'static str = $descr;

            fn append(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        }
    )*};
}

npy_number! {
    f32, "<f4";
    f64, "<f8";
    i32, "<i4";
    i64, "<i8";
    u32, "<u4";
    u64, "<u8";
}

/// The number of bytes that are collected before they are written.
const BLOCK: usize = 1 << 16;

/// From this size on, an archive has 64-bit lengths.
const LARGE: u128 = 1 << 31;

impl<W: Write + Seek> NpzWriter<W> {
    /// Starts an archive.
    pub fn new(out: W) -> Self {
        Self {
            archive: ZipWriter::new(out),
        }
    }

    /// Writes an array of numbers, the last axis fastest; an empty shape is a scalar.
    ///
    /// # Errors
    /// When the archive cannot be written, or the number of values does not match the shape.
    pub fn put<T: NpyNumber>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: impl IntoIterator<Item = T>,
    ) -> Result<()> {
        let expected: usize = shape.iter().product();
        self.start(name, T::DESCR, shape, (expected * size_of::<T>()) as u128)?;
        let mut bytes = Vec::with_capacity(BLOCK + size_of::<T>());
        let mut got = 0;
        for value in values {
            value.append(&mut bytes);
            got += 1;
            if bytes.len() >= BLOCK {
                self.archive.write_all(&bytes)?;
                bytes.clear();
            }
        }
        self.archive.write_all(&bytes)?;
        if got != expected {
            let problem = format!("array `{name}` of shape {shape:?} got {got} values");
            return Err(Error::new(ErrorKind::InvalidInput, problem));
        }
        Ok(())
    }

    /// Writes a list of texts, numpy's `U`.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn put_text(&mut self, name: &str, texts: &[impl AsRef<str>]) -> Result<()> {
        let lengths = texts.iter().map(|t| t.as_ref().chars().count());
        let width = lengths.max().unwrap_or(0).max(1);
        let size = (texts.len() * width * 4) as u128;
        self.start(name, &format!("<U{width}"), &[texts.len()], size)?;
        let mut bytes = Vec::new();
        for text in texts {
            bytes.clear();
            let codes = text.as_ref().chars().map(u32::from);
            codes.for_each(|code| code.append(&mut bytes));
            bytes.resize(width * 4, 0);
            self.archive.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Finishes the archive and returns the writer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<W> {
        Ok(self.archive.finish()?)
    }

    fn start(&mut self, name: &str, descr: &str, shape: &[usize], size: u128) -> Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .large_file(size >= LARGE);
        self.archive.start_file(format!("{name}.npy"), options)?;
        self.archive.write_all(&npy_header(descr, shape))
    }
}

/// The beginning of an `.npy`, version 1; data start at a multiple of 64.
fn npy_header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let axes: String = shape.iter().map(|n| format!("{n},")).collect();
    let mut head = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    let padded = (10 + head.len() + 1).next_multiple_of(64);
    head += &" ".repeat(padded - 10 - head.len() - 1);
    head.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((head.len() as u16).to_le_bytes());
    out.extend(head.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::{NpzWriter, npy_header};

    #[test]
    fn arrays_are_as_numpy_writes_them() -> Result<(), Box<dyn std::error::Error>> {
        let mut file = NpzWriter::new(Cursor::new(Vec::new()));
        file.put("x", &[2, 1], [1.0f32, -2.0])?;
        file.put_text("names", &["a", "βc"])?;
        assert!(file.put("short", &[3], [1i32]).is_err());
        let mut archive = zip::ZipArchive::new(file.finish()?)?;
        let mut content = |name: &str| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
            let mut bytes = Vec::new();
            archive.by_name(name)?.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        // numpy.lib.format.write_array: 128 bytes of header, then the values.
        let x = content("x.npy")?;
        assert_eq!(x.len(), 128 + 8);
        assert_eq!(&x[128..], [0, 0, 128, 63, 0, 0, 0, 192]);
        let names = content("names.npy")?;
        assert_eq!(
            names[128..],
            [97, 0, 0, 0, 0, 0, 0, 0, 0xb2, 3, 0, 0, 99, 0, 0, 0]
        );
        let head = String::from_utf8_lossy(&names[10..128]).into_owned();
        assert!(
            head.contains("'descr': '<U2'") && head.contains("'shape': (2,)"),
            "{head}"
        );
        Ok(())
    }

    #[test]
    fn a_scalar_has_no_axes() {
        let head = npy_header("<i8", &[]);
        assert_eq!(head.len() % 64, 0);
        assert!(String::from_utf8_lossy(&head).contains("'shape': ()"));
    }
}
