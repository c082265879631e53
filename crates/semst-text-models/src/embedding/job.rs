//! Runs many texts through a model: each text once, in batches. Vectors are cached as they arrive.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use ndarray::Array2;

use super::cache::{CacheKey, Found};
use crate::{EmbeddingCache, TextModel, TextModelError, TextRequest};

/// A commit waits for the disk. There is at most one in this time, so that it does not slow down a fast server.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// Embeds texts: equal texts once, known texts from the cache, the rest in batches, longest first.
///
/// Vectors are cached as they arrive (at most a second later), also if the job fails later.
///
/// ```
/// use ndarray::Array2;
/// use semst_text_models::{EmbeddingJob, TextModelError, TextModel, TextRequest};
/// struct Lengths;
/// impl TextModel for Lengths {
///     fn name(&self) -> &str { "lengths" }
///     fn checksum(&self) -> String { "lengths 1".into() }
///     fn batch_size(&self) -> usize { 8 }
///     fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError> {
///         Ok(Array2::from_shape_fn((batch.len(), 1), |(i, _)| batch[i].text.len() as f32))
///     }
/// }
/// let texts = ["MBP", "GFAP", "MBP"].map(TextRequest::new);
/// let vectors = EmbeddingJob::new(&Lengths).run(&texts, &mut |progress| assert_eq!(progress.distinct, 2))?;
/// assert_eq!(vectors, ndarray::array![[3.0], [4.0], [3.0]]);
/// # Ok::<(), TextModelError>(())
/// ```
#[derive(Clone, Copy)]
pub struct EmbeddingJob<'a> {
    model: &'a dyn TextModel,
    cache: Option<&'a EmbeddingCache>,
}

/// The progress of a job. It is reported once before the model runs, then after each batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddingProgress {
    /// Texts requested.
    pub texts: usize,
    /// The number of distinct texts among them.
    pub distinct: usize,
    /// The number of these that were in the cache.
    pub known: usize,
    /// The number of the others that are embedded.
    pub done: usize,
    /// The number of vectors in the cache that do not match their checksum; they are among the texts to read.
    pub damaged: usize,
    /// Whether the file of the cache was damaged and has been set aside ([`EmbeddingCache::was_damaged`]).
    pub cache_set_aside: bool,
}

impl EmbeddingProgress {
    /// The number of texts that the model has to read.
    pub fn pending(&self) -> usize {
        self.distinct - self.known
    }
}

impl std::fmt::Debug for EmbeddingJob<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddingJob")
            .field("model", &self.model.name())
            .field("cache", &self.cache)
            .finish()
    }
}

impl<'a> EmbeddingJob<'a> {
    /// A job without a cache.
    pub fn new(model: &'a dyn TextModel) -> Self {
        Self { model, cache: None }
    }

