//! The seed.

use crate::Stream;
use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A seed for random numbers. Files and configs hold it as a plain number.
///
/// # Examples
/// ```
/// use rand::Rng;
/// use semst_seed::Seed;
/// assert_eq!(Seed(3).rng().next_u64(), Seed(3).rng().next_u64());
/// ```
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed of a stream.
    #[must_use]
    pub const fn stream(self, stream: Stream) -> Self {
        Self(stream.of(self.0))
    }

    /// Starts the generator of this seed.
    pub fn rng(self) -> Pcg64 {
        Pcg64::seed_from_u64(self.0)
    }
}

impl From<u64> for Seed {
    fn from(seed: u64) -> Self {
        Self(seed)
    }
}

impl From<Seed> for u64 {
    fn from(seed: Seed) -> Self {
        seed.0
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_a_number() -> Result<(), serde_json::Error> {
        assert_eq!(
            serde_json::to_string(&Seed(u64::MAX))?,
            u64::MAX.to_string()
        );
        assert_eq!(serde_json::from_str::<Seed>("5")?, Seed(5));
        Ok(())
    }
}
