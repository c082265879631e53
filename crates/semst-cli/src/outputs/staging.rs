//! A hidden folder beside the results, where files wait until all of them are whole.

use anyhow::{Context, Result, bail};
use semst::io::IoError;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an interrupt has to clear away: hidden folders with all they hold, and folders that this run made, if empty.
static LEFTOVERS: Mutex<Leftovers> = Mutex::new(Leftovers {
    hidden: Vec::new(),
    made: Vec::new(),
});

struct Leftovers {
    hidden: Vec<PathBuf>,
    made: Vec<PathBuf>,
}

/// Files that appear in their folder together, on [`Staging::commit`], or not at all.
pub(crate) struct Staging {
    folder: PathBuf,
    hidden: PathBuf,
    names: Vec<String>,
}

impl Staging {
    /// Makes the hidden folder in a folder that exists.
    pub(crate) fn begin(folder: &Path) -> std::io::Result<Self> {
        let hidden = folder.join(format!(".semst-{}.part", std::process::id()));
        let mut leftovers = leftovers();
        std::fs::create_dir(&hidden)?;
        leftovers.hidden.push(hidden.clone());
        Ok(Self {
            folder: folder.into(),
            hidden,
            names: Vec::new(),
        })
    }

    /// Has a file written; errors name the place where it was to end up.
    pub(crate) fn write(
        &mut self,
        name: String,
        write: impl FnOnce(&Path) -> Result<(), IoError>,
    ) -> Result<()> {
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

    /// Puts every file in its place; an interrupt waits until all are there.
    pub(crate) fn commit(self) -> Result<Vec<PathBuf>> {
        let targets: Vec<PathBuf> = self.names.iter().map(|n| self.folder.join(n)).collect();
        if let Some(folder) = targets.iter().find(|t| t.is_dir()) {
            bail!("cannot write {}: a folder has that name", folder.display());
        }
        let guard = leftovers();
        for (name, target) in self.names.iter().zip(&targets) {
            std::fs::rename(self.hidden.join(name), target)
                .with_context(|| format!("cannot write {}", target.display()))?;
        }
        drop(guard);
        // Makes the new names durable where the system allows it; the bytes already are.
        let _ = std::fs::File::open(&self.folder).and_then(|f| f.sync_all());
        Ok(targets)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let mut leftovers = leftovers();
        let _ = std::fs::remove_dir_all(&self.hidden);
        leftovers.hidden.retain(|other| *other != self.hidden);
    }
}

/// A folder that this run made; when nothing came to lie in it, it goes again.
pub(crate) struct MadeFolder(PathBuf);

impl MadeFolder {
    /// Makes a folder and those above it; `None` when it is there already.
    pub(crate) fn create(path: &Path) -> std::io::Result<Option<Self>> {
        if path.is_dir() {
            return Ok(None);
        }
        std::fs::create_dir_all(path)?;
        leftovers().made.push(path.into());
        Ok(Some(Self(path.into())))
    }
}

impl Drop for MadeFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
        leftovers().made.retain(|other| *other != self.0);
    }
}

/// Clears away what is unfinished, for a signal handler that ends the program; whoever goes on writing waits for good.
pub(crate) fn remove_unfinished() {
    let leftovers = leftovers();
    for hidden in &leftovers.hidden {
        // The other thread may be making a file in it at this moment.
        for _ in 0..10 {
            if std::fs::remove_dir_all(hidden).is_ok() || !hidden.exists() {
                break;
            }
        }
    }
    for made in &leftovers.made {
        let _ = std::fs::remove_dir(made);
    }
    std::mem::forget(leftovers);
}

fn leftovers() -> MutexGuard<'static, Leftovers> {
    LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner)
}
