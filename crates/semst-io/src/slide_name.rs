//! The name of a slide.

use std::path::{Path, PathBuf};

/// A short name for a file or folder: its stem, or the parent folder if it is called `outs`.
pub(crate) fn short_name(path: &Path) -> String {
    let full: PathBuf = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let named = match full.file_name() {
        Some(name) if name == "outs" => full.parent().unwrap_or(&full),
        _ => &full,
    };
    let stem = if full.is_dir() {
        named.file_name()
    } else {
        named.file_stem()
    };
    stem.map_or_else(
        || "slide".into(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
