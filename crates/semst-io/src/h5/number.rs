//! Numbers of a data set, of every type that NumPy writes.

use half::{bf16, f16};

use super::holds::{Float, Holds};
use super::{H5File, Stored};
use crate::budget::bytes_of;
use crate::error::IoError;

/// Values decoded at a time.
const WINDOW: u64 = 1 << 20;

/// Above this, a floating-point number does not stand for one whole number.
const LARGEST_WHOLE: f64 = (1_u64 << 53) as f64;

impl H5File {
    pub(crate) fn f64s(&self, slot: &str) -> Result<Vec<f64>, IoError> {
        let numbers = self.kept_numbers(slot, 8)?;
        let values = match numbers.holds {
            Holds::Float(Float::Half { .. } | Float::Brain { .. }) => {
                let raw = numbers.stored.dataset.read_raw();
                raw.map(|raw| short_floats(&raw, &numbers.holds))
            }
            _ => numbers.stored.dataset.read_f64(),
        };
        values.map_err(|e| self.damaged(slot, &e))
    }

    pub(crate) fn f32s(&self, slot: &str) -> Result<Vec<f32>, IoError> {
        if let Holds::Float(Float::Half { .. } | Float::Brain { .. }) = self.holds(slot)? {
            // All of them fit in 32 bits.
            let values = self.f64s(slot)?;
            return Ok(values.into_iter().map(|value| value as f32).collect());
        }
        let values = self.kept_numbers(slot, 4)?.stored.dataset.read_f32();
        values.map_err(|e| self.damaged(slot, &e))
    }

    /// Whole numbers; a fraction or a number beyond `i64` is an error.
    pub(crate) fn i64s(&self, slot: &str) -> Result<Vec<i64>, IoError> {
        let numbers = self.kept_numbers(slot, 8)?;
        numbers.whole_rows(self, slot, 0, numbers.stored.rows())
    }

    /// Whole numbers from 0; a fraction or a negative number is an error.
    pub(crate) fn u64s(&self, slot: &str) -> Result<Vec<u64>, IoError> {
        if is_u64(&self.holds(slot)?) {
            let values = self.kept_numbers(slot, 8)?.stored.dataset.read_u64();
            return values.map_err(|e| self.damaged(slot, &e));
        }
        let values = self.i64s(slot)?;
        let positive = |(at, value): (usize, i64)| {
            u64::try_from(value).map_err(|_| {
                let detail = format!("value {at} is {value}; it must not be below 0");
                self.malformed(slot, detail)
            })
        };
        values.into_iter().enumerate().map(positive).collect()
    }

    /// Yes-or-no data, however it is stored.
    pub(crate) fn bools(&self, slot: &str) -> Result<Vec<bool>, IoError> {
        let values = self.i64s(slot)?;
        Ok(values.into_iter().map(|value| value != 0).collect())
    }

    /// Decodes a data set a window of rows at a time. `each` gets the number of the first value in
    /// row-major order and the values, and returns false to stop.
    pub(crate) fn each_f64(
        &self,
        slot: &str,
        mut each: impl FnMut(usize, &[f64]) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let numbers = self.numbers(slot)?;
        self.each_window(slot, &numbers.stored, |start, count, width| {
            let values = numbers.rows(self, slot, start, count)?;
            each(start as usize * width, &values)
        })
    }

    /// As [`each_f64`](Self::each_f64), for whole numbers.
    pub(crate) fn each_i64(
        &self,
        slot: &str,
        mut each: impl FnMut(usize, &[i64]) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let numbers = self.numbers(slot)?;
        self.each_window(slot, &numbers.stored, |start, count, width| {
            let values = numbers.whole_rows(self, slot, start, count)?;
            each(start as usize * width, &values)
        })
    }

