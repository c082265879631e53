//! Runs the hostile suite of the command line (`crates/semst-cli/tests/hostile`) for a given time.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use xshell::cmd;

use crate::flags::Attack;
use crate::workspace;

/// Seconds in all, if the caller names none.
const SECONDS: u64 = 3600;

/// Shares the time between the campaigns, which print their counts.
///
/// The build is that of the gate. A seed that is not given is drawn from the clock, and printed.
///
/// # Errors
/// A campaign found a fault; its output says how to repeat the try.
pub(crate) fn run(options: &Attack) -> Result<()> {
    let sh = workspace::shell()?;
    let seed = match options.seed {
        Some(seed) => seed,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    let listed = cmd!(
        sh,
        "cargo test --release --workspace --test cli --locked -- hostile --list"
    )
    .read()?;
    let campaigns = listed.lines().filter(|l| l.ends_with(": test")).count() as u64;
    ensure!(campaigns > 0, "the test `cli` has no campaign");
    let threads = std::thread::available_parallelism()?.get() as u64;
    let each = share(options.seconds.unwrap_or(SECONDS), campaigns, threads);
    eprintln!("attack: seed {seed}, {campaigns} campaigns of {each} s each, {threads} at a time");
    sh.set_var("SEMST_ATTACK_SEED", seed.to_string());
    sh.set_var("SEMST_ATTACK_SECONDS", each.to_string());
    let threads = threads.to_string();
    cmd!(
        sh,
        "cargo test --release --workspace --test cli --locked -- hostile --test-threads {threads}"
    )
    .run()
    .with_context(|| format!("the attack with seed {seed} found faults"))
}

/// Seconds of one campaign.
fn share(seconds: u64, campaigns: u64, threads: u64) -> u64 {
    let at_a_time = threads.clamp(1, campaigns.max(1));
    (seconds * at_a_time / campaigns.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn campaigns_share_the_time() {
        assert_eq!(share(3600, 12, 2), 600);
        assert_eq!(share(3600, 2, 8), 3600);
        assert_eq!(share(1, 12, 1), 1);
    }
}
