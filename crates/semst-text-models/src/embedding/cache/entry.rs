//! A vector as the cache holds it: its numbers, then a checksum of key and numbers.

use sha2::{Digest, Sha256};

use super::CacheKey;

/// Half of a SHA-256: enough against chance.
const CHECKSUM: usize = 16;

/// The bytes of an entry.
pub(super) fn bytes(key: &CacheKey, vector: &[f32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = vector.iter().flat_map(|v| v.to_le_bytes()).collect();
    let checksum = checksum(key, &bytes);
    bytes.extend(checksum);
    bytes
}

/// The vector of an entry; `None` when the entry is damaged, or of another key.
pub(super) fn vector(key: &CacheKey, bytes: &[u8]) -> Option<Vec<f32>> {
    let (numbers, found) = bytes.split_last_chunk::<CHECKSUM>()?;
    let (cells, rest) = numbers.as_chunks::<4>();
    let whole = !cells.is_empty() && rest.is_empty() && checksum(key, numbers) == *found;
    whole.then(|| cells.iter().map(|&c| f32::from_le_bytes(c)).collect())
}

fn checksum(key: &CacheKey, numbers: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::new().chain_update(key).chain_update(numbers);
    let digest: [u8; 32] = digest.finalize().into();
    std::array::from_fn(|at| digest[at])
}
