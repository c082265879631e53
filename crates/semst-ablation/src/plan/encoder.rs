//! An encoder of a plan.

use semst::encoders::EncoderConfig;
use semst::preprocess::Preprocess;
use semst::{Plugins, RunConfig, Shipped};
use serde::Deserialize;

use super::settings::{name_in, name_or_table, read, taken};

/// An encoder: a name (`"stagate"`), or a table with its settings and those of its run.
///
/// The encoder for which the preset was made keeps the preset's preprocessing, graph and training; any other is prepared
/// and trained as its authors do ([`EncoderConfig::recipe`]). The settings of the table are applied last.
///
/// ```toml
/// encoders = ["semst", { label = "stagate-16", name = "stagate", d_latent = 16, epochs = 500 }]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value", bound = "")]
pub struct EncoderEntry<P: Plugins = Shipped> {
    /// Its name in the tables. Default: the encoder's.
    pub label: String,
    /// The encoder.
    pub config: P::Encoder,
    /// Whether only its name was given.
    pub plain: bool,
    /// Epochs.
    pub epochs: Option<usize>,
    /// Step size of Adam.
    pub learning_rate: Option<f64>,
    /// Counts to features.
    pub preprocess: Option<Preprocess>,
    /// Coordinates to a graph.
    pub spatial_graph: Option<P::Graph>,
    /// Neighbours of the expression graph.
    pub n_neighbors: Option<usize>,
    /// Labels of the modulators with which it runs. Default: all.
    pub modulators: Option<Vec<String>>,
}

impl<P: Plugins> EncoderEntry<P> {
    /// An encoder with its default settings.
    ///
    /// # Errors
    /// When the name is unknown; the message lists the known names.
    pub fn named(name: &str) -> Result<Self, String> {
        let config = P::Encoder::from_name(name).map_err(|e| e.to_string())?;
        Ok(Self {
            label: name.into(),
            config,
            plain: true,
            epochs: None,
            learning_rate: None,
            preprocess: None,
            spatial_graph: None,
            n_neighbors: None,
            modulators: None,
        })
    }

    /// The configuration of a preset with this encoder.
    pub(crate) fn apply(&self, preset: RunConfig<P>, epochs: Option<usize>) -> RunConfig<P> {
        let own = preset.encoder.name() == self.config.name();
        let mut run = match (own, self.plain) {
            (true, true) => preset,
            (true, false) => RunConfig {
                encoder: self.config.clone(),
                ..preset
            },
            (false, _) => preset.with_encoder(self.config.clone()),
        };
        run.train.epochs = self.epochs.or(epochs).unwrap_or(run.train.epochs);
        run.train.learning_rate = self.learning_rate.unwrap_or(run.train.learning_rate);
        run.n_neighbors = self.n_neighbors.unwrap_or(run.n_neighbors);
        if let Some(preprocess) = &self.preprocess {
            run.preprocess = preprocess.clone();
        }
        if let Some(graph) = &self.spatial_graph {
            run.spatial_graph = graph.clone();
        }
        run
    }
}

impl<P: Plugins> TryFrom<toml::Value> for EncoderEntry<P> {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        name_or_table(value, "an encoder is", Self::named, |mut table| {
            let name = name_in(&table, "an encoder's table")?;
            let mut entry = Self::named(&name)?;
            if let Some(label) = taken(&mut table, "label")? {
                entry.label = label;
            }
            entry.epochs = taken(&mut table, "epochs")?;
            entry.learning_rate = taken(&mut table, "learning_rate")?;
            entry.preprocess = taken(&mut table, "preprocess")?;
            entry.spatial_graph = taken(&mut table, "spatial_graph")?;
            entry.n_neighbors = taken(&mut table, "n_neighbors")?;
            entry.modulators =
                taken(&mut table, "modulators")?.or(taken(&mut table, "modulations")?);
            if table.len() > 1 {
                let config: P::Encoder = read(table, &format!("encoder `{name}`"))?;
                (entry.config, entry.plain) = (config, false);
            }
            Ok(entry)
        })
    }
}
