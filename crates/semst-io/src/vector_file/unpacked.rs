//! A file of text, unpacked.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::budget::Budget;
use crate::error::IoError;

/// Reads a file; one whose name ends in `.gz` is unpacked.
///
/// # Errors
/// [`IoError::Read`], and [`IoError::OverBudget`] for a packed file that unpacks to more than 300 MiB and 20 times its size.
///
/// # Examples
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("genes.tsv");
/// std::fs::write(&path, "MBP\tmyelin")?;
/// assert_eq!(semst_io::read_unpacked(&path)?, b"MBP\tmyelin");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_unpacked(path: &Path) -> Result<Vec<u8>, IoError> {
    let failed = |source| IoError::Read {
        path: path.into(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let ending = path.extension().map(|end| end.to_ascii_lowercase());
    if ending.is_some_and(|end| end == "gz") {
        let budget = Budget::of_file(path, None);
        return budget.read_to_end("/", MultiGzDecoder::new(file), failed);
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
