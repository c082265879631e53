//! Hashes of everything that a cell depends on.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a cell's hash; 64 bits are enough for a plan.
const DIGITS: usize = 16;

/// Hashes of files and folders that many cells depend on; each is read once.
#[derive(Debug, Default)]
pub(crate) struct Prints(RefCell<HashMap<PathBuf, String>>);

impl Prints {
    /// The hash of the content of a path, computed by `print`; `missing` if it cannot be read.
    pub(crate) fn of(&self, path: &Path, print: fn(&Path) -> std::io::Result<String>) -> String {
        let mut known = self.0.borrow_mut();
        let missing = || print(path).unwrap_or_else(|_| "missing".into());
        known
            .entry(path.to_path_buf())
            .or_insert_with(missing)
            .clone()
    }
}

/// The hash of a value; it depends on the order of keys.
pub(crate) fn of_value(value: &Value) -> String {
    let mut text = hex(&Sha256::digest(value.to_string().as_bytes()));
    text.truncate(DIGITS);
    text
}

/// The hash of the bytes of a file, or of all files in a folder with their names.
pub(crate) fn of_path(path: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    if path.is_dir() {
        let mut files = Vec::new();
        collect(path, &mut files)?;
        files.sort();
        for file in files {
            let name = file.strip_prefix(path).unwrap_or(&file);
            hash.update(name.to_string_lossy().as_bytes());
            hash.update([0]);
            update(&mut hash, &file)?;
        }
    } else {
        update(&mut hash, path)?;
    }
    Ok(hex(&hash.finalize()))
}

/// The hash of the names and sizes of all files in a folder, because a language model is too large to be read for every cell.
pub(crate) fn of_sizes(folder: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        hash.update(name.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(std::fs::metadata(&file)?.len().to_le_bytes());
    }
    Ok(hex(&hash.finalize()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn update(hash: &mut Sha256, path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            n => hash.update(&buffer[..n]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Prints, of_path, of_sizes, of_value};
    use serde_json::json;

    #[test]
    fn hashes_follow_the_content() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a");
        std::fs::write(&file, "abc")?;
        // FIPS 180-2, appendix B.1.
        assert!(of_path(&file)?.starts_with("ba7816bf8f01cfea"));
        let before = of_path(folder.path())?;
        std::fs::write(folder.path().join("b"), "")?;
        assert_ne!(before, of_path(folder.path())?);
        let before = of_sizes(folder.path())?;
        std::fs::write(folder.path().join("b"), "1")?;
        assert_ne!(before, of_sizes(folder.path())?);
        assert_ne!(of_value(&json!({"a": 1})), of_value(&json!({"a": 2})));
        assert_eq!(of_value(&json!({"a": 1})).len(), 16);
        let prints = Prints::default();
        let first = prints.of(&file, of_path);
        assert_eq!(first, of_path(&file)?);
        std::fs::remove_file(&file)?;
        assert_eq!(prints.of(&file, of_path), first);
        assert_eq!(prints.of(&folder.path().join("c"), of_path), "missing");
        Ok(())
    }
}
