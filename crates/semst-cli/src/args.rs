//! What can be asked for on the command line.

pub(crate) mod embed;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use semst::clustering::HeadConfig;
use semst::encoders::EncoderConfig;
use semst::modulation::ModulatorConfig;
use semst::semantics::ColumnScale;
use semst::{Plugins, Strength};
use std::path::{Path, PathBuf};

/// Finds spatial domains in spatially resolved transcriptomics, guided by what genes mean.
#[derive(Debug, Parser)]
#[command(name = "semst", version = crate::version::version(), about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the domains of a slide: an .h5ad file or a Space Ranger folder
    Run(Box<RunArgs>),
    /// Simulate a layered tissue, run, report: works offline
    Demo(DemoArgs),
    /// Score the domains in a file
    Evaluate(EvaluateArgs),
    /// Draw the pictures and the report of a finished run again
    Report(ReportArgs),
    /// Tell what is in a file, and what would be dropped and why
    Inspect(InspectArgs),
    /// Cross encoders, modulators, semantics, seeds and heads over data sets, as a plan says
    Ablate(AblateArgs),
    /// Have a language model read texts of genes, or the genes of spots: vectors for `semst run --semantics`
    Embed(embed::EmbedArgs),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// The number of threads that was asked for.
    pub(crate) fn threads(&self) -> Option<u16> {
        match self {
            Self::Run(args) => args.work.threads,
            Self::Demo(args) => args.work.threads,
            Self::Ablate(args) => args.work.threads,
            _ => None,
        }
    }

    /// The file or folder that is read.
    pub(crate) fn input(&self) -> Option<&Path> {
        match self {
            Self::Run(args) => Some(&args.input),
            Self::Evaluate(args) => Some(&args.input),
            Self::Report(args) => Some(&args.input),
            Self::Inspect(args) => Some(&args.input),
            _ => None,
        }
    }

    /// Whether progress and errors are JSON.
    pub(crate) fn prints_json(&self) -> bool {
        let log = match self {
            Self::Run(args) => &args.log,
            Self::Demo(args) => &args.log,
            Self::Ablate(args) => &args.log,
            Self::Embed(args) => args.what.log(),
            _ => return false,
        };
        log.log_format == LogFormat::Json
    }
}

/// How many domains a run looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DomainNumber {
    /// As many as the views of the slide agree on.
    Auto,
    /// So many.
    Given(usize),
}

impl std::str::FromStr for DomainNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => match text.parse() {
                Ok(number) => Ok(Self::Given(number)),
                Err(_) => Err("a whole number, or auto".into()),
            },
        }
    }
}

