//! An encoder of a plan that is a command of another program.

use std::path::{Path, PathBuf};

use semst::modulation::ShippedModulator;
use semst::preprocess::Preprocess;
use semst::{Plugins, RunConfig, Shipped, Strength};
use serde::Deserialize;

use super::encoder::EncoderEntry;
use crate::AblationError;

/// A command that reads features and graphs, and writes an embedding: an encoder in any language.
///
/// The command runs once for each data set and seed, in the folder of the plan.
/// `{input}`, `{output}`, `{seed}` and `{dataset}` in its words are replaced; a command with neither `{input}` nor `{output}`
/// gets input, output and seed as its last three arguments.
/// It never gets labels.
///
/// The input is an `.npz` (uncompressed, so `numpy.load` reads it at once):
///
/// | array | type | content |
/// |---|---|---|
/// | `features` | `<f4` `[spots, features]` | the features, if they are dense |
/// | `features_data`, `features_indices`, `features_indptr`, `features_shape` | `<f4`, `<i4`, `<i8`, `<i8` | the features, if they are sparse: the CSR parts of `scipy.sparse` |
/// | `genes` | `<U [features]` | gene symbols, if a feature is a gene |
/// | `spatial_data`, `…_indices`, `…_indptr`, `…_shape` | the same | the spatial graph `[spots, spots]`: row i lists the spots from which spot i receives, and their weights |
/// | `expression_data`, `…_indices`, `…_indptr`, `…_shape` | the same | the expression graph, if `like` has one |
/// | `coords` | `<f8` [spots, 2] | coordinates |
/// | `barcodes` | `<U [spots]` | names of the spots |
/// | `seed` | `<u8` | the seed |
///
/// The output has a row for each spot, in their order or with their names, as described in [`semst::io::VectorFile`].
/// A spot that the command drops is a row of NaN.
///
/// ```toml
/// [[external]]
/// name = "graph auto-encoder"
/// command = ["python3", "gae.py"]
/// like = "stagate"
/// timeout = 600
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct CommandEntry<P: Plugins = Shipped> {
    /// The program and its arguments: a list, or a text that is split as in a shell. Relative paths are relative to the plan.
    pub command: CommandLine,
    /// The encoder whose preprocessing and graphs the input has. Default: that of the preset.
    #[serde(default)]
    pub like: Option<String>,
    /// Counts to features. Default: as `like`.
    #[serde(default)]
    pub preprocess: Option<Preprocess>,
    /// Coordinates to a graph. Default: as `like`.
    #[serde(default)]
    pub spatial_graph: Option<P::Graph>,
    /// Neighbours of the expression graph. Default: as `like`.
    #[serde(default)]
    pub n_neighbors: Option<usize>,
    /// Seconds after which the command is ended and its cells fail. Default: no limit.
    #[serde(default)]
    pub timeout: Option<f64>,
    /// Format of the output. Default: `npy`.
    #[serde(default)]
    pub output: OutputFormat,
    /// Files that the command needs in addition to those in its words: cells are computed again when one of them changes.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Folder that keeps the input, the output and the messages of each run. Default: they are removed.
    #[serde(default)]
    pub keep: Option<PathBuf>,
}

/// The words of a command.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Words")]
pub struct CommandLine(Vec<String>);

/// Format of the output of a command: the ending of `{output}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// `numpy.save`
    #[default]
    Npy,
    /// `numpy.savez`
    Npz,
    /// Barcode, then numbers.
    Csv,
    /// The same, with tabs.
    Tsv,
    /// `safetensors.numpy.save_file`
    Safetensors,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "must be a text, or a list of texts")]
enum Words {
    List(Vec<String>),
    Text(String),
}

const INPUT: &str = "{input}";
const OUTPUT: &str = "{output}";

impl TryFrom<Words> for CommandLine {
    type Error = String;

