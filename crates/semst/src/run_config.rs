//! Everything that a run depends on.

use crate::{
    ConfigFile, Error, GraphConfig, Plugins, SemanticsConfig, Shipped, SourceConfig, Strength,
    ViewGenes, Views, modulator_at,
};
use semst_clustering_heads::{HeadConfig, name_or_table};
use semst_fsm_modulation::ModulatorConfig;
use semst_gnn_encoders::{EncoderConfig, Needs};
use semst_io::{InputIs, ReadConfig};
use semst_preprocess::Preprocess;
use semst_training::{Depth, TrainConfig};
use serde::{Deserialize, Serialize};

/// The most neighbours of a spot in the expression graph.
const MOST_NEIGHBORS: usize = 100_000;

/// More domains than any tissue has, and few enough for the arrays of a head.
const MOST_DOMAINS: usize = 100_000;

/// The whole configuration of a run: plain data, stored as TOML. Start from a preset ([`RunConfig::preset`]).
///
/// # Examples
/// ```
/// use semst::RunConfig;
///
/// let config = RunConfig::preset("paper-dlpfc")?.with_domains(7).with_seed(1);
/// let text = config.to_toml()?;
/// assert_eq!(RunConfig::from_toml(&text)?, config);
/// # Ok::<(), semst::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct RunConfig<P: Plugins = Shipped> {
    /// Name of the initial preset.
    pub preset: String,
    /// Number of domains; `None` chooses it by the agreement of the views.
    pub domains: Option<usize>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// `auto`, `cpu`, …
    pub device: String,
    /// Whether sections that a column of `obs` names are one slide although they overlap or are apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_slide: bool,
    /// The kind of the values to read: `counts`, `lognorm` (log1p of normalised counts) or `auto`. Encoders whose loss needs counts
    /// refuse log-normalised values; the others skip the normalisation and the logarithm.
    #[serde(default, skip_serializing_if = "InputIs::is_counts")]
    pub input_is: InputIs,
    /// The clustering head: a name (`gmm`, `kmeans`), or a table with `name` and settings.
    #[serde(with = "name_or_table")]
    pub head: P::Head,
    /// Neighbours of the expression graph.
    pub n_neighbors: usize,
    /// Counts to features.
    pub preprocess: Preprocess,
    /// Coordinates to a graph.
    pub spatial_graph: P::Graph,
    /// Genes to semantics.
    pub semantics: SemanticsConfig<P::Semantics>,
    /// The encoder.
    pub encoder: P::Encoder,
    /// How semantics change the latent.
    #[serde(alias = "modulation")]
    pub modulator: P::Modulator,
    /// The modulated layers of the encoder: `latent` (the paper) or `all`.
    #[serde(default, skip_serializing_if = "Depth::is_latent")]
    pub depth: Depth,
    /// The optimiser.
    pub train: TrainConfig,
    /// Strength a of the diffusion `(I + aL)⁻¹` over the spatial graph, for the views, the floor and the embedding; `auto` chooses
    /// it for each slide, from the components of the views or of the floor. 0 does not change the embedding, as in the papers.
    #[serde(default)]
    pub smoothing: Strength,
    /// Weight of the floor (principal components of the counts, diffused) that is joined to the embedding, both scaled to the same
    /// mean length; 0 leaves the embedding alone, as in the papers.
    #[serde(default)]
    pub floor: f64,
    /// The genes of the floor and of its views, which are not those of `preprocess`.
    #[serde(default, skip_serializing_if = "ViewGenes::is_default")]
    pub view_genes: ViewGenes,
    /// Views of the slide that vote on the domains, without any training. `None`: the embedding alone is clustered, as in the papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Views>,
    /// Whether the embedding votes with the views. If not, the domains are known before the training.
    #[serde(default)]
    pub embedding_votes: bool,
    /// Whether the model is trained, if the domains do not depend on it.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub model: bool,
    /// Other views whose agreement chooses the number of domains if none is given: of the first transform, every scale, the least
    /// and the most components. None takes `views`, or those of the preset `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting: Option<Views>,
}

impl<P: Plugins> RunConfig<P> {
    /// Sets the number of domains.
    pub fn with_domains(mut self, domains: usize) -> Self {
        self.domains = Some(domains);
        self
    }

