//! A further phase of training.

/// What an encoder needs to enter its next phase of training ([`crate::Encoder::next_phase`]).
///
/// A phase starts with k-means centres of the embedding at the end of the phase before, as in deep embedded clustering.
/// It is as long as the first phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// Number of cluster centres.
    pub n_centres: usize,
}
