//! Files that are written completely or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::IoError;
use crate::unfinished::{forget, unfinished};

/// A file that is written next to its target and replaces it on [`commit`](Self::commit).
///
/// If it is dropped without a commit, it is removed and the target stays unchanged.
#[derive(Debug)]
pub struct AtomicFile {
    temporary: Option<NamedTempFile>,
    target: PathBuf,
}

impl AtomicFile {
    /// Makes an empty file in the folder of `target`.
    ///
    /// # Errors
    /// [`IoError::Write`] when the folder does not exist or cannot be written, or when `target` is
    /// itself a folder.
    pub fn beside(target: &Path) -> Result<Self, IoError> {
        let failed = |source| IoError::Write {
            path: target.into(),
            source,
        };
        if target.is_dir() {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The umask decides, as for any new file. The default of tempfile is permissions for the owner only.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        // Made and noted under one lock: otherwise an interrupt in between would leave the file behind.
        let mut unfinished = unfinished();
        let temporary = builder.tempfile_in(folder).map_err(failed)?;
        unfinished.files.push(temporary.path().to_path_buf());
        drop(unfinished);
        Ok(Self {
            temporary: Some(temporary),
            target: target.into(),
        })
    }

    /// The path that holds the bytes until the commit.
    pub fn path(&self) -> &Path {
        self.temporary
            .as_ref()
            .map_or(&self.target, |file| file.path())
    }

    /// The path that holds the bytes after the commit.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The open file.
    ///
    /// # Errors
    /// [`IoError::Write`] when it no longer exists.
    pub fn file(&mut self) -> Result<&mut File, IoError> {
        match &mut self.temporary {
            Some(file) => Ok(file.as_file_mut()),
            None => Err(IoError::Write {
                path: self.target.clone(),
                source: std::io::ErrorKind::NotFound.into(),
            }),
        }
    }

    /// Makes the bytes durable and replaces the target with the file.
    ///
    /// # Errors
    /// [`IoError::Write`]; the target is unchanged.
    pub fn commit(mut self) -> Result<(), IoError> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        let path = temporary.path().to_path_buf();
        let target = self.target.clone();
        // Opened again, because another writer may have written the bytes by path.
        let result = File::open(&path)
            .and_then(|file| file.sync_all())
            .and_then(|()| temporary.persist(&target).map_err(|error| error.error));
        forget(&mut unfinished().files, &path);
        result.map_err(|source| IoError::Write {
            path: target.clone(),
            source,
        })?;
        // Makes the new name durable where the system allows it; the bytes are durable already.
        if let Some(folder) = target.parent().filter(|p| !p.as_os_str().is_empty()) {
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            forget(&mut unfinished().files, temporary.path());
        }
    }
}

/// Writes a file completely or not at all: next to its target, then renamed.
///
/// # Errors
/// [`IoError::Write`] (folder missing or not writable, disk full); the target is unchanged.
///
/// # Examples
/// ```
/// use std::io::Write;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("domains.csv");
/// semst_io::write_atomically(&path, |out| writeln!(out, "barcode,domain"))?;
/// assert_eq!(std::fs::read_to_string(&path)?, "barcode,domain\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_atomically<F>(path: &Path, write: F) -> Result<(), IoError>
where
    F: FnOnce(&mut dyn Write) -> std::io::Result<()>,
{
    let mut file = AtomicFile::beside(path)?;
    let mut writer = BufWriter::with_capacity(1 << 16, file.file()?);
    write(&mut writer)
        .and_then(|()| writer.flush())
        .map_err(|source| IoError::Write {
            path: path.into(),
            source,
        })?;
    drop(writer);
    file.commit()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{AtomicFile, write_atomically};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_failed_write_leaves_the_old_file_alone() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.txt");
        write_atomically(&path, |out| out.write_all(b"old"))?;
        let failed = write_atomically(&path, |out| {
            out.write_all(b"half")?;
            Err(std::io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path)?, b"old");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn a_dropped_file_leaves_nothing() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut file = AtomicFile::beside(&folder.path().join("a.txt"))?;
        file.file()?.write_all(b"x")?;
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }

    #[test]
    fn a_missing_folder_is_an_error() -> Outcome {
        let folder = tempfile::tempdir()?;
        assert!(write_atomically(&folder.path().join("no/a.txt"), |_| Ok(())).is_err());
        assert!(write_atomically(folder.path(), |_| Ok(())).is_err());
        Ok(())
    }
}
