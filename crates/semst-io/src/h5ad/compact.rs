//! Writes a file anew without the space of what was removed from it.

use hdf5_pure::{RepackOptions, repack};

use crate::atomic::AtomicFile;
use crate::error::IoError;
use crate::h5::{self, H5File};
use crate::h5ad::encoding;

/// Dead space of less than this share of a file stays: to write the file anew takes longer than it saves.
const SHARE: u64 = 10;

/// Removes the space of earlier results, which HDF5 leaves where they were. Everything else must stay as it is stored; otherwise
/// the file stays as it is, and the answer is a note why.
pub(crate) fn compact(file: &mut AtomicFile) -> Result<Option<String>, IoError> {
    // This walk ends where groups hold themselves; the one that rewrites does not.
    match H5File::open(file.path())?.large_chunk(encoding::MAX_CHUNK_DIMENSION) {
        Ok(None) => {}
        Ok(Some(slot)) => return note(&format!("`{slot}` has chunks too long to rewrite")),
        Err(error @ IoError::Malformed { .. }) => return note(&error.to_string()),
        Err(error) => return Err(error),
    }
    let fresh = AtomicFile::beside(file.target())?;
    if let Err(error) = repack(file.path(), fresh.path(), &RepackOptions::new()) {
        return note(&error.to_string());
    }
    let size = |file: &AtomicFile| std::fs::metadata(file.path()).map_or(u64::MAX, |f| f.len());
    let (before, after) = (size(file), size(&fresh));
    if before.saturating_sub(after) < before / SHARE {
        return Ok(None);
    }
    match h5::difference(file.path(), fresh.path()) {
        Ok(None) => {
            *file = fresh;
            Ok(None)
        }
        Ok(Some(why)) => note(&why),
        Err(error) => note(&error.to_string()),
    }
}

fn note(why: &str) -> Result<Option<String>, IoError> {
    let why = why.replace('\n', " ");
    Ok(Some(format!(
        "the space of earlier results stays in the file, because it cannot be written anew without loss: {why}"
    )))
}