    /// Sets the seed of the whole run.
    pub fn with_seed(mut self, seed: u64) -> Self {
        (self.seed, self.train.seed) = (seed, seed);
        self
    }

    /// Sets the number of variable genes, for the encoder and for the views that decide on the domains.
    pub fn with_n_top_genes(mut self, n: usize) -> Self {
        self.preprocess.n_top_genes = Some(n);
        self.view_genes.n_top_genes = n;
        self
    }

    /// Sets the number of spots in which a gene must be found, for the encoder and for the views.
    pub fn with_min_cells(mut self, spots: usize) -> Self {
        self.preprocess.genes.min_cells = spots;
        self.view_genes.min_cells = spots;
        self
    }

    /// Sets the number of counts that a gene must have, for the encoder and for the views.
    pub fn with_min_counts(mut self, counts: f64) -> Self {
        self.preprocess.genes.min_counts = counts;
        self.view_genes.min_counts = counts;
        self
    }

    /// Sets the encoder, and prepares data and trains as its authors do ([`EncoderConfig::recipe`]).
    pub fn with_encoder(mut self, encoder: P::Encoder) -> Self {
        let recipe = encoder.recipe();
        self.preprocess = recipe.preprocess;
        self.spatial_graph = recipe.graph.into();
        self.n_neighbors = recipe.expression_k.unwrap_or(self.n_neighbors);
        // Baselines are clustered as by their authors; the floor has been diffused already. Domains are counted as before.
        self.counting = self.counting.or(self.views.take());
        (self.smoothing, self.floor, self.views) = (Strength::default(), 0.0, None);
        self.train = TrainConfig {
            epochs: recipe.epochs,
            learning_rate: recipe.learning_rate,
            weight_decay: recipe.weight_decay,
            clip_norm: recipe.clip_norm,
            ..self.train
        };
        self.encoder = encoder;
        self
    }

    /// Sets the encoder by its name, as [`RunConfig::with_encoder`] does. If it is the present encoder, it keeps its settings.
    ///
    /// # Errors
    /// When no encoder has the name.
    pub fn with_encoder_named(self, name: &str) -> Result<Self, Error> {
        if name == self.encoder.name() {
            return Ok(self);
        }
        let encoder = P::Encoder::from_name(name)?;
        Ok(self.with_encoder(encoder))
    }

    /// Sets the modulator.
    pub fn with_modulator(mut self, modulator: P::Modulator) -> Self {
        self.modulator = modulator;
        self
    }

    /// Sets the modulator by its name, followed by `@all` for every depth of the encoder (`fsm@all`). If it is the present
    /// modulator, it keeps its settings.
    ///
    /// # Errors
    /// When the name or the depth is unknown.
    pub fn with_modulator_named(mut self, text: &str) -> Result<Self, Error> {
        let (name, depth) = modulator_at(text)?;
        if name != self.modulator.name() {
            self.modulator = P::Modulator::from_name(name)?;
        }
        self.depth = depth;
        Ok(self)
    }

    /// The name that [`RunConfig::with_modulator_named`] accepts.
    pub fn modulator_name(&self) -> String {
        match self.depth {
            Depth::All if self.modulator.uses_semantics() => {
                format!("{}@all", self.modulator.name())
            }
            _ => self.modulator.name().into(),
        }
    }

    /// Checks a number of domains.
    ///
    /// # Errors
    /// [`Error::TooFewDomains`] below two, [`Error::Config`] for an absurd number.
    pub(crate) fn check_domains(&self, domains: usize) -> Result<(), Error> {
        match domains {
            0 | 1 => Err(Error::TooFewDomains { domains }),
            2..=MOST_DOMAINS => Ok(()),
            _ => {
                let reason = format!("domains is {domains}, but must be from 2 to {MOST_DOMAINS}");
                Err(Error::Config { reason })
            }
        }
    }

