//! Turns texts into vectors, each text once, and caches the vectors.

mod cache;
mod job;

pub use self::cache::EmbeddingCache;
pub use self::job::{EmbeddingJob, EmbeddingProgress};
