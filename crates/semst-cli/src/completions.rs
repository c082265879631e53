//! `semst completions`: a script for a shell.

use crate::args;
use semst::Plugins;
use std::io::Write;

pub(crate) fn main<P: Plugins>(shell: clap_complete::Shell) -> anyhow::Result<()> {
    // Into memory first: the generator panics where its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command::<P>(), "semst", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
