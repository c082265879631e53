//! `semst run`: a slide goes in, domains come out.

use crate::args::{ReadArgs, RunArgs};
use crate::configuration::Asked;
use crate::earlier::Replace;
use crate::outputs::OutputFolder;
use crate::progress::Progress;
use crate::their_slots::graph_place;
use crate::{failure, no_table, shown, truth};
use anyhow::Result;
use semst::io::{ReadReport, SpatialDataset, check_extendable, read_with};
use semst::record::{Difference, RunRecord};
use semst::{Pipeline, Plugins, Truth, domain_name};
use semst_ablation::peak_mib;
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub(crate) fn main<P: Plugins>(args: &RunArgs) -> Result<()> {
    let config = Asked::read(args)?.configuration::<P>()?;
    if args.print_config {
        // TOML has the escapes of JSON, and leaves some control characters as they are.
        let text = shown::json(&config.to_toml()?);
        return Ok(write!(std::io::stdout(), "{text}")?);
    }
    config.check()?;
    let mut progress = Progress::new(&args.log);
    progress.step(&format!("reading {}", args.input.display()));
    let (slide, report) = read_with(
        &P::readers(),
        &args.input,
        &config.needs(args.read.config()),
    )?;
    let mut pipeline = Pipeline::new(config)?;
    let mut without = None;
    if let Some((other, difference)) = no_table::without_semantics(&pipeline, &slide, args)? {
        (pipeline, without) = (other, Some(difference));
    }
    if args.no_interpret {
        pipeline = pipeline.without_interpretation();
    }
    let truth = args
        .truth
        .as_deref()
        .map(|key| truth::read(&slide.obs, &slide.barcodes, key))
        .transpose()?;
    if let Some(join) = truth.as_ref().and_then(Truth::recorded_join) {
        progress.say(&join.sentence(), json!({ "join": join }));
    }
    pipeline.check(&slide)?;
    let folder = OutputFolder::create(&args.output)?;
    let replace = Replace {
        in_place: args.in_place,
        overwrite: args.overwrite,
    };
    let earlier = folder.earlier(&slide.name);
    if let Some(record) = earlier.check_run(&slide, Some(&args.input), replace)? {
        tell_replaced(&record, args, &mut progress);
    }
    let place = graph_place(&slide, args.key_added.as_deref(), args.overwrite)?;
    if let Some(key) = place.key_added.as_ref().filter(|_| place.kept_theirs) {
        let text = format!(
            "the file has a spatial graph of its own, which stays; the graph of this run is obsp/{key}_connectivities"
        );
        progress.say(&text, json!({ "key_added": key }));
    }
    check_extendable(&slide, &args.output)?;
    finish(
        &pipeline,
        &slide,
        &report,
        truth.as_ref(),
        &folder,
        &mut progress,
        |record| {
            complete(record, args, &slide);
            record.arrays.graph = place.key_added;
            record.differences.extend(without);
            if !place.replaced.is_empty() {
                let slots = place.replaced;
                record.differences.push(Difference::Replaced { slots });
            }
        },
    )
}

/// The last step of a run.
const WRITING: &str = "scoring, drawing and writing";

/// Prints that the results of an earlier run are replaced.
fn tell_replaced(record: &RunRecord, args: &RunArgs, progress: &mut Progress) {
    let (folder, method) = (args.output.display(), &record.method);
    let text = format!(
        "replaces an earlier run on this slide in {folder}: {} encoder, {} modulator, {} domains, seed {}",
        method.encoder, method.modulator, record.domains, record.seed
    );
    progress.say(&text, json!({ "replaces": record.slide.name }));
}

