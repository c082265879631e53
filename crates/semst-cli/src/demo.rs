//! `semst demo`: runs the whole pipeline on a simulated cortex, offline.

use crate::args::DemoArgs;
use crate::earlier::Replace;
use crate::outputs::OutputFolder;
use crate::progress::Progress;
use crate::run::finish;
use anyhow::Result;
use semst::io::ReadReport;
use semst::simulate::LayeredTissue;
use semst::{Pipeline, RunConfig, Truth};
use serde_json::json;
use std::collections::HashSet;

pub(crate) fn main(args: &DemoArgs) -> Result<()> {
    let folder = OutputFolder::create(&args.output)?;
    let mut progress = Progress::new(&args.log);
    progress.say(
        "simulating a layered cortex with real gene symbols",
        json!({ "stage": "simulate" }),
    );
    let slide = LayeredTissue::new(args.seed)
        .with_spots(args.spots)
        .generate()?
        .into_dataset()?;
    let truth = Truth {
        key: "layer".into(),
        labels: slide.obs.labels("layer")?,
        join: None,
    };
    let layers: HashSet<&String> = truth.labels.iter().flatten().collect();
    let earlier = folder.earlier(&slide.name);
    let replace = Replace {
        overwrite: args.overwrite,
        ..Replace::default()
    };
    earlier.check_run(&slide, None, replace)?;
    let config = RunConfig::preset("default")?
        .with_domains(layers.len())
        .with_seed(args.seed);
    let mut report = ReadReport::default();
    (report.counts_from, report.coordinates_from) =
        ("the simulation".into(), "the simulation".into());
    finish(
        &Pipeline::new(config)?,
        &slide,
        &report,
        Some(&truth),
        &folder,
        &mut progress,
        |_| {},
    )
}
