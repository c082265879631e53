//! Many tries of one kind.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::attempt::Ended;
use super::dice::Dice;
use crate::binary::Outcome;

/// Failures that are described.
const SHOWN: usize = 12;

/// What a try did: how the binary ended, and the fault in it if there is one.
pub(crate) struct Try {
    pub(crate) refused: bool,
    pub(crate) fault: Option<String>,
}

impl Try {
    /// Judges the end of the binary after an input of so many bytes.
    pub(crate) fn of(ended: &Ended, input_bytes: u64) -> Self {
        Self {
            refused: ended.is_refusal(),
            fault: ended.fault(input_bytes),
        }
    }

    /// The same with a fault that was seen elsewhere, unless there is one already.
    pub(crate) fn or_fault(mut self, fault: Option<String>) -> Self {
        self.fault = self.fault.or(fault);
        self
    }
}

/// What the environment says about all campaigns.
struct Settings {
    seed: u64,
    seconds: Option<Duration>,
    only: Option<(String, u64)>,
}

impl Settings {
    fn of_environment() -> Outcome<Self> {
        let number = |key: &str| -> Outcome<Option<u64>> {
            Ok(std::env::var(key).ok().map(|v| v.parse()).transpose()?)
        };
        let only = match std::env::var("SEMST_ATTACK_ONLY") {
            Ok(text) => {
                let (name, number) = text
                    .rsplit_once(':')
                    .ok_or("SEMST_ATTACK_ONLY is CAMPAIGN:NUMBER")?;
                Some((name.to_owned(), number.parse()?))
            }
            Err(_) => None,
        };
        Ok(Self {
            seed: number("SEMST_ATTACK_SEED")?.unwrap_or(1),
            seconds: number("SEMST_ATTACK_SECONDS")?.map(Duration::from_secs),
            only,
        })
    }
}

/// Tries `one` so many times (or as the environment says), each in a folder of its own, and prints the counts.
///
/// # Panics
/// When a try has a fault, with the numbers of the tries.
pub(crate) fn campaign(
    name: &str,
    tries: u64,
    one: impl Fn(&mut Dice, &Path) -> Outcome<Try>,
) -> Outcome {
    let settings = Settings::of_environment()?;
    let seed = settings.seed;
    let only = match settings.only {
        Some((other, _)) if other != name => return Ok(()),
        only => only.map(|(_, number)| number),
    };
    let start = Instant::now();
    let (mut done, mut refused, mut faults) = (0, 0, Vec::new());
    for at in only.unwrap_or(0).. {
        let folder = tempfile::tempdir()?;
        let tried = one(&mut Dice::new(seed, name, at), folder.path())
            .map_err(|error| format!("{name}:{at} (seed {seed}) could not be tried: {error}"))?;
        done += 1;
        refused += u64::from(tried.refused);
        if let Some(fault) = tried.fault {
            faults.push(format!("{name}:{at} (seed {seed}): {fault}"));
        }
        if only.is_some() {
            let kept = folder.keep();
            say(&format!(
                "hostile: the files of {name}:{at} are in {}",
                kept.display()
            ));
            break;
        }
        let is_last = match settings.seconds {
            Some(limit) => start.elapsed() >= limit,
            None => at + 1 >= tries,
        };
        if is_last {
            break;
        }
    }
    say(&format!(
        "hostile: {name}: {done} tries, {refused} refused, {} accepted, {} faults, {:.0} s",
        done - refused,
        faults.len(),
        start.elapsed().as_secs_f64()
    ));
    let shown = faults[..faults.len().min(SHOWN)].join("\n");
    assert!(
        faults.is_empty(),
        "{} faults; to repeat one: SEMST_ATTACK_SEED={seed} SEMST_ATTACK_ONLY={name}:NUMBER \
         cargo test --release --workspace --test cli -- hostile\n{shown}",
        faults.len()
    );
    Ok(())
}

/// Prints past the capture of the test harness: the counts are part of the gate's output.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