    fn each_window(
        &self,
        slot: &str,
        stored: &Stored,
        mut each: impl FnMut(u64, u64, usize) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let (rows, width) = (stored.rows(), stored.row_width());
        if width == 0 {
            return Ok(());
        }
        // Whole chunks, because a chunk that two windows share would be decoded twice.
        let chunk = stored.chunk_rows.clamp(1, rows.max(1));
        let step = (WINDOW / width / chunk)
            .max(1)
            .saturating_mul(chunk)
            .min(rows.max(1));
        let most = bytes_of(&[step, width], stored.width.saturating_add(8));
        self.budget.check(slot, most)?;
        let mut start = 0;
        while start < rows {
            let count = step.min(rows - start);
            if !each(start, count, width as usize)? {
                break;
            }
            start += count;
        }
        Ok(())
    }

    fn numbers(&self, slot: &str) -> Result<Numbers, IoError> {
        let holds = self.holds(slot)?;
        if !holds.is_number() {
            let detail = match holds {
                Holds::Other(name) => format!(
                    "holds {name}, which semst does not read as numbers; save it as float32, float64 or whole numbers"
                ),
                _ => "holds text; numbers were expected".to_owned(),
            };
            return Err(self.malformed(slot, detail));
        }
        Ok(Numbers {
            stored: self.readable(slot)?,
            holds,
        })
    }

    /// Numbers that are read at once and kept, each in so many bytes.
    fn kept_numbers(&self, slot: &str, each: u64) -> Result<Numbers, IoError> {
        let numbers = self.numbers(slot)?;
        self.budget.check(slot, numbers.stored.bytes(each))?;
        self.budget
            .take(slot, bytes_of(&numbers.stored.shape, each))?;
        Ok(numbers)
    }
}

/// A data set of numbers.
struct Numbers {
    stored: Stored,
    holds: Holds,
}

impl Numbers {
    fn rows(&self, file: &H5File, slot: &str, start: u64, n: u64) -> Result<Vec<f64>, IoError> {
        let values = match self.holds {
            Holds::Float(Float::Half { .. } | Float::Brain { .. }) => {
                let raw = self.stored.dataset.read_raw_rows(start, n);
                raw.map(|raw| short_floats(&raw, &self.holds))
            }
            _ => self.stored.dataset.read_f64_rows(start, n),
        };
        values.map_err(|e| file.damaged(slot, &e))
    }

    fn whole_rows(
        &self,
        file: &H5File,
        slot: &str,
        start: u64,
        n: u64,
    ) -> Result<Vec<i64>, IoError> {
        let not_whole = |at: usize, value: &dyn std::fmt::Display| {
            let at = start + at as u64;
            let detail = format!("value {at} is {value}; whole numbers are needed");
            file.malformed(slot, detail)
        };
        if matches!(self.holds, Holds::Float(_)) {
            let values = self.rows(file, slot, start, n)?;
            let whole = |(at, value): (usize, f64)| {
                if value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE {
                    Ok(value as i64)
                } else {
                    Err(not_whole(at, &value))
                }
            };
            return values.into_iter().enumerate().map(whole).collect();
        }
        if is_u64(&self.holds) {
            let values = self.stored.dataset.read_u64_rows(start, n);
            let values = values.map_err(|e| file.damaged(slot, &e))?;
            let small = |(at, value)| i64::try_from(value).map_err(|_| not_whole(at, &value));
            return values.into_iter().enumerate().map(small).collect();
        }
        let values = self.stored.dataset.read_i64_rows(start, n);
        values.map_err(|e| file.damaged(slot, &e))
    }
}

fn is_u64(holds: &Holds) -> bool {
    let u64s = Holds::Whole {
        unsigned: true,
        bytes: 8,
    };
    *holds == u64s
}

/// Floating-point numbers of 16 bits, which hdf5-pure does not decode.
fn short_floats(raw: &[u8], holds: &Holds) -> Vec<f64> {
    let (pairs, _) = raw.as_chunks::<2>();
    let decode = |pair: &[u8; 2]| match holds {
        Holds::Float(Float::Brain { big_endian: false }) => bf16::from_le_bytes(*pair).to_f64(),
        Holds::Float(Float::Brain { big_endian: true }) => bf16::from_be_bytes(*pair).to_f64(),
        Holds::Float(Float::Half { big_endian: true }) => f16::from_be_bytes(*pair).to_f64(),
        _ => f16::from_le_bytes(*pair).to_f64(),
    };
    pairs.iter().map(decode).collect()
}
