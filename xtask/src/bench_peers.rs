//! Compares the training times of semst and of PyTorch versions of the same methods, in turns, with the same features, links and
//! initial weights.

mod record;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use record::{Comparison, Sample};
use xshell::{Shell, cmd};

use crate::{flags, workspace};

/// Methods, and the numbers of epochs of their authors.
const METHODS: [(&str, usize); 3] = [("semst", 100), ("stagate", 1000), ("graphst", 600)];
/// The file with the numbers of the last run.
const RECORD: &str = "docs/results/bench-peers.json";

/// Builds semst, makes an environment with PyTorch, trains on both sides in turns, and writes the ratios.
///
/// # Errors
/// The slide does not exist, the environment cannot be made, or a training fails.
pub(crate) fn run(options: &flags::BenchPeers) -> Result<()> {
    let (epochs, repeats) = (options.epochs.unwrap_or(10), options.repeats.unwrap_or(5));
    ensure!(
        epochs >= 3 && repeats > 0,
        "at least three epochs, one repeat"
    );
    let sh = workspace::shell()?;
    let python = match &options.python {
        Some(python) => python.clone(),
        None => environment(&sh)?,
    };
    let data = match sh.var_os("SEMST_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => workspace::root().join("../shared/data"),
    };
    let slide = data.join("dlpfc_151673.h5ad");
    ensure!(
        slide.exists(),
        "{} is not there: set SEMST_DATA to the folder that holds it",
        slide.display()
    );
    cmd!(sh, "cargo build --release --workspace --bin peer --locked").run()?;
    let ours = workspace::root().join("target/release/peer");
    let folder = workspace::root().join("target/peers");
    sh.create_dir(&folder)?;

    let mut comparisons = Vec::new();
    for (method, recipe_epochs) in METHODS {
        if !options.method.is_empty() && !options.method.iter().any(|m| m == method) {
            continue;
        }
        let file = folder.join(format!("{method}.safetensors"));
        let exported = cmd!(sh, "{ours} export {method} {slide} {file}").read()?;
        let script = workspace::root().join(format!("benches/peers/{method}.py"));
        let mut comparison = Comparison::new(method, recipe_epochs, &exported)?;
        for _ in 0..repeats {
            let epochs = epochs.to_string();
            let line = cmd!(sh, "{ours} train {method} {file} {epochs}").read()?;
            comparison.ours.push(Sample::read(&line)?);
            let line = python_line(&sh, &python, &script, &file, &epochs)?;
            comparison.theirs.push(Sample::read(&line)?);
            eprintln!("{}", comparison.last());
        }
        comparisons.push(comparison);
    }
    let load = sh.read_file("/proc/loadavg").unwrap_or_default();
    sh.write_file(RECORD, record::json(&comparisons, epochs, repeats, &load)?)?;
    let table = record::table(&comparisons);
    record::print(&table);
    Ok(())
}

fn python_line(
    sh: &Shell,
    python: &Path,
    script: &Path,
    file: &Path,
    epochs: &str,
) -> Result<String> {
    let line = cmd!(sh, "{python} -W ignore {script} {file} {epochs}").read();
    line.with_context(|| format!("{} failed", script.display()))
}

/// A virtual environment under `target/` with PyTorch; an existing one is used again.
fn environment(sh: &Shell) -> Result<PathBuf> {
    let folder = workspace::root().join("target/peers-venv");
    let python = folder.join("bin/python");
    if !python.exists() {
        cmd!(sh, "python3 -m venv {folder}")
            .run()
            .context("the peers need python3 with venv; or pass --python")?;
    }
    let requirements = workspace::root().join("benches/peers/requirements.txt");
    cmd!(
        sh,
        "{python} -m pip install --quiet --requirement {requirements}"
    )
    .run()?;
    Ok(python)
}
