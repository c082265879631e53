//! Files that appear in their folder together or not at all.

use std::path::{Path, PathBuf};

use crate::error::IoError;
use crate::unfinished::{forget, unfinished};

/// Files that stay in a hidden folder until all of them are complete, and are then moved to their places together.
///
/// If it is dropped without a [`commit`](Self::commit), it removes the files and leaves the folder unchanged.
///
/// # Examples
/// ```
/// use std::io::Write;
/// use semst_io::{AtomicFolder, write_atomically};
///
/// let folder = tempfile::tempdir()?;
/// let mut files = AtomicFolder::begin(folder.path())?;
/// files.write("a.txt", |path| write_atomically(path, |out| out.write_all(b"a")))?;
/// assert!(!folder.path().join("a.txt").exists());
/// files.commit()?;
/// assert!(folder.path().join("a.txt").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFolder {
    folder: PathBuf,
    hidden: PathBuf,
    names: Vec<String>,
}

impl AtomicFolder {
    /// Makes the hidden folder in a folder that exists.
    ///
    /// # Errors
    /// [`IoError::WriteFolder`] when the folder does not exist or cannot be written.
    pub fn begin(folder: &Path) -> Result<Self, IoError> {
        let mut unfinished = unfinished();
        let hidden = create_hidden(folder).map_err(|source| IoError::WriteFolder {
            path: folder.into(),
            source,
        })?;
        unfinished.hidden.push(hidden.clone());
        Ok(Self {
            folder: folder.into(),
            hidden,
            names: Vec::new(),
        })
    }

    /// Calls `write` with the path at which it must write the file.
    ///
    /// # Errors
    /// As `write`; an [`IoError::Write`] names the final place of the file.
    pub fn write(
        &mut self,
        name: impl Into<String>,
        write: impl FnOnce(&Path) -> Result<(), IoError>,
    ) -> Result<(), IoError> {
        let name = name.into();
        write(&self.hidden.join(&name)).map_err(|error| match error {
            IoError::Write { source, .. } => IoError::Write {
                path: self.folder.join(&name),
                source,
            },
            other => other,
        })?;
        self.names.push(name);
        Ok(())
    }

    /// Moves every file to its place and returns the paths; an interrupt waits until all are moved.
    ///
    /// # Errors
    /// [`IoError::Write`] when a file cannot be moved; no file moves when a folder has the name of one of them.
    pub fn commit(self) -> Result<Vec<PathBuf>, IoError> {
        let targets: Vec<PathBuf> = self.names.iter().map(|n| self.folder.join(n)).collect();
        if let Some(folder) = targets.iter().find(|t| t.is_dir()) {
            return Err(IoError::Write {
                path: folder.clone(),
                source: std::io::Error::new(
                    std::io::ErrorKind::IsADirectory,
                    "a folder has that name",
                ),
            });
        }
        let guard = unfinished();
        for (name, target) in self.names.iter().zip(&targets) {
            std::fs::rename(self.hidden.join(name), target).map_err(|source| IoError::Write {
                path: target.clone(),
                source,
            })?;
        }
        drop(guard);
        // Makes the new names durable where the system allows it; the bytes are durable already.
        let _ = std::fs::File::open(&self.folder).and_then(|f| f.sync_all());
        Ok(targets)
    }
}

/// Makes a hidden folder. A killed run may have left one of the same name: process numbers repeat, in containers soon.
fn create_hidden(folder: &Path) -> std::io::Result<PathBuf> {
    let process = std::process::id();
    let mut number = 0;
    loop {
        let hidden = folder.join(format!(".semst-{process}-{number}.part"));
        match std::fs::create_dir(&hidden) {
            Ok(()) => return Ok(hidden),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

impl Drop for AtomicFolder {
    fn drop(&mut self) {
        let mut unfinished = unfinished();
        let _ = std::fs::remove_dir_all(&self.hidden);
        forget(&mut unfinished.hidden, &self.hidden);
    }
}

/// A folder that was made for results. If it is still empty when dropped, it is removed again.
#[derive(Debug)]
pub struct MadeFolder(PathBuf);

impl MadeFolder {
    /// Makes a folder and its parent folders; `None` when it exists already.
    ///
    /// # Errors
    /// [`IoError::MakeFolder`] when it cannot be made.
    pub fn create(path: &Path) -> Result<Option<Self>, IoError> {
        if path.is_dir() {
            return Ok(None);
        }
        std::fs::create_dir_all(path).map_err(|source| IoError::MakeFolder {
            path: path.into(),
            source,
        })?;
        unfinished().made.push(path.into());
        Ok(Some(Self(path.into())))
    }
}

impl Drop for MadeFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
        forget(&mut unfinished().made, &self.0);
    }
}