    /// Sets a cache, which is searched first and gets the new vectors.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<&'a EmbeddingCache>) -> Self {
        self.cache = cache;
        self
    }

    /// Vectors `[texts, dims]` in the order of the texts; no texts give no rows and no columns.
    ///
    /// # Errors
    /// The first error of the model; when it returns a number of vectors that differs from the number of texts, vectors of
    /// different widths, or NaN or infinite values; when the cache cannot be read or written.
    pub fn run(
        &self,
        requests: &[TextRequest<'_>],
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Array2<f32>, TextModelError> {
        let checksum = self.model.checksum();
        let (mut keys, mut first, mut of) = (Vec::new(), Vec::new(), Vec::new());
        let mut numbers = HashMap::new();
        for (at, request) in requests.iter().enumerate() {
            let key = EmbeddingCache::key(&checksum, request);
            of.push(*numbers.entry(key).or_insert_with(|| {
                keys.push(key);
                first.push(at);
                keys.len() - 1
            }));
        }
        let found = match self.cache {
            Some(cache) => cache.find(&keys)?,
            None => Found {
                vectors: vec![None; keys.len()],
                damaged: 0,
            },
        };
        let mut vectors = found.vectors;
        let progress = EmbeddingProgress {
            texts: requests.len(),
            distinct: keys.len(),
            known: vectors.iter().flatten().count(),
            done: 0,
            damaged: found.damaged,
            cache_set_aside: self.cache.is_some_and(EmbeddingCache::was_damaged),
        };
        watch(progress);
        let texts: Vec<TextRequest<'_>> = first.into_iter().map(|at| requests[at]).collect();
        self.fill(&texts, &keys, &mut vectors, progress, watch)?;
        self.assembled(&vectors, &of)
    }

    /// As [`EmbeddingJob::run`], for whole texts without spans.
    ///
    /// # Errors
    /// As [`EmbeddingJob::run`].
    pub fn run_texts(
        &self,
        texts: &[String],
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<Array2<f32>, TextModelError> {
        let requests: Vec<TextRequest<'_>> = texts.iter().map(|t| TextRequest::new(t)).collect();
        self.run(&requests, watch)
    }

    /// Embeds the texts that have no vector yet.
    fn fill(
        &self,
        texts: &[TextRequest<'_>],
        keys: &[CacheKey],
        vectors: &mut [Option<Vec<f32>>],
        mut progress: EmbeddingProgress,
        watch: &mut dyn FnMut(EmbeddingProgress),
    ) -> Result<(), TextModelError> {
        let mut open: Vec<usize> = (0..texts.len()).filter(|&i| vectors[i].is_none()).collect();
        // Texts of similar length are in one batch, to reduce padding. The longest come first, to show early whether they fit.
        open.sort_by_key(|&i| (Reverse(texts[i].text.len()), i));
        let batches: Vec<&[usize]> = open.chunks(self.model.batch_size().max(1)).collect();
        let workers = self.model.concurrency().clamp(1, batches.len().max(1));
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut unkept = Unkept::new(self.cache);
        let mut failure = None;
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            let work = || {
                let send = send.clone();
                let (batches, next, stop) = (&batches, &next, &stop);
                move || {
                    while !stop.load(Ordering::Relaxed) {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(batch) = batches.get(at) else { break };
                        let answer = self.batch(texts, batch);
                        if answer.is_err() {
                            stop.store(true, Ordering::Relaxed);
                        }
                        if send.send((*batch, answer)).is_err() {
                            break;
                        }
                    }
                }
            };
            for _ in 0..workers {
                scope.spawn(work());
            }
            drop(send);
            for (batch, answer) in receive {
                let kept = answer.and_then(|rows| {
                    for (&i, row) in batch.iter().zip(rows.outer_iter()) {
                        unkept.add(keys[i], row.to_vec());
                        vectors[i] = Some(row.to_vec());
                    }
                    progress.done += batch.len();
                    watch(progress);
                    unkept.keep_when_due()
                });
                if let Err(error) = kept {
                    stop.store(true, Ordering::Relaxed);
                    failure.get_or_insert(error);
                }
            }
        });
        let kept = unkept.keep();
        failure.map_or(kept, Err)
    }

    /// Embeds one batch, and checks the vectors of the model.
    fn batch(
        &self,
        texts: &[TextRequest<'_>],
        batch: &[usize],
    ) -> Result<Array2<f32>, TextModelError> {
        let requests: Vec<TextRequest<'_>> = batch.iter().map(|&i| texts[i]).collect();
        let vectors = self.model.embed(&requests)?;
        if vectors.nrows() != batch.len() {
            return Err(TextModelError::Length {
                what: format!("vectors of a batch of {}", self.model.name()),
                expected: batch.len(),
                got: vectors.nrows(),
            });
        }
        if let Some(((row, column), value)) = vectors.indexed_iter().find(|(_, v)| !v.is_finite()) {
            let text: String = texts[batch[row]].text.chars().take(60).collect();
            return Err(TextModelError::model(
                self.model.name(),
                format!(
                    "gives {value} in column {column} for the text {text:?}: the model overflows or is damaged"
                ),
            ));
        }
        Ok(vectors)
    }

    fn assembled(
        &self,
        vectors: &[Option<Vec<f32>>],
        of: &[usize],
    ) -> Result<Array2<f32>, TextModelError> {
        let dims = vectors.iter().flatten().next().map_or(0, Vec::len);
        if let Some(other) = vectors.iter().flatten().find(|v| v.len() != dims) {
            return Err(TextModelError::model(
                self.model.name(),
                format!(
                    "gives vectors of {dims} and of {} numbers: if the model behind this name has changed, \
                     embed with an empty cache",
                    other.len()
                ),
            ));
        }
        let mut all = Array2::zeros((of.len(), dims));
        for (mut row, &i) in all.outer_iter_mut().zip(of) {
            if let Some(vector) = &vectors[i] {
                row.assign(&ndarray::ArrayView1::from(vector));
            }
        }
        Ok(all)
    }
}

/// Vectors that are not on disk yet.
struct Unkept<'a> {
    cache: Option<&'a EmbeddingCache>,
    entries: Vec<(CacheKey, Vec<f32>)>,
    last: Option<Instant>,
}

impl<'a> Unkept<'a> {
    fn new(cache: Option<&'a EmbeddingCache>) -> Self {
        Self {
            cache,
            entries: Vec::new(),
            last: None,
        }
    }

    fn add(&mut self, key: CacheKey, vector: Vec<f32>) {
        if self.cache.is_some() {
            self.entries.push((key, vector));
        }
    }

    fn keep_when_due(&mut self) -> Result<(), TextModelError> {
        match self.last {
            Some(last) if last.elapsed() < COMMIT_EVERY => Ok(()),
            _ => self.keep(),
        }
    }

    fn keep(&mut self) -> Result<(), TextModelError> {
        let entries = std::mem::take(&mut self.entries);
        let kept = self.cache.map_or(Ok(()), |cache| cache.keep(&entries));
        self.last = Some(Instant::now());
        kept
    }
}

#[cfg(test)]
mod tests;