    /// Checks what can be checked without a slide.
    ///
    /// # Errors
    /// The first field that is not valid.
    pub fn check(&self) -> Result<(), Error> {
        self.preprocess.check()?;
        if !(1..=MOST_NEIGHBORS).contains(&self.n_neighbors) {
            let n = self.n_neighbors;
            let reason = format!("n_neighbors is {n}, but must be from 1 to {MOST_NEIGHBORS}");
            return Err(Error::Config { reason });
        }
        self.view_genes.recipe().check()?;
        let smoothing = self.smoothing.fixed().unwrap_or(0.0);
        for (field, value) in [("smoothing", smoothing), ("floor", self.floor)] {
            if !(0.0..=Strength::MOST).contains(&value) {
                let reason = format!("{field} is {value}, but must be from 0 to 1e6");
                return Err(Error::Config { reason });
            }
        }
        self.check_stages()?;
        for (table, views) in [("views", &self.views), ("counting", &self.counting)] {
            let Some(views) = views else { continue };
            let wrong = |reason: String| Error::Config {
                reason: format!("{table}.{reason}"),
            };
            views.check().map_err(|e| wrong(e.to_string()))?;
            let strongest = views.most_scale() * smoothing;
            if strongest > Strength::MOST {
                return Err(wrong(format!(
                    "scales times smoothing is {strongest}, but must be at most 1e6"
                )));
            }
        }
        self.spatial_graph.check()?;
        self.encoder.check()?;
        self.modulator.check()?;
        self.train.check()?;
        if self.uses_semantics() {
            self.semantics.check()?;
        }
        let domains = self.domains.unwrap_or(2);
        self.check_domains(domains)?;
        self.head.check()?;
        self.head.init(domains)?;
        semst_device::check(&self.device)?;
        Ok(())
    }

    /// Checks that the parts fit together: what is chosen by views, or made without a model, needs views.
    fn check_stages(&self) -> Result<(), Error> {
        let voters = self.views.as_ref().map_or(0, Views::n_voting);
        let reason = if self.smoothing == Strength::Auto
            && self.floor == 0.0
            && self.views.is_none()
        {
            "`smoothing` is auto, which needs views or a floor: give it a number (--smoothing), or take the encoder of the preset default"
        } else if self.views.is_some() && voters == 0 {
            "`views` has no view: give it transforms, and components or directions with scales, or rings"
        } else if !self.model && !self.domains_from_views() {
            "without a model (--no-model) the domains must come from views, as in the preset default with its own encoder and `embedding_votes` false; here they are those of the embedding"
        } else {
            return Ok(());
        };
        Err(Error::Stages { reason })
    }

    /// The parts of a slide that the model needs; none if no model is trained.
    pub(crate) fn model_needs(&self) -> Needs {
        match self.model {
            true => self.encoder.needs(),
            false => Needs::new(),
        }
    }

    /// Whether a model is trained that uses semantics.
    pub(crate) fn uses_semantics(&self) -> bool {
        self.model && self.modulator.uses_semantics()
    }

    /// Whether the domains come from views alone, before the training.
    pub fn domains_from_views(&self) -> bool {
        self.views.is_some() && !self.embedding_votes
    }

    /// Adds everything that this configuration needs from the file of the slide to a configuration of reading.
    ///
    /// # Examples
    /// ```
    /// use semst::{GraphConfig, RunConfig, ShippedGraph, io::ReadConfig};
    ///
    /// let mut config = RunConfig::preset("default")?;
    /// config.spatial_graph = ShippedGraph::parse("obsp:spatial_connectivities")?;
    /// assert_eq!(config.needs(ReadConfig::new()).obsp, ["spatial_connectivities"]);
    /// # Ok::<(), semst::Error>(())
    /// ```
    pub fn needs(&self, reading: ReadConfig) -> ReadConfig {
        let mut reading = reading;
        if !self.input_is.is_counts() {
            reading.input_is = self.input_is;
        }
        let keys = self.spatial_graph.obsp();
        let reading = keys.into_iter().fold(reading, ReadConfig::with_obsp);
        let reading = self.semantics.source.needs(reading);
        let keys = self.model_needs().obsm;
        keys.into_iter().fold(reading, ReadConfig::with_obsm)
    }

    /// As TOML.
    ///
    /// # Errors
    /// When a value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string_pretty(self).map_err(|e| Error::Config {
            reason: e.to_string(),
        })
    }

    /// From TOML that has all keys.
    ///
    /// # Errors
    /// As [`ConfigFile::parse`] and [`ConfigFile::whole`].
    pub fn of_toml(text: &str) -> Result<Self, Error> {
        ConfigFile::parse(text)?.whole()
    }
}

