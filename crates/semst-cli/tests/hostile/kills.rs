//! Kills, full disks and two programs in one folder: the results are one whole set, the old or the new one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::attempt::{Ended, begin, start};
use super::bases::{GoodSlide, quick_run};
use super::campaign::{Try, campaign};
use super::dice::Dice;
use crate::binary::{Outcome, contents, names};

/// The signals that are sent: each name with its number.
const SIGNALS: [(&str, i32); 3] = [("KILL", 9), ("TERM", 15), ("INT", 2)];

/// Every visible file of a folder with its bytes.
type Files = Vec<(String, Vec<u8>)>;

/// The results of two runs that differ, and the time of one.
struct Sets {
    good: GoodSlide,
    /// What lies in the folder before.
    old: Files,
    new: Files,
    run: Duration,
}

impl Sets {
    fn new() -> Outcome<Self> {
        let good = GoodSlide::new()?;
        let folder = tempfile::tempdir()?;
        let of = |name: &str, domains: &str| -> Outcome<Files> {
            let out = folder.path().join(name);
            let ended = start(&args(&good, &out.display().to_string(), domains), &[])?;
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            visible(&out)
        };
        let old = of("old", "3")?;
        let begin = Instant::now();
        let new = of("new", "2")?;
        let run = begin.elapsed();
        assert!(old.len() == new.len() && old != new);
        Ok(Self {
            good,
            old,
            new,
            run,
        })
    }

    /// A folder with the old results.
    fn prepare(&self, folder: &Path) -> Outcome<String> {
        let out = folder.join("out");
        std::fs::create_dir(&out)?;
        for (name, bytes) in &self.old {
            std::fs::write(out.join(name), bytes)?;
        }
        Ok(out.display().to_string())
    }

    /// What is wrong with the files in a folder.
    fn mixture(&self, out: &str, when: &str) -> Outcome<Option<String>> {
        let files = visible(out.as_ref())?;
        let whole = files == self.old || files == self.new;
        Ok((!whole).then(|| {
            format!(
                "{when}: neither the old set nor the new one: {}",
                self.origins(&files)
            )
        }))
    }

    fn origins(&self, files: &Files) -> String {
        let origin = |file: &(String, Vec<u8>)| match () {
            () if self.old.contains(file) => "old",
            () if self.new.contains(file) => "new",
            () => "other",
        };
        let all: Vec<String> = files
            .iter()
            .map(|f| format!("{} {}", f.0, origin(f)))
            .collect();
        all.join(", ")
    }
}

/// The arguments of the quickest run for so many domains.
fn args<'a>(good: &'a GoodSlide, out: &'a str, domains: &'a str) -> Vec<&'a str> {
    let mut args = quick_run(&good.path, out);
    if let Some(at) = args.iter().position(|a| *a == "--domains") {
        args[at + 1] = domains;
    }
    args
}

fn visible(folder: &Path) -> Outcome<Files> {
    let mut files = contents_of_files(folder)?;
    files.retain(|(name, _)| !name.starts_with('.'));
    Ok(files)
}

/// As [`contents`], where hidden folders may lie.
fn contents_of_files(folder: &Path) -> Outcome<Files> {
    match names(folder).iter().any(|name| name.starts_with('.')) {
        false => contents(folder),
        true => {
            let files = names(folder)
                .into_iter()
                .filter(|n| folder.join(n).is_file());
            files
                .map(|name| Ok((name.clone(), std::fs::read(folder.join(&name))?)))
                .collect()
        }
    }
}

#[test]
fn killed_runs_leave_one_set() -> Outcome {
    let sets = Sets::new()?;
    campaign("kills", 30, |dice, folder| {
        let out = sets.prepare(folder)?;
        let (name, number) = *dice.pick(&SIGNALS);
        let running = begin(&args(&sets.good, &out, "2"), &[], "")?;
        wait(dice, sets.run, out.as_ref());
        running.signal(name);
        let killed = running.end()?;
        let mut fault = killed.fault_but(&[number], sets.good.bytes);
        if number != 9 {
            let left = hidden(out.as_ref());
            let some = (!left.is_empty()).then(|| format!("after {name} {left:?} is left"));
            fault = fault.or(some);
        }
        // The next program that looks at the results completes a set that was complete.
        let result = format!("{out}/slide.h5ad");
        let looked = start(&["evaluate", &result, "--truth", "band"], &[])?;
        fault = fault.or(looked.fault(sets.good.bytes));
        fault = fault.or(sets.mixture(&out, &format!("after {name}"))?);
        // The same run again gives the same bits.
        let again = start(&args(&sets.good, &out, "2"), &[])?;
        fault = fault.or(succeeded(&again, sets.good.bytes));
        let differs = visible(out.as_ref())? != sets.new;
        let fault = fault.or(differs.then(|| "the run after the kill gives other bits".into()));
        Ok(Try {
            refused: false,
            fault,
        })
    })
}

