//! A cache of text vectors on disk, so that no text is embedded twice.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTableMetadata, StorageError, TableDefinition,
};
use sha2::{Digest, Sha256};

use crate::{TextModelError, TextRequest};

/// Part of every key: a change of layout or recipe changes the keys.
const RECIPE: &str = "semst text embedding 1";
const VECTORS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("vectors");
const FILE: &str = "embeddings.redb";
/// Another process locks the file for one look-up or one commit; a repair after a crash takes longer.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// Vectors of texts in one file (redb). The key of a vector is made from the model, the text and the pooled spans.
///
/// A job that was stopped continues where it stopped, and a second slide only needs its new prompts. The file is opened only
/// for single look-ups and commits, so that several processes can share it. A crash during a commit leaves
/// the state before it.
///
/// ```no_run
/// use semst_text_models::EmbeddingCache;
/// let folder = EmbeddingCache::default_folder().ok_or("no home folder")?;
/// let cache = EmbeddingCache::open(folder)?;
/// println!("{} vectors in {}", cache.len()?, cache.path().display());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingCache {
    path: PathBuf,
    lock_timeout: Duration,
}

/// The key of a vector.
pub(crate) type CacheKey = [u8; 32];

impl EmbeddingCache {
    /// Opens the cache of a folder; the folder and the file are made if they do not exist.
    ///
    /// # Errors
    /// When the folder cannot be written, or the file is not a cache or is damaged.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, TextModelError> {
        let folder = folder.as_ref();
        let own = Self {
            path: folder.join(FILE),
            lock_timeout: LOCK_TIMEOUT,
        };
        std::fs::create_dir_all(folder).map_err(|e| own.unusable(e))?;
        own.len()?;
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

    /// For each key its vector, if there is one.
    pub(crate) fn find(&self, keys: &[CacheKey]) -> Result<Vec<Option<Vec<f32>>>, TextModelError> {
        self.with(|database| {
            let reading = database.begin_read()?;
            let table = match reading.open_table(VECTORS) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(vec![None; keys.len()]),
                Err(error) => return Err(error.into()),
            };
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                let bytes = table.get(key)?;
                found.push(bytes.map(|b| decoded(b.value())).transpose()?);
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
            {
                let mut table = writing.open_table(VECTORS)?;
                for (key, vector) in entries {
                    let bytes: Vec<u8> = vector.iter().flat_map(|v| v.to_le_bytes()).collect();
                    table.insert(key, bytes.as_slice())?;
                }
            }
            writing.commit()?;
            Ok(())
        })
    }

    /// Opens the file for one operation; waits while another process uses it.
    fn with<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, TextModelError> {
        let started = Instant::now();
        let database = loop {
            match Database::builder()
                .set_cache_size(64 << 20)
                .create(&self.path)
            {
                Ok(database) => break database,
                Err(DatabaseError::DatabaseAlreadyOpen)
                    if started.elapsed() < self.lock_timeout =>
                {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(self.failed(error.into())),
            }
        };
        work(&database).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: redb::Error) -> TextModelError {
        let damaged = |what: String| {
            let problem =
                format!("is not a cache or is damaged ({what}): delete it, it fills again");
            self.error(problem)
        };
        match error {
            redb::Error::DatabaseAlreadyOpen => self.error(format!(
                "has been locked by another program for {} s: wait for it, or use another folder or no cache",
                self.lock_timeout.as_secs()
            )),
            redb::Error::Io(e) if !is_damage(&e) => self.unusable(e),
            error => damaged(error.to_string()),
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
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    [InvalidData, UnexpectedEof].contains(&error.kind())
}

fn decoded(bytes: &[u8]) -> Result<Vec<f32>, StorageError> {
    let (cells, rest) = bytes.as_chunks::<4>();
    if cells.is_empty() || !rest.is_empty() {
        return Err(StorageError::Corrupted(format!(
            "a vector of {} bytes",
            bytes.len()
        )));
    }
    Ok(cells.iter().map(|&c| f32::from_le_bytes(c)).collect())
}

#[cfg(test)]
mod tests;
