//! `semst run`: a slide goes in, domains come out.

use crate::args::{DomainNumber, ReadArgs, RunArgs};
use crate::earlier::Replace;
use crate::outputs::OutputFolder;
use crate::progress::Progress;
use crate::their_slots::graph_place;
use crate::{failure, shown, truth};
use anyhow::{Context, Result};
use semst::clustering::HeadConfig;
use semst::graph::{RadiusGraph, SymmetricKnnGraph};
use semst::io::{ReadReport, SpatialDataset, check_extendable, complete_published, read_with};
use semst::record::RunRecord;
use semst::{
    GraphConfig, Pipeline, Plugins, RunConfig, ShippedGraph, SourceConfig, Truth, domain_name,
};
use semst_ablation::peak_mib;
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub(crate) fn main<P: Plugins>(args: &RunArgs) -> Result<()> {
    let config = configuration::<P>(args, None)?;
    if args.print_config {
        return print(args, config);
    }
    config.check()?;
    let mut progress = Progress::new(&args.log);
    // The input may be an earlier result.
    if let Some(folder) = args.input.parent() {
        complete_published(folder)?;
    }
    let (slide, report) = read_with(
        &P::readers(),
        &args.input,
        &config.needs(args.read.config()),
    )?;
    let mut pipeline = Pipeline::new(configuration::<P>(args, Some(&slide))?)?;
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
        },
    )
}

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

/// Prints the configuration in effect, in which the platform has a say where the slide is there.
fn print<P: Plugins>(args: &RunArgs, config: RunConfig<P>) -> Result<()> {
    let open = args.preset.as_deref().is_none_or(|name| name == "default");
    let config = if open && args.input.exists() && !is_whole::<P>(args) {
        let reading = config.needs(args.read.config());
        let (slide, _) = read_with(&P::readers(), &args.input, &reading)?;
        configuration(args, Some(&slide))?
    } else {
        config
    };
    // TOML has the escapes of JSON, and leaves some control characters as they are.
    let text = shown::json(&config.to_toml()?);
    Ok(write!(std::io::stdout(), "{text}")?)
}

/// Whether the configuration file leaves nothing to a preset.
fn is_whole<P: Plugins>(args: &RunArgs) -> bool {
    let text = args.config.as_ref().map(std::fs::read_to_string);
    text.is_some_and(|text| text.is_ok_and(|text| RunConfig::<P>::of_toml(&text).is_ok()))
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
    progress.say("scoring, drawing and writing", json!({ "stage": "write" }));
    let mut record = run.record(slide, report, truth)?;
    record.program = program();
    complete(&mut record);
    let input = run.report_input(&record, slide, truth);
    let (written, note) = folder.write_run(slide, &run, truth, &input)?;
    if let Some(note) = note {
        progress.say(&note, json!({ "note": note }));
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

/// The preset or file, with the options on top; `default` looks at the platform of the slide.
fn configuration<P: Plugins>(
    args: &RunArgs,
    slide: Option<&SpatialDataset>,
) -> Result<RunConfig<P>> {
    let preset = |name: &str| match slide.filter(|_| name == "default") {
        Some(slide) => RunConfig::of_slide(slide),
        None => RunConfig::of_preset(name),
    };
    let mut config = match &args.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            RunConfig::of_toml_over(&text, args.preset.as_deref(), preset)
                .with_context(|| path.display().to_string())?
        }
        None => preset(args.preset.as_deref().unwrap_or("default"))?,
    };
    config.input_is = args.read.input_is.unwrap_or(config.input_is);
    // The encoder of the preset keeps the preset's settings; another one comes with those of its authors.
    if let Some(name) = &args.encoder {
        config = config.with_encoder_named(name)?;
    }
    if let Some(name) = &args.modulator {
        config = config.with_modulator_named(name)?;
    }
    if let Some(source) = &args.semantics {
        config.semantics.source = P::Semantics::parse(source)?;
    }
    if let Some(head) = &args.head {
        config.head = P::Head::from_name(head)?;
    }
    if let Some(device) = &args.device {
        config.device.clone_from(device);
    }
    config.one_slide |= args.one_slide;
    if let Some(seed) = args.seed {
        config = config.with_seed(seed);
    }
    if let Some(k) = args.n_spatial_neighbors {
        config.spatial_graph = ShippedGraph::Knn(SymmetricKnnGraph::new(k)).into();
    }
    if let Some(radius) = args.radius {
        config.spatial_graph = ShippedGraph::Radius(RadiusGraph::new(radius)).into();
    }
    if let Some(graph) = &args.graph {
        config.spatial_graph = P::Graph::parse(graph)?;
    }
    match args.domains {
        Some(DomainNumber::Given(number)) => config.domains = Some(number),
        Some(DomainNumber::Auto) => config.domains = None,
        None => {}
    }
    if let Some(n) = args.n_top_genes {
        config = config.with_n_top_genes(n);
    }
    if let Some(spots) = args.min_cells {
        config = config.with_min_cells(spots);
    }
    if let Some(counts) = args.min_counts {
        config = config.with_min_counts(counts);
    }
    config.n_neighbors = args.n_neighbors.unwrap_or(config.n_neighbors);
    config.train.epochs = args.epochs.unwrap_or(config.train.epochs);
    config.train.learning_rate = args.learning_rate.unwrap_or(config.train.learning_rate);
    config.train.batch = args.batch.unwrap_or(config.train.batch);
    Ok(config)
}
