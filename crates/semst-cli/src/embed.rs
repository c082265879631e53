//! `semst embed`: texts and prompts go in, files of vectors come out.

use crate::args::embed::{EmbedArgs, EmbedCommand, EmbedGenesArgs, EmbedSpotsArgs};
use crate::progress::Progress;
use crate::shown;
use anyhow::{Context, Result, bail};
use semst::io::{SpatialDataset, VectorOutput, read};
use semst::semantics::{ColumnScale, GeneTexts, Provenance, Scaling};
use semst::text_models::{EmbeddingJob, PromptConfig, PromptTemplate, TextModel};
use semst::{PromptedConfig, Watch};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn main(args: &EmbedArgs) -> Result<()> {
    match &args.what {
        EmbedCommand::Genes(args) => genes(args),
        EmbedCommand::Spots(args) => spots(args),
    }
}

fn genes(args: &EmbedGenesArgs) -> Result<()> {
    let mut progress = Progress::new(&args.log);
    let output = output(&args.output)?;
    let texts = GeneTexts::open(&args.text)?;
    let without = texts.without_text.len();
    let mut text = format!(
        "{}: {} genes with a text",
        args.text.display(),
        texts.genes.len()
    );
    if without > 0 {
        let shown: Vec<&str> = texts
            .without_text
            .iter()
            .take(5)
            .map(String::as_str)
            .collect();
        let more = if without > 5 { ", …" } else { "" };
        text += &format!(
            "; {without} without one get no vector ({}{more})",
            shown.join(", ")
        );
    }
    let fields = json!({ "genes": texts.genes.len(), "without_text": texts.without_text });
    progress.say(&text, fields);
    let cache = args.served.cache().open()?;
    let model = args
        .served
        .address(&args.model)?
        .open(&args.served.config(), &args.served.local()?)?;
    let vectors = EmbeddingJob::new(model.as_ref())
        .with_cache(cache.as_ref())
        .run_texts(&texts.texts, &mut |p| progress.texts_read(p))?;
    tell_cut(&mut progress, model.as_ref());
    let file = args.text.file_name().unwrap_or_default().to_string_lossy();
    let record = Provenance {
        source: format!("gene table of the texts in {file}"),
        model: Some(model.name().into()),
        recipe: Some(format!("one text for each gene, of {file}")),
        checksum: Some(model.checksum()),
        dims: vectors.ncols(),
        ..Provenance::default()
    };
    output.write(&texts.genes, vectors.view(), &record)?;
    let path = output.path().display();
    let advice = format!("use them with: semst run SLIDE --semantics table:{path}");
    done(&mut progress, vectors.dim(), "genes", &output, &advice);
    Ok(())
}

fn spots(args: &EmbedSpotsArgs) -> Result<()> {
    let mut progress = Progress::new(&args.log);
    let config = prompted(args)?;
    config.check()?;
    let output = args.output.as_deref().map(output).transpose()?;
    progress.step(&format!("reading {}", args.input.display()));
    let (slide, _) = read(&args.input, &args.read.config())?;
    if args.dry_run {
        drop(progress);
        return tell_prompts(&config, &slide);
    }
    let (Some(output), Some(model)) = (output, &args.model) else {
        bail!("embed needs --model and --output");
    };
    let text = format!(
        "{}: {} spots, a prompt of {} genes for each",
        slide.name,
        slide.n_spots(),
        args.top_k
    );
    progress.say(
        &text,
        json!({ "n_spots": slide.n_spots(), "top_k": args.top_k }),
    );
    let model = args
        .served
        .address(model)?
        .open(&config.served, &config.local)?;
    // Centred or not: all else is left to the reader of the file.
    let made = config.embed(
        model.clone(),
        &slide,
        Scaling::new(ColumnScale::Keep),
        args.shuffle_genes,
        &mut |p| progress.texts_read(p),
    )?;
    tell_cut(&mut progress, model.as_ref());
    let mut vectors = made.vectors;
    if args.centre
        && let Some(mean) = vectors.mean_axis(ndarray::Axis(0))
    {
        vectors -= &mean;
    }
    output.write(&slide.barcodes, vectors.view(), &made.provenance)?;
    let (input, path) = (args.input.display(), output.path().display());
    let advice = format!("use them with: semst run {input} --semantics spots:{path}");
    done(&mut progress, vectors.dim(), "spots", &output, &advice);
    Ok(())
}

/// The options as a configuration.
fn prompted(args: &EmbedSpotsArgs) -> Result<PromptedConfig> {
    let template = match &args.template {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            PromptTemplate::parse(&text)
        }
        None => PromptTemplate::default(),
    };
    // The parser has let through only names that the library reads.
    let prompts = PromptConfig::default()
        .with_top_k(args.top_k)
        .with_template(template)
        .with_tokens(serde_json::from_value(Value::from(&*args.tokens))?)
        .with_format(serde_json::from_value(Value::from(&*args.format))?);
    Ok(PromptedConfig {
        ranking: serde_json::from_value(Value::from(&*args.ranking))?,
        cache: args.served.cache(),
        prompts,
        served: args.served.config(),
        local: args.served.local()?,
    })
}

/// What a model would read.
fn tell_prompts(config: &PromptedConfig, slide: &SpatialDataset) -> Result<()> {
    let prompts = config.prompts(slide)?;
    let mut out = std::io::stdout();
    let bare = match prompts.spots_without_genes {
        0 => String::new(),
        n => format!(", {n} spots express no gene and are not read"),
    };
    let distinct = prompts
        .genes
        .iter()
        .filter(|genes| !genes.is_empty())
        .count();
    let mut text = format!(
        "{}: {} spots, {distinct} different prompts{bare}",
        shown::line(&slide.name),
        slide.n_spots()
    );
    if let Some(first) = prompts.distinct.first() {
        text += &format!("\n\n{}\n\n{first}", prompts.system);
    }
    writeln!(out, "{}", shown::lines(&text))?;
    Ok(())
}

/// Says so when the model did not read all of every text.
fn tell_cut(progress: &mut Progress, model: &dyn TextModel) {
    let cut = model.texts_cut();
    if cut > 0 {
        let name = model.name();
        let text = format!("texts cut at their end, for they are longer than {name} reads: {cut}");
        progress.say(&text, json!({ "texts_cut": cut }));
    }
}

/// A file that can be written, before any work is done.
fn output(path: &std::path::Path) -> Result<VectorOutput> {
    let output = VectorOutput::new(path)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|f| !f.is_dir()) {
        bail!(
            "cannot write {}: there is no folder {}",
            path.display(),
            folder.display()
        );
    }
    if path.is_dir() {
        bail!("cannot write {}: a folder has that name", path.display());
    }
    Ok(output)
}

fn done(
    progress: &mut Progress,
    (rows, dims): (usize, usize),
    of: &str,
    output: &VectorOutput,
    advice: &str,
) {
    let path = output.path().display();
    let seconds = progress.seconds();
    let text = format!("{rows} {of} × {dims} numbers in {seconds:.1} s; wrote {path}; {advice}");
    progress.say(
        &text,
        json!({ "rows": rows, "dims": dims, "written": output.path() }),
    );
}
