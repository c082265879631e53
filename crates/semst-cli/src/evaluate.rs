//! `semst evaluate`: scores of the domains in a file.

use crate::args::EvaluateArgs;
use crate::report::no_domains;
use crate::{recorded, shown, truth};
use anyhow::{Context, Result};
use semst::evaluation::evaluate;
use semst::io::label_codes;
use std::io::Write;

pub(crate) fn main(args: &EvaluateArgs) -> Result<()> {
    let (file, _) = recorded::open(&args.input, args.spatial_key.as_ref())?;
    let predicted = label_codes(&file.obs.labels(&args.pred).with_context(no_domains)?).codes;
    let truth = args
        .truth
        .as_deref()
        .map(|key| truth::read(&file.obs, &file.barcodes, key))
        .transpose()?
        .map(|truth| label_codes(&truth.labels).codes);
    // Spots that a run dropped have no domain: they are left out of every score.
    let kept: Vec<usize> = (0..predicted.len())
        .filter(|&i| predicted[i].is_some())
        .collect();
    let labels: Vec<u32> = kept.iter().filter_map(|&i| predicted[i]).collect();
    let truth: Option<Vec<Option<u32>>> = truth.map(|t| kept.iter().map(|&i| t[i]).collect());
    let coords = file.spatial.map(|c| c.select(ndarray::Axis(0), &kept));
    let scores = evaluate(truth.as_deref(), &labels, coords.as_ref().map(|c| c.view()))?;
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
