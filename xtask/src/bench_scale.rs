//! Runs slides of growing size end to end, and writes the cost of each stage: a table, a plot, the exponent of the cost.

mod plot;
mod record;

use anyhow::{Context, Result, ensure};
use record::Record;
use std::path::Path;
use xshell::cmd;

use crate::{flags, workspace};

/// Default numbers of spots of the slides.
const SPOTS: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Genes, counts of a spot, seed: 3 % of the entries are not zero.
const SLIDE: [&str; 3] = ["2000", "75", "0"];
/// The folder of the table and the plot.
const RESULTS: &str = "docs/results/scale";

/// Makes the slides, runs the default preset on each, and writes the results; with `--logs` only reads the logs of finished runs.
///
/// # Errors
/// A slide cannot be made, a run fails, or a log has no finished run.
pub(crate) fn run(options: &flags::BenchScale) -> Result<()> {
    let sh = workspace::shell()?;
    let logs = match &options.logs {
        Some(folder) => folder.clone(),
        None => {
            let folder = workspace::root().join("target/scale");
            sh.create_dir(&folder)?;
            cmd!(sh, "cargo build --release -p semst-cli --locked").run()?;
            cmd!(
                sh,
                "cargo build --release -p semst-simulate --example slide --locked"
            )
            .run()?;
            let sizes = match options.spots.is_empty() {
                true => SPOTS.to_vec(),
                false => options.spots.clone(),
            };
            for spots in sizes {
                let spots = spots.to_string();
                let slide = folder.join(format!("{spots}.h5ad"));
                if !slide.exists() {
                    let make = workspace::root().join("target/release/examples/slide");
                    cmd!(sh, "{make} {spots} {SLIDE...} {slide}").run()?;
                }
                let semst = workspace::root().join("target/release/semst");
                let out = folder.join(format!("{spots}-out"));
                let run = cmd!(
                    sh,
                    "{semst} run {slide} --domains 7 --truth layer --log-format json -o {out}"
                );
                let log = run.read_stderr()?;
                sh.write_file(folder.join(format!("{spots}.log")), log)?;
            }
            folder
        }
    };
    let records = read(&logs)?;
    let folder = workspace::root().join(RESULTS);
    sh.create_dir(&folder)?;
    sh.write_file(folder.join("stages.csv"), record::csv(&records))?;
    sh.write_file(folder.join("cost.svg"), plot::svg(&records))?;
    #[allow(clippy::print_stdout, reason = "the table is what the command is for")]
    {
        print!("{}", record::table(&records));
    }
    Ok(())
}

/// The finished runs of a folder, the smallest first.
fn read(folder: &Path) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "log") {
            let text = std::fs::read_to_string(&path)?;
            records.extend(Record::parse(&text).with_context(|| path.display().to_string())?);
        }
    }
    ensure!(
        !records.is_empty(),
        "{} holds no log of a finished run",
        folder.display()
    );
    records.sort_by_key(|record| record.spots);
    Ok(records)
}
