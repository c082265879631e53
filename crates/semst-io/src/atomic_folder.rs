//! Files that appear in their folder together or not at all.

use std::path::{Path, PathBuf};

use crate::error::IoError;
use crate::publish;
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
    /// Whether the hidden folder has its second name, so that another set may take the first.
    is_sealed: bool,
}

impl AtomicFolder {
    /// Makes the hidden folder in a folder that exists; first completes a set that a killed program left there.
    ///
    /// # Errors
    /// [`IoError::WriteFolder`] when the folder does not exist or cannot be written.
    pub fn begin(folder: &Path) -> Result<Self, IoError> {
        publish::complete_published(folder)?;
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
            is_sealed: false,
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

    /// Notes that the set has no file of that name: one of an earlier set is removed by the commit.
    ///
    /// # Errors
    /// [`IoError::WriteFolder`].
    pub fn without(&mut self, name: &str) -> Result<(), IoError> {
        let absent = self.hidden.join(publish::ABSENT);
        std::fs::create_dir_all(&absent)
            .and_then(|()| std::fs::write(absent.join(name), ""))
            .map_err(|source| IoError::WriteFolder {
                path: self.folder.clone(),
                source,
            })
    }

    /// Moves every file to its place and returns the paths; an interrupt waits until all are moved. A kill in between is made good
    /// by [`complete_published`](crate::complete_published). Waits while another program moves its files.
    ///
    /// # Errors
    /// [`IoError::Write`] when a file cannot be moved; no file moves when a folder has the name of one of them.
    /// [`IoError::WriteFolder`] when another program keeps the folder locked.
    pub fn commit(mut self) -> Result<Vec<PathBuf>, IoError> {
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
        let failed = |source| IoError::WriteFolder {
            path: self.folder.clone(),
            source,
        };
        let lock = publish::lock(&self.folder).map_err(failed)?;
        let mut guard = unfinished();
        publish::complete_all(&self.folder)?;
        let sealed = publish::seal(&self.hidden).map_err(failed)?;
        self.is_sealed = true;
        forget(&mut guard.hidden, &self.hidden);
        publish::move_files(&sealed, &self.folder, usize::MAX)?;
        drop(guard);
        drop(lock);
        Ok(targets)
    }
}

#[cfg(test)]
impl AtomicFolder {
    /// The hidden folder as a killed program leaves it.
    pub(crate) fn into_hidden(self) -> PathBuf {
        let hidden = self.hidden.clone();
        std::mem::forget(self);
        hidden
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
        if self.is_sealed {
            return;
        }
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
