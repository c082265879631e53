//! The files and folders that are being written, which an interrupt has to remove.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

static UNFINISHED: Mutex<Unfinished> = Mutex::new(Unfinished {
    files: Vec::new(),
    hidden: Vec::new(),
    made: Vec::new(),
});

/// The files and folders that are being written at this moment.
pub(crate) struct Unfinished {
    /// Hidden files.
    pub(crate) files: Vec<PathBuf>,
    /// Hidden folders, with everything in them.
    pub(crate) hidden: Vec<PathBuf>,
    /// Folders that were made for results, removed if they are empty.
    pub(crate) made: Vec<PathBuf>,
}

/// Locks the list for one change. Whatever is made or renamed under the lock is not left over by an interrupt.
pub(crate) fn unfinished() -> MutexGuard<'static, Unfinished> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes a path from a list.
pub(crate) fn forget(paths: &mut Vec<PathBuf>, path: &Path) {
    paths.retain(|other| other != path);
}

/// Ten seconds, in hundredths: a slow disk renames some files in that time.
const WAITS: u32 = 1_000;

/// Removes every file and folder that is being written at this moment; for a handler of signals or panics that ends the program.
///
/// A thread that makes or commits a file after this waits forever, so that nothing new is left over. When a commit takes longer than
/// ten seconds, nothing is removed: the thread that panicked may be the one that commits.
pub fn remove_unfinished() {
    let free = (0..WAITS).find_map(|_| match UNFINISHED.try_lock() {
        Ok(free) => Some(free),
        Err(TryLockError::Poisoned(free)) => Some(free.into_inner()),
        Err(TryLockError::WouldBlock) => {
            std::thread::sleep(Duration::from_millis(10));
            None
        }
    });
    let Some(mut unfinished) = free else { return };
    for path in unfinished.files.drain(..) {
        let _ = std::fs::remove_file(path);
    }
    for hidden in &unfinished.hidden {
        // The other thread may be making a file in it at this moment.
        for _ in 0..10 {
            if std::fs::remove_dir_all(hidden).is_ok() || !hidden.exists() {
                break;
            }
        }
    }
    for made in &unfinished.made {
        let _ = std::fs::remove_dir(made);
    }
    std::mem::forget(unfinished);
}
