//! Draws of one try.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// The draws of one try: they depend on the seed of the attack, the campaign and the number of the try.
pub(crate) struct Dice(Pcg64);

impl Dice {
    pub(crate) fn new(seed: u64, campaign: &str, number: u64) -> Self {
        // FNV-1a: equal for every build and machine.
        let name = campaign
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mixed = name ^ seed.rotate_left(32) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(Pcg64::seed_from_u64(mixed))
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    /// True once in `n`.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these, of which there is at least one.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A number of 64 bits, to draw from elsewhere.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.random()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}
