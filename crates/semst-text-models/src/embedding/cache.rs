//! A cache of text vectors on disk, so that no text is embedded twice.

mod entry;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use sha2::{Digest, Sha256};

use crate::{TextModelError, TextRequest};

/// Part of every key: a change of layout or recipe changes the keys.
const RECIPE: &str = "semst text embedding 1";
const VECTORS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("checked vectors");
/// The table of earlier versions: its entries cannot be checked.
const UNCHECKED: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("vectors");
const FILE: &str = "embeddings.redb";
/// A damaged file gets this name and stays until the next one.
const SET_ASIDE: &str = "embeddings.redb.damaged";
/// Another process locks the file for one look-up or one commit; a repair after a crash takes longer.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// Vectors of texts in one file (redb). The key of a vector is made from the model, the text and the pooled spans.
///
/// A job that was stopped continues where it stopped, and a second slide only needs its new prompts. The file is opened only
/// for single look-ups and commits, so that several processes can share it. A crash during a commit leaves
/// the state before it.
///
/// Each vector has a checksum: a damaged one counts as missing. A damaged file is renamed to `embeddings.redb.damaged`, and a new
/// one is begun.
///
/// ```no_run
/// use semst_text_models::EmbeddingCache;
/// let folder = EmbeddingCache::default_folder().ok_or("no home folder")?;
/// let cache = EmbeddingCache::open(folder)?;
/// println!("{} vectors in {}", cache.len()?, cache.path().display());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EmbeddingCache {
    path: PathBuf,
    lock_timeout: Duration,
    /// Shared by the clones: whether a damaged file was set aside.
    was_damaged: Arc<AtomicBool>,
}

/// The key of a vector.
pub(crate) type CacheKey = [u8; 32];

/// What is in the cache for some keys.
#[derive(Debug)]
pub(crate) struct Found {
    /// For each key its vector, if there is a whole one.
    pub(crate) vectors: Vec<Option<Vec<f32>>>,
    /// Entries that do not match their checksum.
    pub(crate) damaged: usize,
}

/// Why an operation on the file did not succeed.
enum Failure {
    /// The file is of another kind, or damaged.
    Damaged(String),
    Other(TextModelError),
}

