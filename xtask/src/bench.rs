//! Runs the criterion benches of `semst-benches`.

use anyhow::Result;
use xshell::cmd;

use crate::workspace;

/// Runs the benches whose name contains `filter`, or all of them.
///
/// They use the release profile, like all other builds, so nothing is built twice.
pub(crate) fn run(filter: Option<&str>) -> Result<()> {
    let sh = workspace::shell()?;
    cmd!(
        sh,
        "cargo bench --profile release --package semst-benches --locked -- {filter...}"
    )
    .run()?;
    Ok(())
}
