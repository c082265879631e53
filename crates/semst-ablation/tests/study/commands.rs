//! Tests of encoders that are commands.
//!
//! Tests that need Python print a message and pass if it is missing; `SEMST_REQUIRE_PYTHON=1` makes that a failure, and
//! `SEMST_REQUIRE_TORCH=1` does the same for PyTorch. `SEMST_PYTHON` names another interpreter than `python3`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use semst::training::Flow;
use semst_ablation::{Ablation, CellRecord, Event, Listener, Quiet, Role, Selection};

use super::{Desk, Outcome, scores};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/external");

/// The interpreter, if it can import some modules.
fn python(modules: &str, required: &str) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let name = std::env::var("SEMST_PYTHON").unwrap_or_else(|_| "python3".into());
    let tried = Command::new(&name)
        .args(["-c", &format!("import {modules}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if tried.is_ok_and(|status| status.success()) {
        return Ok(Some(name));
    }
    if std::env::var_os(required).is_some_and(|v| v == "1") {
        return Err(format!("{required}=1, but `{name}` cannot import {modules}").into());
    }
    eprintln!("skipped: `{name}` cannot import {modules}");
    Ok(None)
}

/// A plan of one head and external rows.
fn desk(seeds: usize, rows: &str) -> Result<Desk, Box<dyn std::error::Error>> {
    Desk::new(&format!(
        "floors = [\"pca\"]\nseeds = {seeds}\nheads = [\"kmeans\"]\nbaseline = {{ encoder = \"own\" }}\n{rows}"
    ))
}

fn row(name: &str, settings: &str) -> String {
    format!("[[external]]\nname = \"{name}\"\n{settings}\n")
}

fn of<'r>(records: &'r [CellRecord], encoder: &str) -> Vec<&'r CellRecord> {
    let own = records.iter().filter(|r| r.method.encoder == encoder);
    own.collect()
}

fn check_row(records: &[CellRecord], name: &str, seeds: usize) {
    let rows = of(records, name);
    assert_eq!(rows.len(), seeds);
    for record in rows {
        assert_eq!(record.error, None);
        assert_eq!(
            (record.method.role, record.scored),
            (Role::Method, Some(160))
        );
        assert!(record.scores.get("ARI").is_some_and(|ari| ari.is_finite()));
        assert!(record.costs.seconds_embed > 0.0);
        if cfg!(target_os = "linux") {
            let peak = record.costs.peak_mib.unwrap_or(0.0);
            assert!(peak > 1.0, "{name} took {peak} MiB");
        }
    }
}

#[test]
fn a_python_script_is_a_method() -> Outcome {
    let Some(python) = python("zipfile", "SEMST_REQUIRE_PYTHON")? else {
        return Ok(());
    };
    let settings = format!(
        "command = [\"{python}\", \"smooth.py\"]\noutput = \"csv\"\ntimeout = 300\n\
         spatial_graph = {{ graph = \"knn\", k = 4 }}\nkeep = \"kept\""
    );
    let desk = desk(2, &row("own", &settings))?;
    let script = desk.root.join("smooth.py");
    std::fs::copy(Path::new(EXAMPLES).join("smooth.py"), &script)?;
    let text = std::fs::read_to_string(&script)?;
    // It gets the seed as a third argument.
    let text = text.replace(
        "def main(source, target):",
        "def main(source, target, seed):",
    );
    std::fs::write(&script, &text)?;

    let study = desk.open()?;
    study.run(&Selection::default(), &mut Quiet)?;
    let records = study.records();
    check_row(&records, "own", 2);
    let rows = of(&records, "own");
    assert_ne!(rows[0].hash, rows[1].hash);
    assert!(desk.root.join("kept/sim_1/input.npz").is_file());
    study.write_tables()?;
    let table = std::fs::read_to_string(study.output().join("table.md"))?;
    for part in [
        "| own | - | - | method |",
        "against encoder own",
        "| pca | none | - | floor |",
    ] {
        assert!(table.contains(part), "no `{part}` in\n{table}");
    }

    // Nothing is left to do until the script changes; in another folder the numbers are the same.
    assert_eq!(study.run(&Selection::default(), &mut Quiet)?.computed, 0);
    let again = desk
        .open()?
        .with_output(desk.root.join("again"))
        .with_jobs(2);
    again.run(&Selection::default(), &mut Quiet)?;
    assert_eq!(scores(&again.records()), scores(&records));
    std::fs::write(&script, text + "# changed\n")?;
    assert_eq!(
        desk.open()?
            .run(&Selection::default(), &mut Quiet)?
            .computed,
        2
    );
    Ok(())
}

