//! The errors of an interpretation.

use thiserror::Error;

/// Every error of this crate; each variant carries the evidence.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InterpretError {
    /// Two parts that belong to the same spots, genes or axes have different lengths.
    #[error("{what}: expected {expected}, got {got}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// The length requested.
        expected: usize,
        /// The length found.
        got: usize,
    },
    /// There is only one domain, so there is nothing to compare it with.
    #[error("{domains} domains cannot be compared: an interpretation needs at least 2")]
    TooFewDomains {
        /// Domains that have spots.
        domains: usize,
    },
    /// A value of the modulation, or of its gradient with respect to the genes, is not finite.
    #[error(
        "the {what} of spot {spot} is not finite: the training has diverged, or the semantics contain a value that is not a number"
    )]
    NotFinite {
        /// Which number.
        what: &'static str,
        /// The spot, from 0.
        spot: usize,
    },
    /// A setting is out of its bounds.
    #[error("{field} is {value}, but must be {bound}")]
    Config {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: usize,
        /// What is allowed.
        bound: &'static str,
    },
}