impl EmbeddingCache {
    /// Opens the cache of a folder; the folder and the file are made if they do not exist.
    ///
    /// The whole file is checked here, once; a damaged one is set aside ([`EmbeddingCache::was_damaged`]).
    ///
    /// # Errors
    /// When the folder cannot be written, or another program keeps the file locked.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, TextModelError> {
        let folder = folder.as_ref();
        let own = Self {
            path: folder.join(FILE),
            lock_timeout: LOCK_TIMEOUT,
            was_damaged: Arc::default(),
        };
        std::fs::create_dir_all(folder).map_err(|e| own.unusable(e))?;
        own.with(|database| {
            database.check_integrity()?;
            Ok(())
        })?;
        Ok(own)
    }

    /// The folder `semst` in the user's cache folder: in `$XDG_CACHE_HOME`, else `~/.cache` (Linux), `~/Library/Caches`
    /// (macOS) or `%LOCALAPPDATA%` (Windows). `None` if the environment names no such folder.
    pub fn default_folder() -> Option<PathBuf> {
        dirs::cache_dir().map(|place| place.join("semst"))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file was damaged, and has been replaced by an empty one. The damaged one is next to it, as
    /// `embeddings.redb.damaged`.
    pub fn was_damaged(&self) -> bool {
        self.was_damaged.load(Ordering::Relaxed)
    }

    /// Number of vectors.
    ///
    /// # Errors
    /// As [`EmbeddingCache::open`].
    pub fn len(&self) -> Result<u64, TextModelError> {
        self.with(|database| {
            let reading = database.begin_read()?;
            match reading.open_table(VECTORS) {
                Ok(table) => Ok(table.len()?),
                Err(redb::TableError::TableDoesNotExist(_)) => Ok(0),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Whether there are no vectors.
    ///
    /// # Errors
    /// As [`EmbeddingCache::open`].
    pub fn is_empty(&self) -> Result<bool, TextModelError> {
        Ok(self.len()? == 0)
    }

    /// The key of a text: a digest of the recipe, the checksum of the model, the text and the spans.
    pub(crate) fn key(checksum: &str, request: &TextRequest<'_>) -> CacheKey {
        let mut digest = Sha256::new();
        for part in [RECIPE, checksum, request.text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        for span in request.spans {
            digest.update((span.start as u64).to_le_bytes());
            digest.update((span.end as u64).to_le_bytes());
        }
        digest.finalize().into()
    }

    /// For each key its vector, if there is a whole one.
    pub(crate) fn find(&self, keys: &[CacheKey]) -> Result<Found, TextModelError> {
        self.with(|database| {
            let mut found = Found {
                vectors: vec![None; keys.len()],
                damaged: 0,
            };
            let reading = database.begin_read()?;
            let table = match reading.open_table(VECTORS) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(found),
                Err(error) => return Err(error.into()),
            };
            for (key, vector) in keys.iter().zip(&mut found.vectors) {
                if let Some(bytes) = table.get(key)? {
                    *vector = entry::vector(key, bytes.value());
                    found.damaged += usize::from(vector.is_none());
                }
            }
            Ok(found)
        })
    }

    /// Stores vectors durably, all of them or none.
    pub(crate) fn keep(&self, entries: &[(CacheKey, Vec<f32>)]) -> Result<(), TextModelError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.with(|database| {
            let writing = database.begin_write()?;
            writing.delete_table(UNCHECKED)?;
            {
                let mut table = writing.open_table(VECTORS)?;
                for (key, vector) in entries {
                    table.insert(key, entry::bytes(key, vector).as_slice())?;
                }
            }
            writing.commit()?;
            Ok(())
        })
    }

    /// Opens the file for one operation; a damaged file is set aside, and the operation done on a new one.
    fn with<T>(
        &self,
        work: impl Fn(&mut Database) -> Result<T, redb::Error>,
    ) -> Result<T, TextModelError> {
        // Another process may have set the damaged file aside already.
        for _ in 0..2 {
            match self.attempt(&work) {
                Ok(done) => return Ok(done),
                Err(Failure::Other(error)) => return Err(error),
                Err(Failure::Damaged(_)) => {}
            }
        }
        std::fs::rename(&self.path, self.path.with_file_name(SET_ASIDE))
            .map_err(|e| self.unusable(e))?;
        self.was_damaged.store(true, Ordering::Relaxed);
        self.attempt(&work).map_err(|failure| match failure {
            Failure::Other(error) => error,
            Failure::Damaged(what) => self.error(format!(
                "cannot be used ({what}): use another folder or no cache"
            )),
        })
    }

    /// Waits while another process uses the file. The database panics on some damage.
    fn attempt<T>(
        &self,
        work: &impl Fn(&mut Database) -> Result<T, redb::Error>,
    ) -> Result<T, Failure> {
        let done = semst_guard::guarded(|| {
            let mut database = self.database()?;
            let done = work(&mut database);
            drop(database);
            done.map_err(|error| self.failure(error))
        });
        done.unwrap_or_else(|panic| Err(Failure::Damaged(panic.words)))
    }

    fn database(&self) -> Result<Database, Failure> {
        let started = Instant::now();
        loop {
            match Database::builder()
                .set_cache_size(64 << 20)
                .create(&self.path)
            {
                Ok(database) => return Ok(database),
                Err(DatabaseError::DatabaseAlreadyOpen)
                    if started.elapsed() < self.lock_timeout =>
                {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(self.failure(error.into())),
            }
        }
    }

    fn failure(&self, error: redb::Error) -> Failure {
        match error {
            redb::Error::DatabaseAlreadyOpen => Failure::Other(self.error(format!(
                "has been locked by another program for {} s: wait for it, or use another folder or no cache",
                self.lock_timeout.as_secs()
            ))),
            redb::Error::Io(e) if !is_damage(&e) => Failure::Other(self.unusable(e)),
            error => Failure::Damaged(error.to_string()),
        }
    }

    fn unusable(&self, error: std::io::Error) -> TextModelError {
        self.error(format!(
            "cannot be used ({error}): use another folder or no cache"
        ))
    }

    fn error(&self, problem: String) -> TextModelError {
        TextModelError::Cache {
            path: self.path.clone(),
            problem,
        }
    }
}

/// Whether the error comes from a file that is truncated or of another kind, and not from the disk or from permissions.
fn is_damage(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    [InvalidData, InvalidInput, UnexpectedEof].contains(&error.kind())
}

#[cfg(test)]
mod tests;
