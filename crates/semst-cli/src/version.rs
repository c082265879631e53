//! What `--version` prints.

/// The version, the commit where it is known, and the features of this build.
pub(crate) const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("SEMST_COMMIT"),
    "; features ",
    env!("SEMST_FEATURES"),
    ")"
);