#[test]
fn full_disks_leave_the_old_set() -> Outcome {
    let sets = Sets::new()?;
    let largest = sets.new.iter().map(|(_, bytes)| bytes.len()).max();
    let blocks = largest.unwrap_or(0) / 512 + 20;
    campaign("full disks", 80, |dice, folder| {
        let out = sets.prepare(folder)?;
        let limit = format!("ulimit -f {}; trap '' XFSZ", dice.below(blocks));
        let ended = begin(&args(&sets.good, &out, "2"), &[], &limit)?.end()?;
        let files = visible(out.as_ref())?;
        let left = hidden(out.as_ref());
        let fault = match ended.code {
            Some(0) if files != sets.new => Some("succeeded without its files".to_owned()),
            Some(2) if files != sets.old => Some("failed and changed the old set".into()),
            _ if !left.is_empty() => Some(format!("{left:?} is left")),
            _ => None,
        };
        Ok(Try::of(&ended, sets.good.bytes).or_fault(fault))
    })
}

#[test]
fn two_runs_in_one_folder_leave_one_set() -> Outcome {
    let sets = Sets::new()?;
    campaign("doubled runs", 20, |dice, folder| {
        let out = sets.prepare(folder)?;
        let first = begin(&args(&sets.good, &out, "2"), &[], "")?;
        std::thread::sleep(sets.run.mul_f64(dice.below(100) as f64 / 100.0));
        let second = begin(&args(&sets.good, &out, "3"), &[], "")?;
        let (first, second) = (first.end()?, second.end()?);
        let mixed = sets.mixture(&out, "after two runs")?;
        let left = hidden(out.as_ref());
        let left = (!left.is_empty()).then(|| format!("{left:?} is left"));
        let faults = first.fault(sets.good.bytes).or(mixed).or(left);
        Ok(Try::of(&second, sets.good.bytes).or_fault(faults))
    })
}

/// A plan of eight cells.
const PLAN: &str = "name = \"study\"\nencoders = [\"pca\", \"diffusion\"]\nmodulators = [\"none\"]\nseeds = 2\n\
    heads = [\"kmeans\", \"gmm\"]\n[[datasets]]\npath = \"slide.h5ad\"\ntruth = \"band\"\n";

#[test]
fn killed_ablations_lose_and_change_no_cell() -> Outcome {
    let good = GoodSlide::new()?;
    let folder = tempfile::tempdir()?;
    std::fs::copy(&good.path, folder.path().join("slide.h5ad"))?;
    let plan = folder.path().join("plan.toml");
    std::fs::write(&plan, PLAN)?;
    let plan = plan.display().to_string();
    let study = |out: &Path| -> Vec<String> {
        ["ablate", &plan, "-q", "-o", &out.display().to_string()]
            .map(String::from)
            .to_vec()
    };
    let whole = folder.path().join("whole");
    let begun = Instant::now();
    let ended = start(&strs(&study(&whole)), &[])?;
    let duration = begun.elapsed();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let right = scores(&whole)?;
    assert_eq!(right.len(), 8);
    campaign("killed ablations", 20, |dice, folder| {
        let out = folder.join("out");
        let (name, number) = *dice.pick(&SIGNALS);
        let arguments = study(&out);
        let running = begin(&strs(&arguments), &[], "")?;
        wait(dice, duration, &out);
        running.signal(name);
        let killed = running.end()?;
        let fault = killed.fault_but(&[number], good.bytes);
        let before = cells(&out)?;
        let again = start(&strs(&arguments), &[])?;
        let fault = fault.or(succeeded(&again, good.bytes));
        let after = cells(&out)?;
        let changed = before
            .iter()
            .any(|(name, bytes)| after.get(name) != Some(bytes));
        let fault = fault.or(changed.then(|| "a finished cell changed".into()));
        let differs = scores(&out)? != right;
        let fault = fault.or(differs.then(|| "cells were lost, doubled or changed".into()));
        Ok(Try {
            refused: false,
            fault,
        })
    })
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

/// Lets the program work for a while: up to its end, or to the moment when it writes.
fn wait(dice: &mut Dice, whole: Duration, out: &Path) {
    let part = whole.mul_f64(dice.below(1100) as f64 / 1000.0);
    if dice.one_in(2) {
        return std::thread::sleep(part);
    }
    let begin = Instant::now();
    while begin.elapsed() < whole {
        let filled = hidden(out).iter().any(|h| !names(&out.join(h)).is_empty());
        if filled {
            break;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(Duration::from_micros(dice.below(30_000) as u64));
}

/// Names of hidden files and folders.
fn hidden(folder: &Path) -> Vec<String> {
    let mut names = names(folder);
    names.retain(|name| name.starts_with('.'));
    names
}

fn succeeded(ended: &Ended, input: u64) -> Option<String> {
    let refused = || (ended.code != Some(0)).then(|| format!("refused: {}", ended.stderr));
    ended.fault(input).or_else(refused)
}

/// The files of finished cells; a hidden one is unfinished.
fn cells(out: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let cells = out.join("cells");
    match cells.is_dir() {
        true => Ok(visible(&cells)?.into_iter().collect()),
        false => Ok(BTreeMap::new()),
    }
}

/// For each cell what does not depend on the machine.
fn scores(out: &Path) -> Outcome<BTreeMap<String, Value>> {
    let mut scores = BTreeMap::new();
    for (name, bytes) in cells(out)? {
        let mut cell: Value = serde_json::from_slice(&bytes)?;
        if let Some(fields) = cell.as_object_mut() {
            fields.retain(|key, _| {
                ["hash", "method", "seed", "head", "scores", "found"].contains(&key.as_str())
            });
        }
        scores.insert(name, cell);
    }
    Ok(scores)
}
