//! Makes the committed golden values again, with the Python scripts next to them.
//!
//! Building and testing never need Python, because the values are committed. This tool only shows how they were made.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::workspace;

/// Pinned Python packages, so that a second run gives the same values.
const REQUIREMENTS: &str = "xtask/golden-requirements.txt";

/// Runs each `make*.py` below a `tests/golden` folder whose path contains one of `areas` (all if there are none),
/// then shows the changes in git.
///
/// A script runs without arguments, in its own folder; those that need real data find them in `$SEMST_DATA`.
///
/// # Errors
/// No script matches, the environment cannot be made, or a script fails.
pub(crate) fn run(areas: &[String], python: Option<&Path>) -> Result<()> {
    let scripts: Vec<String> = workspace::files()?
        .into_iter()
        .map(|file| file.path)
        .filter(|path| is_golden_script(path))
        .filter(|path| areas.is_empty() || areas.iter().any(|area| path.contains(area.as_str())))
        .collect();
    ensure!(
        !scripts.is_empty(),
        "no script below a tests/golden folder matches {areas:?}"
    );

    let sh = workspace::shell()?;
    let python = match python {
        Some(python) => python.to_owned(),
        None => environment(&sh)?,
    };
    if sh.var_os("SEMST_DATA").is_none() {
        sh.set_var("SEMST_DATA", workspace::root().join("../shared/data"));
    }
    for script in &scripts {
        let path = workspace::root().join(script);
        let _folder = sh.push_dir(path.parent().context("a script lies in a folder")?);
        cmd!(sh, "{python} {path}")
            .run()
            .with_context(|| format!("{script} failed"))?;
    }
    let folders: Vec<&str> = scripts
        .iter()
        .filter_map(|script| script.rsplit_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    cmd!(sh, "git status --short -- {folders...}")
        .quiet()
        .run()?;
    Ok(())
}

fn is_golden_script(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let in_golden = path.starts_with("tests/golden/") || path.contains("/tests/golden/");
    in_golden && file.starts_with("make") && file.ends_with(".py")
}

/// A virtual environment under `target/` with the pinned packages.
fn environment(sh: &Shell) -> Result<PathBuf> {
    let folder = workspace::root().join("target/golden-venv");
    let python = folder.join("bin/python");
    if !python.exists() {
        cmd!(sh, "python3 -m venv {folder}")
            .run()
            .context("golden values need python3 with venv")?;
    }
    cmd!(
        sh,
        "{python} -m pip install --quiet --requirement {REQUIREMENTS}"
    )
    .run()?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::is_golden_script;

    #[test]
    fn scripts_lie_below_a_golden_folder() {
        assert!(is_golden_script("tests/golden/zinb/make.py"));
        assert!(is_golden_script(
            "crates/semst-preprocess/tests/golden/hvg/make_hvg.py"
        ));
        assert!(!is_golden_script("tests/golden/zinb/values.json"));
        assert!(!is_golden_script("tests/golden/neural/layers.py"));
        assert!(!is_golden_script("xtask/gene_table.py"));
    }
}
