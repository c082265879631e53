//! Runs a command that embeds a slide.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use semst::encoders::EncoderConfig;
use semst::{Pipeline, Plugins, RunConfig, Silent};
use serde_json::json;
use tempfile::TempDir;

use super::child::{self, Reason};
use super::{PartialEmbedding, embedding, input};
use crate::Costs;
use crate::error_line::one_line;
use crate::grid::Place;
use crate::plan::command::{OutputFormat, with_files};
use crate::slide::Slide;
use crate::slide_work::SlideWork;

/// A command for one slide and one seed.
#[derive(Debug, Clone)]
pub(crate) struct CommandWork<P: Plugins> {
    /// The configuration for the input.
    pub(crate) config: RunConfig<P>,
    /// The words of the command, with placeholders for input and output.
    pub(crate) words: Vec<String>,
    /// The folder of the plan, in which the command runs.
    pub(crate) folder: PathBuf,
    pub(crate) output: OutputFormat,
    pub(crate) timeout: Option<Duration>,
    /// The folder in which its files are kept.
    pub(crate) keep: Option<PathBuf>,
}

/// Number of bytes at the end of its messages that an error may quote.
const TAIL: u64 = 4096;

/// Number of lines of its messages that an error quotes.
const LINES: usize = 5;

impl<P: Plugins> CommandWork<P> {
    /// Writes the input, runs the command, reads the output.
    pub(crate) fn run(
        &self,
        slide: &Slide,
        shared: &SlideWork<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(PartialEmbedding, Costs), String> {
        let pipeline = Pipeline::new(self.config.clone()).map_err(|e| one_line(&e))?;
        let (prepared, preparing) = shared.prepared(&pipeline, &mut Silent)?;
        let desk = Desk::new(self.keep.as_deref())?;
        let (from, to) = (
            desk.at("input.npz"),
            desk.at(&format!("output.{}", self.output.ending())),
        );
        let said = Said {
            errors: desk.at("stderr.txt"),
            output: desk.at("stdout.txt"),
        };
        let unwritten = |e| format!("{} cannot be written: {e}", desk.folder.display());
        input::write(&from, slide, &prepared, self.config.seed).map_err(unwritten)?;
        // The output of an earlier run may be in the folder.
        let _ = std::fs::remove_file(&to);
        let mut command = self.command(&from, &to);
        command
            .stdin(Stdio::null())
            .stdout(File::create(&said.output).map_err(unwritten)?)
            .stderr(File::create(&said.errors).map_err(unwritten)?);
        let ended = child::run(&mut command, desk.scratch(), self.timeout, stopped)
            .map_err(|e| format!("the command `{}` cannot be started: {e}", self.words[0]))?;
        let ended = ended.map_err(|reason| match reason {
            Reason::Timeout => {
                let seconds = self.timeout.unwrap_or_default().as_secs_f64();
                said.behind(format!(
                    "the command was ended after its timeout of {seconds} s"
                ))
            }
            Reason::Stopped => "the command was ended because the run was stopped".into(),
        })?;
        if !ended.status.success() {
            return Err(said.behind(format!("the command {}", words(ended.status))));
        }
        if !to.is_file() {
            return Err(said.behind("the command wrote no output".into()));
        }
        let place = Place {
            path: to,
            key: None,
        };
        let costs = Costs {
            seconds_shared: preparing,
            seconds_embed: ended.seconds,
            peak_mib: ended.peak_mib,
            ..Costs::default()
        };
        Ok((embedding(&place, slide)?, costs))
    }

    /// The description of the work in a record.
    pub(crate) fn record(&self) -> serde_json::Value {
        let config = &self.config;
        let expression = config.encoder.needs().expression_graph;
        json!({
            "command": self.words,
            "output": self.output.ending(),
            "timeout": self.timeout.map(|t| t.as_secs_f64()),
            "preprocess": config.preprocess,
            "spatial_graph": config.spatial_graph,
            "n_neighbors": expression.then_some(config.n_neighbors),
        })
    }

    fn command(&self, input: &Path, output: &Path) -> Command {
        let mut words = self
            .words
            .iter()
            .map(|word| with_files(word, input, output));
        let program = words.next().unwrap_or_default();
        // A program with a folder in its name is relative to the plan; others are searched in PATH.
        let next_to = self.folder.join(&program);
        let program = match program.contains('/') {
            true => std::path::absolute(&next_to).unwrap_or(next_to),
            false => program.into(),
        };
        let mut command = Command::new(program);
        command.args(words).current_dir(&self.folder);
        // Several commands at the same time share the cores.
        if std::env::var_os("OMP_NUM_THREADS").is_none() {
            command.env("OMP_NUM_THREADS", rayon::current_num_threads().to_string());
        }
        command
    }
}

/// The folder for the files of a command.
struct Desk {
    folder: PathBuf,
    temporary: Option<TempDir>,
}

impl Desk {
    fn new(keep: Option<&Path>) -> Result<Self, String> {
        let made = match keep {
            Some(folder) => std::fs::create_dir_all(folder).and_then(|()| {
                let folder = std::path::absolute(folder)?;
                Ok(Self {
                    folder,
                    temporary: None,
                })
            }),
            None => tempfile::Builder::new()
                .prefix("semst-command-")
                .tempdir()
                .map(|temporary| Self {
                    folder: temporary.path().to_path_buf(),
                    temporary: Some(temporary),
                }),
        };
        made.map_err(|e| format!("a folder for the command cannot be made: {e}"))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder, if it is removed after the run.
    fn scratch(&self) -> Option<&Path> {
        self.temporary.as_ref().map(TempDir::path)
    }
}

/// Files with the messages of a command.
struct Said {
    errors: PathBuf,
    output: PathBuf,
}

impl Said {
    /// A problem, followed by the last lines on standard error, else on standard output.
    fn behind(&self, problem: String) -> String {
        let last = [&self.errors, &self.output].map(|path| last_lines(path).unwrap_or_default());
        match last.iter().find(|lines| !lines.is_empty()) {
            Some(lines) => format!("{problem}: {lines}"),
            None => problem,
        }
    }
}

/// The last lines of a file, joined to one line.
fn last_lines(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.collect();
    Ok(lines[lines.len().saturating_sub(LINES)..].join(" | "))
}

/// Describes how a program failed.
fn words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was ended by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "ended without an exit code".into(),
    }
}
