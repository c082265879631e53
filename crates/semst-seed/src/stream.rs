//! The named streams, and the seed of each.

/// 2⁶⁴ over the golden ratio: multiples of it lie far apart.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// An odd number without a pattern.
const VOTE: u64 = 0xd1b5_4a32_d192_ed03;
/// `"negative"` in ASCII.
const NEGATIVE: u64 = 0x6e65_6761_7469_7665;

/// `"trace"` in ASCII.
const TRACE: u64 = 0x74_7261_6365;

/// What a seed is for. The table is in the [crate documentation](crate).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stream {
    /// Weights of a modulator.
    Modulator {
        /// 0 for the latent, 1 and up for inner layers.
        depth: u64,
    },
    /// What an encoder draws in a step of training.
    Step(u64),
    /// A phase of training. Phase 0 takes the seed itself.
    Phase(u64),
    /// Pairs of spots that are not linked.
    NegativeLinks,
    /// One of several equal tries. Try 0 takes the seed itself.
    Restart(u64),
    /// One run of a vote over views. Run 0 takes the seed itself.
    Vote(u64),
    /// Random vectors that estimate the trace of a matrix.
    TraceProbes,
    /// A part of a simulated tissue.
    Tissue(TissuePart),
}

/// A part of a simulated tissue that draws numbers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TissuePart {
    /// Where the layers begin.
    LayerPhase,
    /// The swell of the layers.
    LayerSwell,
    /// The programmes of the genes.
    Programmes,
    /// The field of one programme.
    Field(u64),
    /// The counts of one chunk of spots.
    Chunk(u64),
}

impl Stream {
    /// The seed of this stream for the seed of a run.
    pub(crate) const fn of(self, seed: u64) -> u64 {
        match self {
            Self::Modulator { depth } => (seed ^ 0x5e57).wrapping_add(depth << 32),
            Self::Step(step) => seed.wrapping_mul(GOLDEN).wrapping_add(step),
            Self::Phase(phase) => seed ^ (phase << 40),
            Self::NegativeLinks => seed ^ NEGATIVE,
            Self::Restart(number) => seed ^ number.wrapping_mul(GOLDEN),
            Self::Vote(run) => seed.wrapping_add(run.wrapping_mul(VOTE)),
            Self::TraceProbes => seed ^ TRACE,
            Self::Tissue(part) => {
                let (part, index) = part.numbers();
                splitmix(splitmix(splitmix(seed) ^ part) ^ index)
            }
        }
    }
}

impl TissuePart {
    const fn numbers(self) -> (u64, u64) {
        match self {
            Self::LayerPhase => (1, 0),
            Self::LayerSwell => (1, 1),
            Self::Programmes => (2, 0),
            Self::Field(index) => (3, index),
            Self::Chunk(index) => (4, index),
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): neighbouring seeds end far apart.
const fn splitmix(x: u64) -> u64 {
    let mut z = x.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use std::collections::HashSet;

    #[track_caller]
    fn check(stream: Stream, expected: u64) {
        assert_eq!(Seed(1).stream(stream), Seed(expected));
    }

    /// Saved results depend on these numbers: they must never change.
    #[test]
    fn streams_keep_their_seeds() {
        check(Stream::Modulator { depth: 0 }, 0x5e56);
        check(Stream::Modulator { depth: 2 }, 0x2_0000_5e56);
        check(Stream::Step(3), 0x9e37_79b9_7f4a_7c18);
        check(Stream::Phase(1), 0x100_0000_0001);
        check(Stream::NegativeLinks, 0x6e65_6761_7469_7664);
        check(Stream::Restart(0), 1);
        check(Stream::Restart(1), 0x9e37_79b9_7f4a_7c14);
        check(Stream::TraceProbes, 0x74_7261_6364);
        check(Stream::Vote(0), 1);
        check(Stream::Vote(1), 0xd1b5_4a32_d192_ed04);
        // The first number of SplitMix64 from the state 0.
        assert_eq!(splitmix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn streams_of_a_seed_differ() {
        let streams = [
            Stream::Modulator { depth: 0 },
            Stream::Modulator { depth: 1 },
            Stream::Step(0),
            Stream::Step(1),
            Stream::Phase(1),
            Stream::NegativeLinks,
            Stream::Restart(1),
            Stream::Vote(1),
            Stream::TraceProbes,
            Stream::Tissue(TissuePart::LayerPhase),
            Stream::Tissue(TissuePart::LayerSwell),
            Stream::Tissue(TissuePart::Programmes),
            Stream::Tissue(TissuePart::Field(0)),
            Stream::Tissue(TissuePart::Field(1)),
            Stream::Tissue(TissuePart::Chunk(0)),
        ];
        for seed in [1, 2, u64::MAX] {
            let seeds: HashSet<Seed> = streams.iter().map(|s| Seed(seed).stream(*s)).collect();
            assert_eq!(seeds.len(), streams.len());
        }
    }
}
