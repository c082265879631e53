//! What `--version` prints.

use std::sync::LazyLock;

/// The version, the commit where it is known, and the features of this build.
pub(crate) fn version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let features = match semst::features() {
            features if features.is_empty() => "none".into(),
            features => features.join(", "),
        };
        let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("SEMST_COMMIT"));
        format!("{version} (commit {commit}; features {features})")
    });
    &TEXT
}
