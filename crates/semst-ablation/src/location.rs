//! Resolves the paths of a plan.

use std::path::{Path, PathBuf};

const DATA: &str = "$SEMST_DATA";

/// A path in a plan: `$SEMST_DATA` is the variable, else the nearest `shared/data` next to a folder above the
/// plan; relative paths are relative to the plan.
pub(crate) fn resolve(folder: &Path, path: &Path) -> PathBuf {
    let expanded = match path.strip_prefix(DATA) {
        Ok(rest) => data_folder(folder).join(rest),
        Err(_) => path.to_path_buf(),
    };
    if expanded.is_absolute() {
        expanded
    } else {
        folder.join(expanded)
    }
}

/// The folder of the development data.
fn data_folder(folder: &Path) -> PathBuf {
    if let Some(set) = std::env::var_os("SEMST_DATA").filter(|v| !v.is_empty()) {
        return std::path::absolute(&set).unwrap_or_else(|_| set.into());
    }
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let next_to = folder
        .ancestors()
        .map(|above| above.join("shared").join("data"));
    next_to
        .into_iter()
        .find(|data| data.is_dir())
        // The error message of the reader then contains the name of the variable.
        .unwrap_or_else(|| PathBuf::from(DATA))
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use std::path::Path;

    #[test]
    fn paths_are_relative_to_the_plan() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let plans = root.path().join("repo/plans");
        std::fs::create_dir_all(&plans)?;
        assert_eq!(resolve(&plans, Path::new("a.h5ad")), plans.join("a.h5ad"));
        assert_eq!(
            resolve(&plans, Path::new("/x/a.h5ad")),
            Path::new("/x/a.h5ad")
        );
        if std::env::var_os("SEMST_DATA").is_none() {
            let data = root.path().join("shared/data");
            std::fs::create_dir_all(&data)?;
            let found = resolve(&plans, Path::new("$SEMST_DATA/a.h5ad"));
            assert_eq!(found, data.join("a.h5ad"));
        }
        Ok(())
    }
}