    fn try_from(words: Words) -> Result<Self, String> {
        let mut words = match words {
            Words::List(words) => words,
            Words::Text(text) => {
                shlex::split(&text).ok_or_else(|| format!("`{text}` has an open quote"))?
            }
        };
        if words.first().is_none_or(String::is_empty) {
            return Err("`command` is empty".into());
        }
        let has = |part: &str| words.iter().any(|word| word.contains(part));
        match (has(INPUT), has(OUTPUT)) {
            (true, true) => {}
            (false, false) => words.extend([INPUT, OUTPUT, "{seed}"].map(String::from)),
            (true, false) => return Err(format!("`command` has {INPUT} but no {OUTPUT}")),
            (false, true) => return Err(format!("`command` has {OUTPUT} but no {INPUT}")),
        }
        Ok(Self(words))
    }
}

impl CommandLine {
    /// The program and its arguments with their placeholders.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// The words for a data set and a seed, with placeholders for input and output.
    pub(crate) fn of(&self, dataset: &str, seed: u64) -> Vec<String> {
        let seed = seed.to_string();
        let fill = |word: &String| word.replace("{dataset}", dataset).replace("{seed}", &seed);
        self.0.iter().map(fill).collect()
    }
}

/// Replaces input and output in a word of a command.
pub(crate) fn with_files(word: &str, input: &Path, output: &Path) -> String {
    word.replace(INPUT, &input.to_string_lossy())
        .replace(OUTPUT, &output.to_string_lossy())
}

impl OutputFormat {
    /// The ending of the file.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Safetensors => "safetensors",
        }
    }
}

impl<P: Plugins> CommandEntry<P> {
    /// Checks what can be checked without the data; `name` is that of the row.
    pub(crate) fn check(&self, name: &str) -> Result<(), AblationError> {
        let wrong = |problem: String| {
            AblationError::plan("external", format!("has a row `{name}`: {problem}"))
        };
        if let Some(like) = &self.like {
            EncoderEntry::<P>::named(like).map_err(|e| wrong(format!("`like`: {e}")))?;
        }
        match self.timeout {
            Some(seconds) if !(seconds.is_finite() && seconds > 0.0) => Err(wrong(format!(
                "`timeout` is {seconds}, it must be above 0 seconds"
            ))),
            _ => Ok(()),
        }
    }

    /// The preset with the preprocessing and graphs of the input. The output of the command is clustered without further changes.
    pub(crate) fn apply(&self, preset: RunConfig<P>) -> Result<RunConfig<P>, String> {
        let mut run = match &self.like {
            Some(like) => EncoderEntry::<P>::named(like)?.apply(preset, None),
            None => preset,
        };
        if let Some(preprocess) = &self.preprocess {
            run.preprocess = preprocess.clone();
        }
        if let Some(graph) = &self.spatial_graph {
            run.spatial_graph = graph.clone();
        }
        run.n_neighbors = self.n_neighbors.unwrap_or(run.n_neighbors);
        run.modulator = ShippedModulator::None.into();
        (run.smoothing, run.floor, run.views) = (Strength::default(), 0.0, None);
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, Words};

    fn words(text: &str) -> Result<Vec<String>, String> {
        CommandLine::try_from(Words::Text(text.into())).map(|c| c.words().to_vec())
    }

    #[test]
    fn words_are_those_of_a_shell() {
        assert_eq!(
            words("python3 'my gae.py' --in {input} --out {output}").unwrap_or_default(),
            [
                "python3",
                "my gae.py",
                "--in",
                "{input}",
                "--out",
                "{output}"
            ]
        );
        assert_eq!(
            words("./encode").unwrap_or_default(),
            ["./encode", "{input}", "{output}", "{seed}"]
        );
        let refused = |text: &str| words(text).expect_err(text);
        assert!(refused("gae '").contains("open quote"));
        assert!(refused("").contains("empty"));
        assert!(refused("gae {input}").contains("no {output}"));
        assert!(refused("gae {output}").contains("no {input}"));
    }

    #[test]
    fn seed_and_data_set_are_filled_in() {
        let command = CommandLine(vec!["gae".into(), "{dataset}_{seed}".into()]);
        assert_eq!(command.of("mvc", 3), ["gae", "mvc_3"]);
    }
}
