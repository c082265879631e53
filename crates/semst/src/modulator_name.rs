//! The name of a modulator and the layers that it modulates.

use crate::Error;
use semst_training::Depth;

/// Splits `NAME` or `NAME@DEPTH`, as in `fsm@all`.
///
/// # Errors
/// [`Error::UnknownDepth`].
pub fn modulator_at(text: &str) -> Result<(&str, Depth), Error> {
    match text.split_once('@') {
        None => Ok((text, Depth::Latent)),
        Some((name, "latent")) => Ok((name, Depth::Latent)),
        Some((name, "all")) => Ok((name, Depth::All)),
        Some((name, depth)) => Err(Error::UnknownDepth {
            name: name.into(),
            depth: depth.into(),
        }),
    }
}
