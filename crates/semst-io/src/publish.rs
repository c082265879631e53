//! The last step of a set of files: from a hidden folder to their places, so that a kill at any moment is made good later.
//!
//! A set that is complete lies in a hidden folder with the ending `.publish`; giving it that name is one rename, and from then on the
//! set counts as written. The next command that finds such a folder moves its files to their places. See docs/decisions/0024.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::IoError;

/// In the hidden folder: names of files that the set does not have, and that an earlier set may have left.
pub(crate) const ABSENT: &str = "absent";

const ENDING: &str = ".publish";

/// Moving a few files takes much less, on any disk.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Completes the set of files that a killed command left in a folder; does nothing where there is none.
///
/// Commands call it before they read or write results, so that none reads a mixture of two sets.
///
/// # Errors
/// [`IoError::Write`] when a file cannot be moved; [`IoError::WriteFolder`] when another program keeps the folder locked.
pub fn complete_published(folder: &Path) -> std::result::Result<(), IoError> {
    // The parent of a plain file name is empty.
    let here = folder.as_os_str().is_empty();
    let folder = if here { Path::new(".") } else { folder };
    if published(folder).next().is_none() {
        return Ok(());
    }
    let failed = |source| IoError::WriteFolder {
        path: folder.into(),
        source,
    };
    let _lock = lock(folder).map_err(failed)?;
    complete_all(folder)
}

/// As [`complete_published`], for a caller that has the lock.
pub(crate) fn complete_all(folder: &Path) -> std::result::Result<(), IoError> {
    for hidden in published(folder) {
        move_files(&hidden, folder, usize::MAX)?;
    }
    Ok(())
}

/// Gives a hidden folder the name that makes its files count as written.
pub(crate) fn seal(hidden: &Path) -> Result<PathBuf> {
    let sealed = hidden.with_extension(&ENDING[1..]);
    sync(hidden);
    std::fs::rename(hidden, &sealed)?;
    if let Some(folder) = sealed.parent() {
        sync(folder);
    }
    Ok(sealed)
}

/// Moves up to `most` files of a sealed folder to their places; all are there when it returns, unless `most` is too few.
pub(crate) fn move_files(
    sealed: &Path,
    folder: &Path,
    most: usize,
) -> std::result::Result<(), IoError> {
    let failed = |path: PathBuf| move |source| IoError::Write { path, source };
    let names = names(sealed).map_err(failed(sealed.into()))?;
    let absent = sealed.join(ABSENT);
    let gone = names_if_any(&absent).map_err(failed(absent.clone()))?;
    for (step, name) in gone.iter().chain(&names).enumerate() {
        if step == most {
            return Ok(());
        }
        let target = folder.join(name);
        let moved = match step < gone.len() {
            true => remove_if_there(&target),
            false => std::fs::rename(sealed.join(name), &target),
        };
        moved.map_err(failed(target))?;
    }
    sync(folder);
    std::fs::remove_dir_all(sealed).map_err(failed(sealed.into()))
}

/// Locks a folder for one program; waits while another one publishes in it.
pub(crate) fn lock(folder: &Path) -> Result<Option<File>> {
    // Elsewhere a folder cannot be opened, and there is no lock.
    if !cfg!(unix) {
        return Ok(None);
    }
    let started = Instant::now();
    let file = File::open(folder)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_TIMEOUT => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                let words = "another program has kept the folder locked for 60 s";
                return Err(Error::new(ErrorKind::TimedOut, words));
            }
            // Some network disks have no locks.
            Err(TryLockError::Error(_)) => return Ok(None),
        }
    }
}

/// The sealed folders in a folder.
fn published(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(".semst-") && name.ends_with(ENDING) && is_own_folder(path)
    })
}

/// Whether it is a folder, and not a link to one: files of other folders are never moved.
fn is_own_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|m| m.is_dir())
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    Ok(names)
}

fn names_if_any(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    match is_own_folder(folder) {
        true => names(folder),
        false => Ok(Vec::new()),
    }
}

fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes new names durable where the system allows it.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AtomicFolder, write_atomically};

    type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

    const NAMES: [&str; 3] = ["a.h5ad", "a.png", "a_domains.csv"];

    fn set(folder: &Path, text: &str) -> std::result::Result<AtomicFolder, IoError> {
        let mut files = AtomicFolder::begin(folder)?;
        for name in NAMES {
            files.write(name, |path| {
                write_atomically(path, |out| out.write_all(text.as_bytes()))
            })?;
        }
        files.without("a_semantics.csv")?;
        Ok(files)
    }

    /// Every name in the folder with its text.
    fn seen(
        folder: &Path,
    ) -> std::result::Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            all.push((
                name,
                std::fs::read_to_string(entry.path()).unwrap_or_default(),
            ));
        }
        all.sort();
        Ok(all)
    }

    fn all(text: &str) -> Vec<(String, String)> {
        NAMES
            .map(|name| (name.to_owned(), text.to_owned()))
            .to_vec()
    }

    #[test]
    fn a_kill_at_any_step_leaves_the_old_set_or_the_new_one() -> Outcome {
        for step in 0..=NAMES.len() + 1 {
            let folder = tempfile::tempdir()?;
            set(folder.path(), "old")?.commit()?;
            let semantics = folder.path().join("a_semantics.csv");
            std::fs::write(&semantics, "old")?;
            let sealed = seal(&set(folder.path(), "new")?.into_hidden())?;
            // The program is killed here: some steps are done.
            move_files(&sealed, folder.path(), step)?;
            complete_published(folder.path())?;
            assert_eq!(seen(folder.path())?, all("new"), "after {step} steps");
        }
        let folder = tempfile::tempdir()?;
        set(folder.path(), "old")?.commit()?;
        let hidden = set(folder.path(), "new")?.into_hidden();
        complete_published(folder.path())?;
        std::fs::remove_dir_all(hidden)?;
        assert_eq!(seen(folder.path())?, all("old"));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() -> Outcome {
        let (folder, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
        std::fs::write(other.path().join("a.csv"), "theirs")?;
        std::os::unix::fs::symlink(other.path(), folder.path().join(".semst-1-0.publish"))?;
        let sealed = folder.path().join(".semst-1-1.publish");
        std::fs::create_dir(&sealed)?;
        std::os::unix::fs::symlink(other.path(), sealed.join(ABSENT))?;
        std::fs::write(folder.path().join("a.csv"), "ours")?;
        complete_published(folder.path())?;
        assert!(!sealed.exists());
        for (place, text) in [(folder.path(), "ours"), (other.path(), "theirs")] {
            assert_eq!(std::fs::read_to_string(place.join("a.csv"))?, text);
        }
        Ok(())
    }

    #[test]
    fn two_programs_in_one_folder_never_mix() -> Outcome {
        let folder = tempfile::tempdir()?;
        let write = |text: &'static str| {
            let path = folder.path().to_owned();
            move || -> std::result::Result<(), IoError> {
                for _ in 0..30 {
                    set(&path, text)?.commit()?;
                }
                Ok(())
            }
        };
        let writers = ["one", "two", "three"].map(|text| std::thread::spawn(write(text)));
        for _ in 0..30 {
            let lock = lock(folder.path())?;
            let files = seen(folder.path())?;
            let visible: Vec<_> = files
                .iter()
                .filter(|(name, _)| !name.starts_with('.'))
                .collect();
            let same = visible.iter().all(|(_, text)| *text == visible[0].1);
            assert!(
                same && [0, NAMES.len()].contains(&visible.len()),
                "{files:?}"
            );
            drop(lock);
            std::thread::sleep(Duration::from_millis(2));
        }
        for writer in writers {
            writer.join().expect("no panic")?;
        }
        let files = seen(folder.path())?;
        assert!(
            ["one", "two", "three"]
                .iter()
                .any(|text| files == all(text)),
            "{files:?}"
        );
        Ok(())
    }
}
