//! `semst evaluate`: scores of the domains in a file.

use crate::args::EvaluateArgs;
use crate::report::no_domains;
use crate::step::Step;
use crate::{recorded, shown, truth};
use anyhow::{Context, Result, ensure};
use ndarray::{Array2, Axis};
use semst::Truth;
use semst::evaluation::evaluate;
use semst::io::{LabelColumns, Obs, label_codes};
use std::io::Write;
use std::path::Path;

/// The column of the domains in `NAME_domains.csv`.
const DOMAIN: &str = "domain";

/// The spots of a file, and their domains.
struct Evaluated {
    barcodes: Vec<String>,
    obs: Obs,
    domains: Vec<Option<String>>,
    spatial: Option<Array2<f64>>,
}

pub(crate) fn main(args: &EvaluateArgs) -> Result<()> {
    let reading = Step::begin(&format!("reading {}", args.input.display()));
    let file = match is_table(&args.input) {
        true => of_table(args)?,
        false => of_h5ad(args)?,
    };
    let truth = args
        .truth
        .as_deref()
        .map(|key| truth::read(&file.obs, &file.barcodes, key))
        .transpose()?;
    drop(reading);
    if let Some(join) = truth.as_ref().and_then(Truth::recorded_join) {
        writeln!(std::io::stderr(), "{}", shown::line(&join.sentence()))?;
    }
    let scoring = Step::begin("scoring");
    let predicted = label_codes(&file.domains).codes;
    let truth = truth.map(|truth| label_codes(&truth.labels).codes);
    // Spots that a run dropped have no domain: they are left out of every score.
    let kept: Vec<usize> = (0..predicted.len())
        .filter(|&i| predicted[i].is_some())
        .collect();
    let labels: Vec<u32> = kept.iter().filter_map(|&i| predicted[i]).collect();
    let truth: Option<Vec<Option<u32>>> = truth.map(|t| kept.iter().map(|&i| t[i]).collect());
    let coords = file.spatial.map(|c| c.select(Axis(0), &kept));
    let scores = evaluate(truth.as_deref(), &labels, coords.as_ref().map(|c| c.view()))?;
    drop(scoring);
    let mut out = std::io::stdout();
    if args.json {
        writeln!(
            out,
            "{}",
            shown::json(&serde_json::to_string_pretty(&scores)?)
        )?;
    } else {
        writeln!(out, "{}", shown::lines(&scores.to_string()))?;
    }
    Ok(())
}

/// Whether the ending is that of a table of text.
fn is_table(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    matches!(ending.as_deref(), Some("csv" | "tsv" | "txt"))
}

fn of_h5ad(args: &EvaluateArgs) -> Result<Evaluated> {
    let (file, _) = recorded::open(&args.input, args.spatial_key.as_ref())?;
    Ok(Evaluated {
        domains: file.obs.labels(&args.pred).with_context(no_domains)?,
        barcodes: file.barcodes,
        obs: file.obs,
        spatial: file.spatial,
    })
}

/// The table of domains that a run writes, or one like it: barcodes in the first column, and a column of domains.
fn of_table(args: &EvaluateArgs) -> Result<Evaluated> {
    ensure!(
        args.spatial_key.is_none(),
        "a table of domains has no coordinates: leave out --spatial-key, or evaluate the .h5ad"
    );
    let LabelColumns { names, obs } = LabelColumns::open(&args.input)?;
    let mut known = [args.pred.as_str(), DOMAIN].into_iter();
    let column = known.find(|key| obs.get(key).is_some());
    let domains = obs.labels(column.unwrap_or(&args.pred));
    Ok(Evaluated {
        domains: domains.context("name the column of the domains with --pred")?,
        barcodes: names,
        obs,
        spatial: None,
    })
}
