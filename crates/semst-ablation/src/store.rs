//! Finished cells on disk: one JSON file each, written completely or not at all.

use std::path::{Path, PathBuf};

use semst::io::write_atomically;

use crate::{AblationError, CellRecord};

/// The folder `cells/` of the results.
#[derive(Debug, Clone)]
pub(crate) struct CellStore {
    folder: PathBuf,
}

impl CellStore {
    pub(crate) fn new(output: &Path) -> Self {
        Self {
            folder: output.join("cells"),
        }
    }

    /// Makes the folder.
    pub(crate) fn create(&self) -> Result<(), AblationError> {
        std::fs::create_dir_all(&self.folder).map_err(|source| AblationError::Folder {
            path: self.folder.clone(),
            source,
        })
    }

    /// The record of a cell; a file that cannot be parsed counts as missing.
    pub(crate) fn get(&self, hash: &str) -> Option<CellRecord> {
        let text = std::fs::read_to_string(self.path(hash)).ok()?;
        let record: CellRecord = serde_json::from_str(&text).ok()?;
        Some(record).filter(|r| r.hash == hash)
    }

    /// Writes a record.
    pub(crate) fn put(&self, record: &CellRecord) -> Result<(), AblationError> {
        let text = serde_json::to_string_pretty(record).map_err(|e| AblationError::Record {
            reason: e.to_string(),
        })?;
        write_atomically(&self.path(&record.hash), |out| writeln!(out, "{text}"))?;
        Ok(())
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.folder.join(format!("{hash}.json"))
    }
}
