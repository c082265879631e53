//! Faults that were found in the hands of users, each with its whole kind.

use std::path::{Path, PathBuf};

mod axes;
mod bools;
mod drawable;
mod encodings;
mod frames;
mod joins;
mod links;
mod missing_labels;
mod numbers;
mod pictures;
mod thousands;

/// An input of `shared/faults`, or `None` with a line that says so.
fn fault(name: &str) -> Option<PathBuf> {
    let homes = [
        std::env::var_os("SEMST_DATA").map(|data| Path::new(&data).join("../faults")),
        Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/faults").into()),
    ];
    let found = homes.into_iter().flatten().map(|home| home.join(name));
    if let Some(path) = found.into_iter().find(|path| path.exists()) {
        return Some(path);
    }
    let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
    assert!(
        !required,
        "faults/{name} is not there, and SEMST_REQUIRE_DATA=1"
    );
    eprintln!("skipped: faults/{name} is not there (set SEMST_DATA)");
    None
}

/// A file next to the script that made it.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/io")
        .join(name)
}

/// What an error says; it is one line and blames no damage.
#[track_caller]
fn said<T>(result: Result<T, semst_io::IoError>) -> String {
    let text = result.err().map(|error| error.to_string());
    let text = text.unwrap_or_default();
    assert!(!text.is_empty(), "no error");
    assert!(
        !text.contains('\n') && !text.contains("truncated or damaged"),
        "{text}"
    );
    text
}
