//! The development data, where they are there (the twin of `semst_tests::data`).

use std::path::PathBuf;

/// A development file or folder; `None` with a line that says so where it is missing.
///
/// # Panics
/// When it is missing and `SEMST_REQUIRE_DATA=1` asks for it.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("SEMST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = home.join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
    assert!(
        !required,
        "{} is not there, and SEMST_REQUIRE_DATA=1",
        path.display()
    );
    eprintln!("skipped: {} is not there (set SEMST_DATA)", path.display());
    None
}

/// The folder of inputs that once failed; `None` with a line that says so where it is missing.
pub(crate) fn faults() -> Option<PathBuf> {
    data("../faults")
}
