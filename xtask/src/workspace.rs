//! The root of the workspace, and its files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use xshell::{Shell, cmd};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies below the root")
}

/// A shell whose current folder is the root of the workspace.
pub(crate) fn shell() -> Result<Shell> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    Ok(sh)
}

/// The folder of build outputs.
///
/// # Errors
/// As [`metadata`].
pub(crate) fn target() -> Result<PathBuf> {
    Ok(metadata()?.target_directory)
}

/// The packages of the workspace and all their dependencies, as resolved by cargo for this kind of machine.
///
/// # Errors
/// `Cargo.lock` is not up to date, or a manifest is wrong.
pub(crate) fn metadata() -> Result<Metadata> {
    let sh = shell()?;
    let json = cmd!(
        sh,
        "cargo metadata --format-version 1 --locked --filter-platform host-tuple"
    )
    .quiet()
    .read()?;
    serde_json::from_str(&json).context("`cargo metadata` answers in another form")
}

/// The used parts of the output of `cargo metadata`.
///
/// The crate `cargo_metadata` would read all of it, and enable a feature of serde_json in burn.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) resolve: Resolve,
    target_directory: PathBuf,
}

/// A package: one of the workspace, or a dependency.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) id: String,
}

/// The packages that cargo has resolved.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

/// A package by its id, and its dependencies.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<NodeDependency>,
}

/// One dependency, for one or several purposes.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NodeDependency {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<Purpose>,
}

/// `None` for the library itself, else `dev` or `build`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Purpose {
    pub(crate) kind: Option<String>,
}

/// A file of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceFile {
    /// Path from the root, with forward slashes.
    pub(crate) path: String,
    /// Whether git tracks it; `false` for new files that are not ignored.
    pub(crate) tracked: bool,
}

impl WorkspaceFile {
    /// The path of the file on this machine.
    pub(crate) fn absolute(&self) -> PathBuf {
        root().join(&self.path)
    }

    /// The text, or `None` if the file is not UTF-8.
    pub(crate) fn text(&self) -> Result<Option<String>> {
        let path = self.absolute();
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(String::from_utf8(bytes).ok())
    }
}

/// Every file that git tracks or would add; in a source archive without git, every file outside `target`.
///
/// Sorted by path.
pub(crate) fn files() -> Result<Vec<WorkspaceFile>> {
    let sh = shell()?;
    let tracked = cmd!(sh, "git ls-files --cached -z")
        .quiet()
        .ignore_stderr()
        .read();
    let mut files = match tracked {
        Ok(tracked) => {
            let new = cmd!(sh, "git ls-files --others --exclude-standard -z")
                .quiet()
                .read()?;
            let listed = |list: String, tracked| {
                list.split('\0')
                    .filter(|path| !path.is_empty())
                    .map(|path| WorkspaceFile {
                        path: path.to_owned(),
                        tracked,
                    })
                    .collect::<Vec<_>>()
            };
            let mut files = listed(tracked, true);
            files.extend(listed(new, false));
            files.retain(|file| file.absolute().is_file());
            files
        }
        Err(_) => {
            let mut files = Vec::new();
            walk(root(), &mut files)?;
            files
        }
    };
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<WorkspaceFile>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "out" | ".git" | "__pycache__") {
                walk(&path, files)?;
            }
        } else {
            let path = path
                .strip_prefix(root())?
                .to_string_lossy()
                .replace('\\', "/");
            files.push(WorkspaceFile {
                path,
                tracked: true,
            });
        }
    }
    Ok(())
}
