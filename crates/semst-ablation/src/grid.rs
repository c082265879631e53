//! The cross product of a plan, without cells that have no meaning.

use std::path::{Path, PathBuf};
use std::time::Duration;

use semst::encoders::EncoderConfig;
use semst::modulation::{ModulatorConfig, ShippedModulator};
use semst::{CacheChoice, Plugins, RunConfig, SourceConfig};
use serde_json::{Value, json};

use crate::external::command::CommandWork;
use crate::fingerprint::Prints;
use crate::location::resolve;
use crate::plan::external::{ExternalSource, Places};
use crate::slide::Slide;
use crate::{
    AblationError, CommandEntry, EncoderEntry, ExternalEntry, HeadEntry, Method, ModulatorEntry,
    Plan, Role, SemanticsEntry, fingerprint,
};

/// One training (or reading), and the heads that cluster its embedding.
#[derive(Debug, Clone)]
pub(crate) struct Job<P: Plugins> {
    /// Index of the slide.
    pub(crate) slide: usize,
    pub(crate) method: Method,
    pub(crate) seed: u64,
    pub(crate) work: Work<P>,
    pub(crate) cells: Vec<Cell<P>>,
}

/// A head and the hash of the cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell<P: Plugins> {
    /// Label of the head.
    pub(crate) head: String,
    /// The head; `None` if labels exist already.
    pub(crate) config: Option<P::Head>,
    pub(crate) hash: String,
}

/// How an embedding or labels are made.
#[derive(Debug, Clone)]
pub(crate) enum Work<P: Plugins> {
    /// A run of semst, without its head.
    Run(Box<RunConfig<P>>),
    /// An embedding of another tool.
    Embedding(Place),
    /// Labels of another tool.
    Labels(Place),
    /// A command of another tool that makes an embedding.
    Command(Box<CommandWork<P>>),
}

/// A file, and the key in it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) key: Option<String>,
}

/// Name of the head for labels of another tool.
pub(crate) const OWN: &str = "own";

/// All jobs of a plan, by data set, then seed, then floors, methods and external rows in the order of the plan.
pub(crate) fn jobs<P: Plugins>(
    plan: &Plan<P>,
    folder: &Path,
    slides: &[Slide],
) -> Result<Vec<Job<P>>, AblationError> {
    let mut jobs = Vec::new();
    let seeds = plan.seeds.list();
    let prints = Prints::default();
    for (at, slide) in slides.iter().enumerate() {
        let dataset = &plan.datasets[at];
        let mut preset = RunConfig::<P>::of_preset(plan.preset_of(dataset))
            .map_err(|e| AblationError::plan("preset", e.to_string()))?;
        preset.one_slide = dataset.one_slide;
        for (nth, &seed) in seeds.iter().enumerate() {
            let grid = Grid {
                plan,
                folder,
                slide,
                at,
                preset: preset.clone(),
                seed,
                prints: &prints,
            };
            for floor in &plan.floors {
                jobs.push(grid.none(floor, Role::Floor)?);
            }
            for encoder in &plan.encoders {
                grid.encoder(encoder, &mut jobs)?;
            }
            for row in &plan.external {
                jobs.extend(grid.external(row, nth == 0)?);
            }
        }
    }
    Ok(jobs)
}

/// One slide and seed.
struct Grid<'a, P: Plugins> {
    plan: &'a Plan<P>,
    folder: &'a Path,
    slide: &'a Slide,
    at: usize,
    preset: RunConfig<P>,
    seed: u64,
    prints: &'a Prints,
}

