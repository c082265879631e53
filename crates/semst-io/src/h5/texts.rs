//! Texts of a data set.

use hdf5_pure::{Error, FormatError, VlenStringReadOptions};

use super::H5File;
use super::holds::Holds;
use crate::error::IoError;

/// Memory of a text without its letters.
const EACH: u64 = size_of::<String>() as u64;

impl H5File {
    /// Text, or numbers as text.
    pub(crate) fn strings(&self, slot: &str) -> Result<Vec<String>, IoError> {
        match self.holds(slot)? {
            Holds::Text => self.texts(slot),
            Holds::Whole { unsigned: true, .. } => {
                let numbers = self.u64s(slot)?;
                Ok(numbers.iter().map(ToString::to_string).collect())
            }
            Holds::Whole { .. } => {
                let numbers = self.i64s(slot)?;
                Ok(numbers.iter().map(ToString::to_string).collect())
            }
            Holds::Float(_) => {
                let numbers = self.f64s(slot)?;
                Ok(numbers.iter().map(ToString::to_string).collect())
            }
            Holds::Bool => Err(self.malformed(slot, "holds yes-or-no values; text was expected")),
            Holds::Enumeration(name) | Holds::Other(name) => {
                Err(self.malformed(slot, format!("holds {name}; text was expected")))
            }
        }
    }

    /// Texts of one length, or each of its own. Many of the second kind may stand for one long text of the file.
    fn texts(&self, slot: &str) -> Result<Vec<String>, IoError> {
        let stored = self.readable(slot)?;
        // A text of one length is there twice: as it is stored and as it is read.
        let most = stored.bytes(EACH.saturating_add(stored.width));
        self.budget.check(slot, most)?;
        let left = usize::try_from(self.budget.left()).unwrap_or(usize::MAX);
        let limits = VlenStringReadOptions::new().with_max_payload_bytes(left);
        let texts = match stored.dataset.read_vlen_strings(limits) {
            Err(Error::Format(FormatError::TypeMismatch { .. })) => stored.dataset.read_string(),
            other => other,
        };
        let texts = match texts {
            Err(Error::Format(FormatError::VariableLengthByteLimitExceeded {
                required, ..
            })) => {
                self.budget.check(slot, Some(required))?;
                return Err(self.malformed(slot, "holds longer texts than it declares"));
            }
            other => other.map_err(|e| self.damaged(slot, &e))?,
        };
        let letters: usize = texts.iter().map(String::len).sum();
        self.take(slot, letters, 1)?;
        self.take(slot, texts.len(), EACH)?;
        Ok(texts)
    }
}