/// Adds what only the command line knows: the file, what was asked for of it, and a file of known labels.
fn complete(record: &mut RunRecord, args: &RunArgs, slide: &SpatialDataset) {
    let reading = &mut record.reading;
    let file = args.input.file_name().unwrap_or(args.input.as_os_str());
    reading.file = file.to_string_lossy().into_owned();
    let ReadArgs {
        layer,
        // The configuration has it.
        input_is: _,
        gene_symbols,
        spatial_key,
        subset,
        // A bound, and not a part of the result.
        memory_mib: _,
    } = args.read.clone();
    (reading.layer, reading.gene_symbols) = (layer, gene_symbols);
    reading.subset = subset.map(String::from);
    // A folder has no keys.
    let used = |key: &String| reading.coordinates_from == format!("obsm/{key}");
    reading.spatial_key = spatial_key.filter(used);
    if let (Some(truth), Some(key)) = (&mut record.truth, &args.truth) {
        truth.file = slide.obs.get(key).is_none().then(|| key.clone());
    }
}

/// Runs, writes, and tells what was found.
pub(crate) fn finish<P: Plugins>(
    pipeline: &Pipeline<P>,
    slide: &SpatialDataset,
    report: &ReadReport,
    truth: Option<&Truth>,
    folder: &OutputFolder,
    progress: &mut Progress,
    complete: impl FnOnce(&mut RunRecord),
) -> Result<()> {
    let text = format!(
        "{}: {} spots × {} genes; {}",
        slide.name,
        slide.n_spots(),
        slide.n_genes(),
        report.sources()
    );
    progress.say(
        &text,
        json!({ "stage": "read", "n_spots": slide.n_spots(), "n_genes": slide.n_genes() }),
    );
    for note in report.notes() {
        progress.say(&note, json!({ "note": note }));
    }
    if pipeline.config().device != "cpu" {
        let device = pipeline.device_name();
        failure::computing_on(device);
        progress.say(
            &format!("computing on {device}"),
            json!({ "device": device }),
        );
    }
    let run = pipeline.run(slide, progress)?;
    progress.say(WRITING, json!({ "stage": "write" }));
    progress.step(WRITING);
    let mut record = run.record(slide, report, truth)?;
    record.program = program();
    complete(&mut record);
    let input = run.report_input(&record, slide, truth);
    let (written, note) = folder.write_run(slide, &run, truth, &input)?;
    if let Some(note) = note {
        progress.say(&note, json!({ "note": note }));
    }
    if let Some(text) = record.clustered.sentence() {
        progress.say(&text, json!({ "clustered": record.clustered }));
    }
    for difference in &record.differences {
        progress.say(&difference.sentence(), json!({ "difference": difference }));
    }
    if let Some(truth) = &record.truth {
        let text = truth.sentence(slide.n_spots());
        progress.say(&text, json!({ "truth": truth }));
    }
    let part = record.truth.as_ref().and_then(|t| t.part(slide.n_spots()));
    let part = part.map_or_else(String::new, |part| format!(" on {part}"));
    for name in ["ARI", "NMI"] {
        if let Some(value) = record.scores.get(name) {
            let scored = record.truth.as_ref().map(|truth| truth.labelled);
            progress.say(
                &format!("{name} {value:.3}{part}"),
                json!({ "score": name, "value": value, "scored": scored, "spots": slide.n_spots() }),
            );
        }
    }
    for domain in record.semantics.named() {
        let sentence = domain.sentence(&format!("domain {}", domain_name(domain.domain)));
        progress.say(&sentence, json!({ "semantics": sentence }));
    }
    let memory = peak_mib();
    let text = format!(
        "{} domains in {:.1} s{}; wrote {}",
        run.assignment.n_clusters,
        progress.seconds(),
        memory.map_or_else(String::new, |m| format!(", {m:.0} MiB at most")),
        written
            .iter()
            .map(|p| p.display().to_string())
            .collect::<Vec<_>>()
            .join(", ")
    );
    let fields =
        json!({ "domains": run.assignment.n_clusters, "peak_mib": memory, "written": written });
    progress.say(&text, fields);
    Ok(())
}

/// The name of this program, which may be that of a third party.
fn program() -> String {
    let path = std::env::args_os().next().unwrap_or_else(|| "semst".into());
    let name = Path::new(&path).file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