impl<P: Plugins> Grid<'_, P> {
    fn none(&self, encoder: &EncoderEntry<P>, role: Role) -> Result<Job<P>, AblationError> {
        let mut config = encoder.apply(self.preset.clone(), self.plan.epochs);
        config.modulator = ShippedModulator::None.into();
        let method = Method {
            encoder: encoder.label.clone(),
            modulator: "none".into(),
            semantics: "-".into(),
            role,
        };
        self.run(method, config)
    }

    fn encoder(
        &self,
        encoder: &EncoderEntry<P>,
        jobs: &mut Vec<Job<P>>,
    ) -> Result<(), AblationError> {
        let wanted = |m: &&ModulatorEntry<P>| {
            let chosen = encoder.modulators.as_ref();
            chosen.is_none_or(|chosen| chosen.contains(&m.label))
        };
        for modulator in self.plan.modulators.iter().filter(wanted) {
            if !modulator.config.uses_semantics() {
                let role = match encoder.config.is_floor() {
                    true => Role::Floor,
                    false => Role::Method,
                };
                jobs.push(self.none(encoder, role)?);
                continue;
            }
            for semantics in &self.plan.semantics {
                jobs.push(self.modulated(encoder, modulator, semantics)?);
            }
        }
        Ok(())
    }

    fn modulated(
        &self,
        encoder: &EncoderEntry<P>,
        modulator: &ModulatorEntry<P>,
        semantics: &SemanticsEntry<P>,
    ) -> Result<Job<P>, AblationError> {
        let mut config = encoder.apply(self.preset.clone(), self.plan.epochs);
        config.modulator = modulator.in_preset(&self.preset.modulator);
        config.depth = modulator.depth;
        config.semantics = semantics.in_preset(self.preset.semantics.clone());
        let source = &mut config.semantics.source;
        source.map_file(|file| resolve(self.folder, file));
        let role = match source.is_control() {
            true => Role::Control,
            false => Role::Method,
        };
        let method = Method {
            encoder: encoder.label.clone(),
            modulator: modulator.label.clone(),
            semantics: semantics.label.clone(),
            role,
        };
        self.run(method, config)
    }

    fn run(&self, method: Method, config: RunConfig<P>) -> Result<Job<P>, AblationError> {
        let config = config.with_seed(self.seed).with_domains(self.slide.domains);
        // The hash depends on the content of a file of vectors, not on its path.
        let mut keyed = config.clone();
        keyed.semantics.source.map_file(|file| {
            let print = match file.is_dir() {
                true => fingerprint::of_sizes,
                false => fingerprint::of_path,
            };
            self.prints.of(file, print).into()
        });
        // The place of the cache of a language model does not change its vectors.
        keyed.semantics.prompted.cache = CacheChoice::default();
        if !config.modulator.uses_semantics() {
            keyed.semantics = self.preset.semantics.clone();
        }
        let mut key = serde_json::to_value(&keyed).map_err(|e| AblationError::Record {
            reason: e.to_string(),
        })?;
        // A field of earlier versions: cells that they computed keep their hashes.
        if let Some(recipe) = key["preprocess"].as_object_mut() {
            let seed = recipe.remove("seed").unwrap_or_default();
            recipe.insert("allow_non_integers".into(), false.into());
            recipe.insert("seed".into(), seed);
        }
        let cells = self.headed(&key);
        Ok(self.job(method, Work::Run(Box::new(config)), cells))
    }

    fn external(
        &self,
        row: &ExternalEntry<P>,
        first: bool,
    ) -> Result<Option<Job<P>>, AblationError> {
        Ok(match &row.source {
            ExternalSource::Command(command) => Some(self.command(&row.name, command)?),
            ExternalSource::Embedding(places) => self.brought(&row.name, places, false, first),
            ExternalSource::Labels(places) => self.brought(&row.name, places, true, first),
        })
    }

    /// The job of a command. Its hash depends on its words, its files and its input, but not on its name.
    fn command(&self, name: &str, entry: &CommandEntry<P>) -> Result<Job<P>, AblationError> {
        let wrong = |problem| AblationError::plan(format!("external.{name}"), problem);
        let config = entry.apply(self.preset.clone()).map_err(wrong)?;
        let config = config.with_seed(self.seed).with_domains(self.slide.domains);
        let words = entry.command.of(&self.slide.name, self.seed);
        let named = words
            .iter()
            .map(|word| resolve(self.folder, Path::new(word)));
        let named = named.filter(|path| path.is_file());
        let needed = entry.files.iter().map(|file| resolve(self.folder, file));
        let files: Vec<String> = named
            .chain(needed)
            .map(|path| self.prints.of(&path, fingerprint::of_path))
            .collect();
        let keep = entry.keep.as_ref().map(|folder| {
            let run = format!("{}_{}", self.slide.name, self.seed);
            resolve(self.folder, folder).join(run)
        });
        let work = CommandWork {
            config,
            words,
            folder: self.folder.to_path_buf(),
            output: entry.output,
            timeout: entry.timeout.map(Duration::from_secs_f64),
            keep,
        };
        let mut id = work.record();
        if let Some(id) = id.as_object_mut() {
            // The result does not depend on the time limit, unless the limit ends the command.
            id.remove("timeout");
            id.insert("files".into(), json!(files));
            id.insert("seed".into(), json!(self.seed));
            id.insert("domains".into(), json!(self.slide.domains));
        }
        let method = Method {
            encoder: name.into(),
            modulator: "-".into(),
            semantics: "-".into(),
            role: Role::Method,
        };
        let cells = self.headed(&id);
        Ok(self.job(method, Work::Command(Box::new(work)), cells))
    }

    /// The job for results of another tool.
    fn brought(&self, name: &str, places: &Places, own: bool, first: bool) -> Option<Job<P>> {
        let pattern = places.of(&self.slide.name)?;
        let seeded = pattern.contains("{seed}");
        // Labels without a seed are listed once.
        if own && !seeded && !first {
            return None;
        }
        let text = pattern.replace("{seed}", &self.seed.to_string());
        let (file, key) = match text.split_once('#') {
            Some((file, key)) => (file, Some(key.to_string())),
            None => (text.as_str(), None),
        };
        let path = if file.is_empty() {
            self.slide.path.clone()
        } else {
            resolve(self.folder, Path::new(file))
        };
        let digest = self.prints.of(&path, fingerprint::of_path);
        let kind = if own { "labels" } else { "embedding" };
        let id = json!({
            "external": name, "kind": kind, "file": digest, "key": key, "seed": self.seed,
            "domains": self.slide.domains,
        });
        let cells = if own {
            vec![self.cell(OWN, None, &json!(OWN), &id)]
        } else {
            self.headed(&id)
        };
        let place = Place { path, key };
        let work = if own {
            Work::Labels(place)
        } else {
            Work::Embedding(place)
        };
        let method = Method {
            encoder: name.into(),
            modulator: "-".into(),
            semantics: "-".into(),
            role: Role::External,
        };
        Some(self.job(method, work, cells))
    }

    fn job(&self, method: Method, work: Work<P>, cells: Vec<Cell<P>>) -> Job<P> {
        Job {
            slide: self.at,
            method,
            seed: self.seed,
            work,
            cells,
        }
    }

    /// A cell for each head.
    fn headed(&self, run: &Value) -> Vec<Cell<P>> {
        let cell = |head: &HeadEntry<P>| {
            let id = match head.plain {
                true => json!(head.label),
                false => json!([head.label, head.config]),
            };
            self.cell(&head.label, Some(head.config.clone()), &id, run)
        };
        self.plan.heads.iter().map(cell).collect()
    }

    fn cell(&self, label: &str, config: Option<P::Head>, head: &Value, run: &Value) -> Cell<P> {
        let id = json!({
            "version": env!("CARGO_PKG_VERSION"), "data": self.slide.digest, "run": run, "head": head,
        });
        Cell {
            head: label.into(),
            config,
            hash: fingerprint::of_value(&id),
        }
    }
}
