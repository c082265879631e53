//! `semst ablate`: a plan goes in, tables come out.

use crate::args::AblateArgs;
use crate::progress::Progress;
use crate::shown;
use anyhow::{Result, ensure};
use semst::training::{EpochEnd, Flow};
use semst::{Plugins, Watch};
use semst_ablation::{Ablation, CellRecord, Estimate, Event, Listener, Selection};
use serde_json::json;
use std::io::Write;

pub(crate) fn main<P: Plugins>(args: &AblateArgs) -> Result<()> {
    let mut listener = ProgressListener(Progress::new(&args.log));
    let mut study = Ablation::<P>::read(&args.plan, &mut listener)?;
    if let Some(folder) = &args.output {
        study = study.with_output(folder);
    }
    if let Some(jobs) = args.jobs {
        study = study.with_jobs(jobs);
    }
    let selection = Selection {
        only: args.only.clone(),
        retry: args.retry,
    };
    let no_tests = study.no_tests();
    if args.dry_run {
        let mut text = estimate_text(&study.estimate(&selection));
        if let Some(reason) = no_tests {
            text += &format!("\n{reason}");
        }
        drop(listener);
        writeln!(std::io::stdout(), "{}", shown::lines(&text))?;
        return Ok(());
    }
    if let Some(reason) = no_tests {
        listener.0.say(&reason, json!({ "no_tests": reason }));
    }
    let mut all_failed = false;
    if !args.tables {
        let outcome = study.run(&selection, &mut listener)?;
        let text = format!(
            "{} cells in {}, {} of them failed",
            outcome.computed,
            duration(listener.0.seconds()),
            outcome.failed
        );
        let fields = json!({ "computed": outcome.computed, "failed": outcome.failed });
        listener.0.say(&text, fields);
        // A plan that failed before fails again, without anything to compute.
        let records = study.records();
        all_failed = outcome.computed > 0 && outcome.failed == outcome.computed
            || !records.is_empty() && records.iter().all(|record| record.error.is_some());
    }
    listener.0.step("writing the tables");
    let written = study.write_tables()?;
    let text = format!(
        "wrote {} files to {}",
        written.len(),
        study.output().display()
    );
    listener.0.say(&text, json!({ "written": written }));
    ensure!(
        !all_failed,
        "every cell failed: table.md in {} lists the reasons; run them again with --retry",
        study.output().display()
    );
    Ok(())
}

/// Reports an ablation as a run is reported.
struct ProgressListener(Progress);

impl Listener for ProgressListener {
    fn event(&mut self, event: Event<'_>) -> Flow {
        match event {
            Event::Reading { dataset } => {
                let text = format!("reading {dataset}");
                self.0
                    .say(&text, json!({ "stage": "read", "dataset": dataset }));
                self.0.step(&text);
            }
            Event::Joined { dataset, join } => {
                let text = format!("{dataset}: {}", join.sentence());
                self.0
                    .say(&text, json!({ "dataset": dataset, "join": join }));
            }
            Event::Planned {
                cells,
                finished,
                seconds,
            } => {
                let text = format!(
                    "{cells} cells to compute, {finished} on disk, about {}",
                    duration(seconds)
                );
                let fields = json!({ "cells": cells, "finished": finished, "estimate": seconds });
                self.0.say(&text, fields);
            }
            Event::Begin {
                number,
                of,
                dataset,
                method,
                seed,
                left,
            } => {
                let text = format!(
                    "[{number}/{of}] {dataset}, {method}, seed {seed}; about {} left",
                    duration(left)
                );
                let fields = json!({
                    "training": number, "of": of, "dataset": dataset, "method": method, "seed": seed, "left": left,
                });
                self.0.begin_training(&text, fields);
            }
            Event::Stage(stage) => self.0.step(stage.words()),
            Event::Epoch(epoch) => return self.epoch(epoch),
            Event::Cell(record) => self.cell(record),
            // The enum may grow.
            _ => {}
        }
        Flow::Continue
    }
}

impl ProgressListener {
    fn epoch(&mut self, epoch: EpochEnd) -> Flow {
        self.0.epoch_end(epoch)
    }

    fn cell(&mut self, record: &CellRecord) {
        let result = match (&record.error, record.scores.get("ARI")) {
            (Some(error), _) => format!("failed: {error}"),
            (None, Some(ari)) => match record.scored.filter(|scored| *scored < record.spots) {
                Some(scored) => format!("ARI {ari:.3} on {scored} of {} spots", record.spots),
                None => format!("ARI {ari:.3}"),
            },
            (None, None) => format!("{} domains", record.found),
        };
        let seconds = record.costs.seconds();
        let text = format!("  {}: {result}, {seconds:.1} s", record.head);
        let fields = json!({
            "cell": record.hash, "head": record.head, "error": record.error, "scores": record.scores,
        });
        self.0.say(&text, fields);
    }
}

/// What `--dry-run` prints.
fn estimate_text(estimate: &Estimate) -> String {
    let mut text = format!(
        "{} cells, {} on disk ({} failed), {} trainings to do",
        estimate.cells, estimate.finished, estimate.failed, estimate.trainings
    );
    text += &format!(
        "\nabout {}; {} of the trainings by finished cells of their kind, the others by a rough model",
        duration(estimate.seconds),
        estimate.measured
    );
    for row in &estimate.rows {
        let time = duration(row.seconds);
        text += &format!(
            "\n  {:<24} {:<20} {:>5} cells {time:>12}",
            row.dataset, row.encoder, row.cells
        );
    }
    text
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.0} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_for_people() {
        assert_eq!(duration(3.4), "3 s");
        assert_eq!(duration(61.0), "1 min 01 s");
        assert_eq!(duration(7_260.0), "2 h 01 min");
    }
}
