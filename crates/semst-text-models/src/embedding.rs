//! Texts to vectors: each once, and kept.

mod cache;
mod job;

pub use self::cache::EmbeddingCache;
pub use self::job::{EmbeddingJob, EmbeddingProgress};