#[test]
fn a_graph_auto_encoder_in_pytorch_is_a_method() -> Outcome {
    let Some(python) = python("torch, numpy", "SEMST_REQUIRE_TORCH")? else {
        return Ok(());
    };
    let settings = format!("command = [\"{python}\", \"{EXAMPLES}/gae.py\"]\nlike = \"stagate\"");
    let desk = desk(1, &row("own", &settings))?;
    let study = desk.open()?;
    study.run(&Selection::default(), &mut Quiet)?;
    let records = study.records();
    check_row(&records, "own", 1);
    let again = desk.open()?.with_output(desk.root.join("again"));
    again.run(&Selection::default(), &mut Quiet)?;
    assert_eq!(scores(&again.records()), scores(&records));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_a_record() -> Outcome {
    let rows = [
        (
            "own",
            "command = ['sh', '-c', 'echo first >&2; echo \"  so broken\" >&2; exit 3']",
        ),
        ("late", "command = ['sh', '-c', 'sleep 60']\ntimeout = 0.2"),
        ("silent", "command = 'true'"),
        ("killed", "command = ['sh', '-c', 'kill -9 $$']"),
        ("nowhere", "command = './no-such-program'"),
        (
            "short",
            "command = ['sh', '-c', 'printf \"a,1\\nb,2\\n\" > \"$1\"', 'sh', '{output}', '{input}']\noutput = 'csv'",
        ),
        (
            "gaps",
            "command = ['sh', '-c', 'cp gaps.csv \"$1\"', 'sh', '{output}', '{input}']\noutput = 'csv'",
        ),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, settings)| row(name, settings))
        .collect();
    let desk = desk(1, &rows)?;
    // The last spot but one has no numbers, and the last has no row.
    let text = std::fs::read_to_string(desk.root.join("peer.csv"))?;
    let mut lines: Vec<&str> = text.lines().collect();
    let lost = format!("{},nan,nan", lines[1].split(',').next().unwrap_or_default());
    lines[1] = &lost;
    std::fs::write(desk.root.join("gaps.csv"), lines.join("\n"))?;

    let study = desk.open()?;
    let started = Instant::now();
    study.run(&Selection::default(), &mut Quiet)?;
    assert!(started.elapsed() < Duration::from_secs(50));
    let records = study.records();
    for (name, part) in [
        (
            "own",
            "the command ended with exit code 3: first | so broken",
        ),
        ("late", "the command was ended after its timeout of 0.2 s"),
        ("silent", "the command wrote no output"),
        ("killed", "the command was ended by signal 9"),
        ("nowhere", "no-such-program` cannot be started"),
        ("short", "none of its barcodes belongs to a spot"),
    ] {
        let error = of(&records, name)[0].error.clone().unwrap_or_default();
        assert!(error.contains(part), "{name}: {error}");
    }
    let gaps = of(&records, "gaps")[0];
    assert_eq!((&gaps.error, gaps.scored), (&None, Some(158)));
    Ok(())
}

/// Stops as soon as a command runs.
struct Hasty(bool);

impl Listener for Hasty {
    fn event(&mut self, event: Event<'_>) -> Flow {
        self.0 |= matches!(event, Event::Begin { method, .. } if method.encoder == "own");
        match event {
            Event::Pulse if self.0 => Flow::Stop,
            _ => Flow::Continue,
        }
    }
}

#[cfg(unix)]
#[test]
fn a_stopped_run_ends_its_command() -> Outcome {
    let desk = desk(
        1,
        &row("own", "command = ['sh', '-c', 'sleep 60; echo late']"),
    )?;
    let study: Ablation = desk.open()?;
    let started = Instant::now();
    let outcome = study.run(&Selection::default(), &mut Hasty(false))?;
    assert!(started.elapsed() < Duration::from_secs(50));
    assert!(outcome.stopped);
    // The floor is on disk; the command that was ended left no record.
    assert_eq!((outcome.computed, study.records().len()), (1, 1));
    Ok(())
}
