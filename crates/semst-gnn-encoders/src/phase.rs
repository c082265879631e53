//! A further phase of training.

/// What an encoder needs to enter its next phase of training ([`crate::Encoder::next_phase`]).
///
/// A phase starts from k-means centres of the embedding that the phase before it left, as deep embedded clustering does.
/// It is as long as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// Number of cluster centres.
    pub n_centres: usize,
}
