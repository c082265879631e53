//! The report: one HTML file.

use semst_record::{MethodNames, RunRecord};

use crate::error::ReportError;
use crate::input::ReportInput;
use crate::number::count;
use crate::page::Page;
use crate::panel::{PANELS, Panel};

/// The file of settings that the command of the footer reads.
const CONFIG: &str = "run.toml";

/// A report as one HTML file, without scripts and external files.
#[derive(Clone)]
pub struct Report<'a> {
    input: &'a ReportInput<'a>,
    more: Vec<&'a dyn Panel>,
}

impl<'a> Report<'a> {
    /// A report of this input.
    #[must_use]
    pub fn new(input: &'a ReportInput<'a>) -> Self {
        Self {
            input,
            more: Vec::new(),
        }
    }

    /// Adds a panel after the shipped ones.
    #[must_use]
    pub fn with_panel(mut self, panel: &'a dyn Panel) -> Self {
        self.more.push(panel);
        self
    }

    /// Writes the page. All text of the input is escaped; the same input gives the same bytes.
    ///
    /// # Errors
    ///
    /// As [`DomainMap::draw`](crate::DomainMap::draw) for the maps, [`ReportError::Length`] for the
    /// confidence, [`ReportError::Encode`] and [`ReportError::Paint`] for pictures of many spots.
    ///
    /// # Complexity
    ///
    /// O(spots).
    pub fn to_html(&self) -> Result<String, ReportError> {
        let record = self.input.record;
        let mut page = Page::new(format!("Spatial domains of {}", record.slide.name))
            .with_subtitle(subtitle(record));
        if let Some(words) = record.command(CONFIG) {
            page = page.with_command(command(&words), CONFIG, settings(record)?);
        }
        if !record.version.is_empty() {
            page = page.with_version(format!("semst {}", record.version));
        }
        for (name, text) in self.facts() {
            page = page.with_fact(name, text);
        }
        for panel in PANELS.iter().chain(&self.more) {
            if let Some(html) = panel.html(self.input)? {
                page = page.with_section(panel.id(), html);
            }
        }
        page.to_html()
    }

    fn facts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let record = self.input.record;
        let (sizes, _) = self.input.domains.sizes();
        let found = sizes.iter().filter(|size| **size > 0).count();
        let genes = record.slide.genes;
        // A file that was not written by a run has neither version nor seed.
        let ran = !record.version.is_empty();
        let device = Some(record.device.clone()).filter(|device| !device.is_empty());
        [
            ("spots", Some(count(self.input.tissue.coords.len()))),
            ("genes", (genes > 0).then(|| count(genes))),
            ("domains", Some(count(found))),
            ("seed", ran.then(|| record.seed.to_string())),
            ("device", device),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
    }
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let more: Vec<&str> = self.more.iter().map(|panel| panel.id()).collect();
        write!(
            f,
            "Report({}, panels {more:?})",
            self.input.record.slide.name
        )
    }
}

/// The parts of the method, and how the number of domains was found.
fn subtitle(record: &RunRecord) -> String {
    let MethodNames {
        encoder,
        modulator,
        semantics,
        head,
    } = &record.method;
    let mut parts = Vec::new();
    if !encoder.is_empty() {
        parts.push(match encoder.as_str() {
            "none" => format!("no model, {head} head"),
            _ => format!(
                "{encoder} encoder, {modulator} modulator, {semantics} semantics, {head} head"
            ),
        });
    }
    parts.extend(record.clustered.sentence());
    if let Some(tried) = &record.domain_count {
        parts.push(tried.sentence(record.domains));
    }
    parts.join("; ")
}

/// The command, quoted for a shell.
fn command(words: &[String]) -> String {
    // A word with a zero byte cannot come from a command line.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// The parameters in the form of a file for `--config`.
fn settings(record: &RunRecord) -> Result<String, ReportError> {
    toml::to_string_pretty(&record.params).map_err(|e| ReportError::Settings {
        reason: e.to_string(),
    })
}

#[cfg(test)]
mod tests;