/// The default of a switch that is on.
fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShippedGraph;
    use semst_fsm_modulation::ShippedModulator;
    use semst_gnn_encoders::ShippedEncoder;
    use semst_spatial_graph::{DelaunayGraph, GridGraph, HexGraph, ThresholdGraph};
    use toml::{Table, Value};

    /// The tables in a table, the table itself first, each with a key that no configuration has.
    fn with_unknown(table: &Table) -> Vec<Table> {
        let mut first = table.clone();
        first.insert("no_such_key".into(), Value::Integer(1));
        let mut all = vec![first];
        for (key, value) in table {
            let Value::Table(inner) = value else { continue };
            for changed in with_unknown(inner) {
                let mut outer = table.clone();
                outer.insert(key.clone(), Value::Table(changed));
                all.push(outer);
            }
        }
        all
    }

    /// Every value that is no table, with its path.
    fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Table(table) => {
                for (key, item) in table {
                    leaves(item, &format!("{path}.{key}"), found);
                }
            }
            _ => found.push(path.into()),
        }
    }

    /// Every number in a table with its path.
    fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Integer(_) | Value::Float(_) => found.push(path.into()),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    numbers(item, &format!("{path}.{at}"), found);
                }
            }
            Value::Table(table) => {
                for (key, item) in table {
                    numbers(item, &format!("{path}.{key}"), found);
                }
            }
            _ => {}
        }
    }

    /// Puts another value at a path; returns the old one.
    fn replaced(value: &mut Value, path: &str, new: &Value) -> Value {
        let mut at = value;
        for key in path.split('.').skip(1) {
            at = match (at, key.parse::<usize>()) {
                (Value::Array(items), Ok(place)) => &mut items[place],
                (Value::Table(table), _) => table.get_mut(key).expect("a path that was found"),
                _ => unreachable!("{path}"),
            };
        }
        std::mem::replace(at, new.clone())
    }

    /// Fields for which any number is a number to work with: it is a seed, or limited by the slide.
    const ANY: [&str; 12] = [
        "steps",
        "min_degree",
        "max_degree",
        "seed",
        "dimensions",
        "search_rows",
        "min_cells",
        "patience",
        "radius",
        "start",
        "stop",
        "k",
    ];

    /// Amounts of counts, which may be large.
    const LARGE: [&str; 3] = ["min_counts", "target_sum", "max_value"];

    /// Configurations that have every preset, encoder, modulator, head and graph.
    fn every_part() -> Result<Vec<RunConfig>, Box<dyn std::error::Error>> {
        let default = || RunConfig::preset("default");
        let mut configs = Vec::new();
        for (preset, _) in crate::PRESETS {
            configs.push(RunConfig::preset(preset)?);
        }
        for encoder in ShippedEncoder::names() {
            configs.push(default()?.with_encoder_named(encoder)?);
        }
        for modulator in ShippedModulator::names() {
            configs.push(default()?.with_modulator_named(modulator)?);
        }
        for head in crate::clustering::ShippedHead::names() {
            let mut config = default()?.with_domains(7);
            config.head = crate::clustering::ShippedHead::from_name(head)?;
            configs.push(config);
        }
        for graph in [
            ShippedGraph::parse("knn:6")?,
            ShippedGraph::parse("directed-knn:3")?,
            ShippedGraph::parse("radius:1.5")?,
            ShippedGraph::parse("spacing:1.1")?,
            ShippedGraph::Threshold(ThresholdGraph::new()),
            ShippedGraph::Delaunay(DelaunayGraph::default()),
            ShippedGraph::Grid(GridGraph::new(1)),
            ShippedGraph::Hex(HexGraph::new(1)),
        ] {
            let mut config = default()?;
            config.spatial_graph = graph;
            configs.push(config);
        }
        Ok(configs)
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_by_its_path() -> Result<(), Box<dyn std::error::Error>> {
        let (mut tried, mut wrong) = (0, Vec::new());
        for config in every_part()? {
            let whole = Value::try_from(&config)?;
            let mut paths = Vec::new();
            leaves(&whole, "", &mut paths);
            for path in paths {
                let mut of_type = whole.clone();
                let old = replaced(&mut of_type, &path, &Value::Boolean(true));
                let news = match old {
                    // A number or a word.
                    _ if path == ".smoothing" => [Value::Boolean(true), Value::Array(Vec::new())],
                    Value::Boolean(_) | Value::String(_) => [Value::Integer(3), Value::Float(1.5)],
                    _ => [Value::Boolean(true), Value::String("three".into())],
                };
                for new in news {
                    let mut changed = whole.clone();
                    replaced(&mut changed, &path, &new);
                    let text = toml::to_string(&changed)?;
                    let place = format!("`{}`: ", path.trim_start_matches('.'));
                    let said = RunConfig::from_toml(&text).map(|_| ());
                    let over = ConfigFile::parse(&text)?.over(None);
                    for said in [said, over.map(|_: RunConfig| ())] {
                        let said =
                            said.map_or_else(|e| e.to_string(), |()| "it is accepted".into());
                        tried += 1;
                        if !(said.contains(&place) && said.contains("line ")) {
                            wrong.push(format!("{path} = {new}: {said}"));
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(tried > 5_000, "{tried}");
        Ok(())
    }

    #[test]
    fn every_number_is_refused_by_its_name_or_runs() -> Result<(), Box<dyn std::error::Error>> {
        let configs = every_part()?;
        let values = [
            Value::Integer(0),
            Value::Integer(1),
            Value::Integer(-1),
            Value::Integer(i64::from(u32::MAX)),
            Value::Integer(i64::MAX),
            Value::Float(0.0),
            Value::Float(-1.0),
            Value::Float(1e300),
            Value::Float(f64::NAN),
            Value::Float(f64::INFINITY),
        ];
        let (mut tried, mut refused, mut wrong) = (0, 0, Vec::new());
        for config in configs {
            let whole = Value::try_from(&config)?;
            let mut paths = Vec::new();
            numbers(&whole, "", &mut paths);
            for path in paths {
                for new in &values {
                    let mut changed = whole.clone();
                    replaced(&mut changed, &path, new);
                    let parsed = RunConfig::from_toml(&toml::to_string(&changed)?);
                    let of_type = parsed.is_ok();
                    let said = parsed.and_then(|config| config.check());
                    tried += 1;
                    let name = path.rsplit('.').find(|key| key.parse::<usize>().is_err());
                    let name = name.unwrap_or_default();
                    match said {
                        Ok(()) => {
                            let float = new.as_float().unwrap_or(1.0);
                            let whole = new.as_integer().unwrap_or(1);
                            let most = if LARGE.contains(&name) { u32::MAX } else { 1 };
                            let tame = (0.0..=1e6).contains(&float)
                                && (0..=i64::from(most)).contains(&whole);
                            if !tame && !ANY.contains(&name) {
                                wrong.push(format!("{path} = {new} is accepted"));
                            }
                        }
                        Err(error) => {
                            let chain = std::iter::successors(
                                Some(&error as &dyn std::error::Error),
                                |error| error.source(),
                            );
                            let text: Vec<String> = chain.map(ToString::to_string).collect();
                            let text = text.join(": ");
                            let word = name.trim_end_matches('s');
                            if text.contains('\n') || of_type && !text.contains(word) {
                                wrong.push(format!("{path} = {new}: {text}"));
                            }
                            refused += 1;
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(tried > 5_000 && refused > tried / 2, "{refused} of {tried}");
        Ok(())
    }

    #[test]
    fn a_key_that_no_part_has_is_refused_everywhere() -> Result<(), Box<dyn std::error::Error>> {
        let mut configs = Vec::new();
        for (preset, _) in crate::PRESETS {
            configs.push(RunConfig::preset(preset)?);
        }
        for encoder in ShippedEncoder::names() {
            configs.push(RunConfig::preset("default")?.with_encoder_named(encoder)?);
        }
        for modulator in ShippedModulator::names() {
            configs.push(RunConfig::preset("default")?.with_modulator_named(modulator)?);
        }
        let mut tried = 0;
        for config in configs {
            let table: Table = toml::from_str(&config.to_toml()?)?;
            for changed in with_unknown(&table) {
                let text = toml::to_string(&changed)?;
                let said = RunConfig::from_toml(&text).map_err(|e| e.to_string());
                let refused = said.as_ref().is_err_and(|e| e.contains("no_such_key"));
                assert!(refused, "{said:?} for {text}");
                tried += 1;
            }
        }
        assert!(tried > 200, "{tried} tables");
        Ok(())
    }
}
