//! The configuration of a run: a preset or file, with the options on top.

use crate::args::{DomainNumber, RunArgs};
use anyhow::{Context, Result};
use semst::clustering::HeadConfig;
use semst::graph::{RadiusGraph, SymmetricKnnGraph};
use semst::{ConfigFile, GraphConfig, Plugins, RunConfig, ShippedGraph, SourceConfig};

/// The options of a run, and the file of `--config`, which is read once.
pub(crate) struct Asked<'a> {
    args: &'a RunArgs,
    file: Option<ConfigFile>,
}

impl<'a> Asked<'a> {
    pub(crate) fn read(args: &'a RunArgs) -> Result<Self> {
        let file = match &args.config {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("{} cannot be read", path.display()))?;
                let file = ConfigFile::parse(text);
                Some(file.with_context(|| path.display().to_string())?)
            }
            None => None,
        };
        Ok(Self { args, file })
    }

    /// The preset or file, with the options on top.
    pub(crate) fn configuration<P: Plugins>(&self) -> Result<RunConfig<P>> {
        let named = self.args.preset.as_deref();
        let config = match (&self.file, &self.args.config) {
            (Some(file), Some(path)) => {
                let config = file.over(named);
                config.with_context(|| path.display().to_string())?
            }
            _ => RunConfig::of_preset(named.unwrap_or("default"))?,
        };
        with_options(config, self.args)
    }
}

fn with_options<P: Plugins>(mut config: RunConfig<P>, args: &RunArgs) -> Result<RunConfig<P>> {
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
    if let Some(columns) = &args.semantics_scaling {
        config.semantics.scaling.columns = columns.clone();
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
    config.model &= !args.no_model;
    config.smoothing = args.smoothing.unwrap_or(config.smoothing);
    config.n_neighbors = args.n_neighbors.unwrap_or(config.n_neighbors);
    config.train.epochs = args.epochs.unwrap_or(config.train.epochs);
    config.train.learning_rate = args.learning_rate.unwrap_or(config.train.learning_rate);
    config.train.batch = args.batch.unwrap_or(config.train.batch);
    Ok(config)
}