/// How progress is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Bars on a terminal, plain lines elsewhere
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ThreadArgs {
    /// Threads of the processor to use; the results do not depend on it [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LogArgs {
    /// Tell nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// How progress is reported on standard error
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ReadArgs {
    /// Layer that holds the counts (`X` for the main matrix) [default: looked for]
    #[arg(long, value_name = "KEY")]
    pub(crate) layer: Option<String>,
    /// What the values are: counts, lognorm (log1p of normalised counts; encoders whose loss needs counts refuse it) or auto (counts where
    /// the file has them) [default: counts]
    #[arg(long, value_name = "KIND", value_parser = input_kinds())]
    pub(crate) input_is: Option<semst::io::InputIs>,
    /// Column of `var` with the gene symbols [default: looked for]
    #[arg(long, value_name = "KEY")]
    pub(crate) gene_symbols: Option<String>,
    /// Key of `obsm` with the coordinates [default: spatial]
    #[arg(long, value_name = "KEY")]
    pub(crate) spatial_key: Option<String>,
    /// Only the spots with this value in a column of `obs`, such as library_id=A
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) subset: Option<semst::io::Subset>,
    /// Most memory that reading the file may take [default: 300 and 20 times its size]
    #[arg(long, value_name = "MIB")]
    pub(crate) memory_mib: Option<u64>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// An .h5ad file, or a Space Ranger output folder
    pub(crate) input: PathBuf,
    /// Take sections that a column of `obs` names as one slide, although they overlap or lie apart
    #[arg(long)]
    pub(crate) one_slide: bool,
    /// Number of domains, or auto: the number on which several views of the slide agree [default: auto]
    #[arg(long, short = 'k', value_name = "K")]
    pub(crate) domains: Option<DomainNumber>,
    /// Folder for the results
    #[arg(long, short, default_value = "semst-out", value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Put the results into the input file, where the output folder is its folder
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Replace files of the output folder that are not earlier results of this slide
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Beginning of the keys of the spatial graph in obsp and uns [default: spatial; semst_spatial where the file has a graph of its own]
    #[arg(long, value_name = "KEY")]
    pub(crate) key_added: Option<String>,
    /// Settings to begin with [default: that of --config, else default]
    #[arg(long, value_name = "NAME", value_parser = presets())]
    pub(crate) preset: Option<String>,
    /// Settings in TOML: a whole configuration, as --print-config writes it, or some of its keys, which replace those of the
    /// preset; other options are applied on top
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the configuration in effect and stop
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Encoder
    #[arg(long, value_name = "NAME")]
    pub(crate) encoder: Option<String>,
    /// How semantics change the latent
    #[arg(long, alias = "modulation", value_name = "NAME")]
    pub(crate) modulator: Option<String>,
    /// Meaning: builtin, table:FILE, spots:FILE, FILE.h5ad#varm/KEY or #obsm/KEY, spots:obsm/KEY of the slide; llm:MODEL, a
    /// language model that reads each spot, in a folder, hf:ORG/NAME or URL#NAME; controls: none, random, random-spots, shuffled, unrelated
    #[arg(long, value_name = "SOURCE")]
    pub(crate) semantics: Option<String>,
    /// How the columns of the semantics are scaled over the spots: keep, global (centred, one factor), standardise, whiten
    #[arg(long, value_name = "NAME", value_parser = scalings())]
    pub(crate) semantics_scaling: Option<ColumnScale>,
    /// Clustering head
    #[arg(long, value_name = "NAME")]
    pub(crate) head: Option<String>,
    #[arg(long, value_name = "NAME", help = devices())]
    pub(crate) device: Option<String>,
    /// Seed of everything that is drawn
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Column of `obs` with known domains, or a CSV/TSV file of barcodes and labels (FILE or FILE#COLUMN); used for scores only
    #[arg(long, value_name = "KEY")]
    pub(crate) truth: Option<String>,
    /// Highly variable genes to keep, for the encoder and for the views that decide on the domains
    #[arg(long, value_name = "N")]
    pub(crate) n_top_genes: Option<usize>,
    /// Keep genes that are found in at least this many spots, for the encoder and for the views
    #[arg(long, value_name = "N")]
    pub(crate) min_cells: Option<usize>,
    /// Keep genes with at least this many counts, for the encoder and for the views
    #[arg(long, value_name = "N")]
    pub(crate) min_counts: Option<f64>,
    /// Neighbours in the expression graph
    #[arg(long, value_name = "K")]
    pub(crate) n_neighbors: Option<usize>,
    /// Neighbours in the spatial graph
    #[arg(long, value_name = "K", conflicts_with = "radius")]
    pub(crate) n_spatial_neighbors: Option<usize>,
    /// Radius of the spatial graph, in the unit of the coordinates
    #[arg(long, value_name = "R")]
    pub(crate) radius: Option<f64>,
    /// Spatial graph: obsp:KEY of the file, knn:K, directed-knn:K, radius:R, spacing:X, delaunay
    #[arg(long, value_name = "GRAPH", conflicts_with_all = ["radius", "n_spatial_neighbors"])]
    pub(crate) graph: Option<String>,
    /// Do not ask which genes and functions the modulator answers to
    #[arg(long)]
    pub(crate) no_interpret: bool,
    /// End with the domains, without training the model
    #[arg(long)]
    pub(crate) no_model: bool,
    /// Strength of the diffusion over the spatial graph, or auto: the one that predicts the spots best from each other
    #[arg(long, value_name = "A")]
    pub(crate) smoothing: Option<Strength>,
    /// Training epochs
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Step size of Adam
    #[arg(long, value_name = "LR")]
    pub(crate) learning_rate: Option<f64>,
    /// What a step of training sees: full, a number of spots, or auto (the slide up to 15,000 spots, else parts of 4,096)
    #[arg(long, value_name = "SPOTS")]
    pub(crate) batch: Option<semst::training::BatchSize>,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) work: ThreadArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// Folder for the results
    #[arg(long, short, default_value = "semst-demo", value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Replace files of the folder that are not results of an earlier demo
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Spots to simulate
    #[arg(long, default_value_t = 2000, value_name = "N")]
    pub(crate) spots: usize,
    /// Seed of the simulation and the run
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) work: ThreadArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvaluateArgs {
    /// An .h5ad file, or a table of barcodes and domains such as NAME_domains.csv
    pub(crate) input: PathBuf,
    /// Column with known domains, or a CSV/TSV file of barcodes and labels (FILE or FILE#COLUMN)
    #[arg(long, value_name = "KEY")]
    pub(crate) truth: Option<String>,
    /// Key of `obsm` with the coordinates [default: that of the run, else spatial]
    #[arg(long, value_name = "KEY")]
    pub(crate) spatial_key: Option<String>,
    /// Column of `obs` with the domains
    #[arg(long, default_value = "semst_domain", value_name = "KEY")]
    pub(crate) pred: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReportArgs {
    /// An .h5ad file that `semst run` wrote
    pub(crate) input: PathBuf,
    /// Folder for pictures and report [default: next to the file]
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Replace files of the folder that are not an earlier report of this slide
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Key of `obsm` with the coordinates [default: that of the run, else spatial]
    #[arg(long, value_name = "KEY")]
    pub(crate) spatial_key: Option<String>,
    /// Column of `obs` with the domains
    #[arg(long, default_value = "semst_domain", value_name = "KEY")]
    pub(crate) pred: String,
    /// Column of `obs` with known domains, or a CSV/TSV file of barcodes and labels (FILE or FILE#COLUMN)
    #[arg(long, value_name = "KEY")]
    pub(crate) truth: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InspectArgs {
    /// An .h5ad file, or a Space Ranger output folder
    pub(crate) input: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AblateArgs {
    /// A plan in TOML (examples: docs/results/plans)
    pub(crate) plan: PathBuf,
    /// Folder for cells and tables [default: as the plan says, else its name next to it]
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Tell how many cells there are and how long they will take, and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Run this cell, finished or not: the beginning of its hash in cells.csv; may be repeated
    #[arg(long, value_name = "HASH")]
    pub(crate) only: Vec<String>,
    /// Run cells that failed again
    #[arg(long)]
    pub(crate) retry: bool,
    /// Write the tables of the cells that are finished, and stop
    #[arg(long, conflicts_with_all = ["only", "retry", "dry_run"])]
    pub(crate) tables: bool,
    /// Trainings at a time [default: as the plan says, else 1]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) work: ThreadArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// The command line, with the names of the plug-ins in its help.
pub(crate) fn command<P: Plugins>() -> clap::Command {
    let encoders = format!("Encoder: {}", P::Encoder::names().join(", "));
    let modulators = format!(
        "How semantics change the latent: {}; followed by @all at all depths of the encoder",
        P::Modulator::names().join(", ")
    );
    Args::command().mut_subcommand("run", |run| {
        let listed =
            |arg: clap::Arg, values| arg.value_parser(names(values)).hide_possible_values(true);
        run.mut_arg("encoder", |arg| {
            listed(arg.help(encoders), P::Encoder::names())
        })
        .mut_arg("modulator", |arg| {
            listed(arg.help(modulators), P::Modulator::names())
        })
        .mut_arg("head", |arg| arg.value_parser(names(P::Head::names())))
    })
}

impl ReadArgs {
    /// The options as the reader takes them.
    pub(crate) fn config(&self) -> semst::io::ReadConfig {
        let mut config = semst::io::ReadConfig::new();
        config.layer.clone_from(&self.layer);
        config.input_is = self.input_is.unwrap_or_default();
        config.gene_symbols.clone_from(&self.gene_symbols);
        config.spatial_key.clone_from(&self.spatial_key);
        config.subset.clone_from(&self.subset);
        config.memory_mib = self.memory_mib;
        config
    }
}

/// Completes these values; which values are valid is checked later, with the error of the library.
fn names(names: Vec<&'static str>) -> OneOf {
    OneOf(names)
}

fn presets() -> OneOf {
    names(semst::PRESETS.iter().map(|(name, _)| *name).collect())
}

fn input_kinds() -> impl TypedValueParser<Value = semst::io::InputIs> {
    PossibleValuesParser::new(semst::io::InputIs::NAMES).try_map(|name| name.parse())
}

fn scalings() -> impl TypedValueParser<Value = ColumnScale> {
    PossibleValuesParser::new(ColumnScale::NAMES).try_map(|name| name.parse())
}

/// A text for which shells complete some values.
#[derive(Clone)]
struct OneOf(Vec<&'static str>);

impl TypedValueParser for OneOf {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = self.0.iter().map(|name| PossibleValue::new(*name));
        Some(Box::new(values))
    }
}

/// What `--device` takes in this build.
fn devices() -> String {
    let gpu = match semst::DEVICES.iter().any(|d| ["wgpu", "cuda"].contains(d)) {
        true => "; the second card of a kind is e.g. wgpu:1, and auto takes a GPU if one answers",
        false => "",
    };
    format!("Where to compute: {}{gpu}", semst::DEVICES.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command::<semst::Shipped>().debug_assert();
    }
}
