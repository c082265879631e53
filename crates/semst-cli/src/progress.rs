//! Reports progress: bars on a terminal, plain lines elsewhere, JSON on request.

use crate::args::{LogArgs, LogFormat};
use crate::shown;
use crate::step::Step;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use semst::clustering::Assignment;
use semst::record::Outside;
use semst::semantics::{LookupReport, Semantics};
use semst::text_models::EmbeddingProgress;
use semst::training::{EpochEnd, Flow};
use semst::{DomainCount, Stage, Watch, recorded_join};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Where lines, bars or JSON go: standard error.
pub(crate) struct Progress {
    form: Form,
    started: Instant,
    training: Option<Instant>,
    reading: Option<Instant>,
    bar: Option<ProgressBar>,
    step: Option<Step>,
    last_line: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Quiet,
    Bars,
    Lines,
    Json,
}

/// Plain lines come at most this often.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Below this share of genes with a vector, their names are probably not those of the table.
const FEW_KNOWN: f64 = 0.5;

impl Progress {
    pub(crate) fn new(log: &LogArgs) -> Self {
        let form = match (log.quiet, log.log_format) {
            (true, _) => Form::Quiet,
            (false, LogFormat::Json) => Form::Json,
            (false, LogFormat::Text) if std::io::stderr().is_terminal() => Form::Bars,
            (false, LogFormat::Text) => Form::Lines,
        };
        let now = Instant::now();
        Self {
            form,
            started: now,
            training: None,
            reading: None,
            bar: None,
            step: None,
            last_line: now,
        }
    }

    /// A line for people, with its fields for programs.
    pub(crate) fn say(&mut self, text: &str, fields: Value) {
        self.finish_bar();
        match self.form {
            Form::Quiet => {}
            Form::Bars | Form::Lines => write_line(&shown::line(text)),
            Form::Json => {
                let mut line = json!({ "seconds": self.seconds(), "message": text });
                if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
                    line.extend(fields);
                }
                write_line(&shown::json(&line.to_string()));
            }
        }
    }

    /// Shows a step on a terminal until the next line or bar.
    pub(crate) fn step(&mut self, words: &str) {
        self.finish_bar();
        if self.form == Form::Bars {
            self.step = Some(Step::begin(words));
        }
    }

    /// A line for people, and a training begins.
    pub(crate) fn begin_training(&mut self, text: &str, fields: Value) {
        self.training = Some(Instant::now());
        self.last_line = Instant::now();
        self.say(text, fields);
    }

    /// Seconds since the beginning.
    pub(crate) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn finish_bar(&mut self) {
        self.step = None;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn epoch_bar(&mut self, event: EpochEnd) {
        self.step = None;
        let bar = self.bar.get_or_insert_with(|| {
            let template = "  {bar:32} {pos}/{len} epochs, loss {msg}, {eta} left";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::with_draw_target(Some(event.epochs as u64), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        bar.set_message(format!("{:.4}", event.loss));
        bar.set_position(event.epoch as u64 + 1);
    }

    fn epoch_line(&mut self, event: EpochEnd) {
        let done = event.epoch + 1;
        if self.last_line.elapsed() < LINE_EVERY && done != event.epochs {
            return;
        }
        self.last_line = Instant::now();
        let spent = self.training.map_or(0.0, |t| t.elapsed().as_secs_f64());
        let left = spent / done as f64 * (event.epochs - done) as f64;
        write_line(&format!(
            "  epoch {done}/{}, loss {:.4}, {left:.0} s left",
            event.epochs, event.loss
        ));
    }
}

/// A model reads texts.
impl Progress {
    /// How much there is to read, before the model is asked.
    fn begin_reading(&mut self, p: EmbeddingProgress) {
        self.reading = Some(Instant::now());
        self.last_line = Instant::now();
        if let Some(words) = cache_damage(p) {
            self.say(&words, json!({ "warning": words }));
        }
        let text = format!(
            "{} texts, {} of them different, {} known from before: {} to read",
            p.texts,
            p.distinct,
            p.known,
            p.pending()
        );
        let fields = json!({ "texts": p.texts, "distinct": p.distinct, "known": p.known, "to_read": p.pending() });
        self.say(&text, fields);
    }

    fn reading_bar(&mut self, p: EmbeddingProgress) {
        self.step = None;
        let bar = self.bar.get_or_insert_with(|| {
            let template = "  {bar:32} {pos}/{len} texts, {per_sec}, {eta} left";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::with_draw_target(Some(p.pending() as u64), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        bar.set_position(p.done as u64);
        if p.done == p.pending() {
            self.finish_bar();
        }
    }

    fn reading_line(&mut self, p: EmbeddingProgress, json: bool) {
        if self.last_line.elapsed() < LINE_EVERY && p.done != p.pending() {
            return;
        }
        self.last_line = Instant::now();
        let spent = self.reading.map_or(0.0, |t| t.elapsed().as_secs_f64());
        let rate = p.done as f64 / spent.max(1e-9);
        let left = (p.pending() - p.done) as f64 / rate;
        write_line(&if json {
            let seconds = self.seconds();
            json!({ "seconds": seconds, "read": p.done, "to_read": p.pending(), "per_second": rate, "left_seconds": left })
                .to_string()
        } else {
            format!(
                "  {}/{} texts, {rate:.1} a second, {left:.0} s left",
                p.done,
                p.pending()
            )
        });
    }
}

/// What is wrong with the cache of texts that were read before.
fn cache_damage(p: EmbeddingProgress) -> Option<String> {
    match (p.cache_set_aside, p.damaged) {
        (true, _) => Some(
            "warning: the cache of text vectors was damaged; it is now embeddings.redb.damaged, and a new one is filled"
                .into(),
        ),
        (false, 0) => None,
        (false, n) => Some(format!(
            "warning: {n} vectors in the cache of text vectors were damaged; their texts are read again"
        )),
    }
}

/// How many genes have a semantic vector, and what to do if they are few.
fn known_genes(lookup: &LookupReport) -> String {
    let mut text = format!(
        "  {} of {} genes have a meaning",
        lookup.found(),
        lookup.asked
    );
    if lookup.coverage() < FEW_KNOWN {
        let some: Vec<&str> = lookup.missing.iter().take(3).map(String::as_str).collect();
        text += &format!(
            ", but {} and others have none: name the column of var with the symbols by --gene-symbols, or give a table by --semantics table:FILE",
            some.join(", ")
        );
    }
    text
}

impl Watch for Progress {
    fn semantics_made(&mut self, semantics: &Semantics) {
        if let Some(join) = &semantics.provenance.join {
            let join = recorded_join(Outside::Semantics, join);
            self.say(&join.sentence(), json!({ "join": join }));
        }
        if let Some(lookup) = &semantics.lookup {
            let fields = json!({ "genes_asked": lookup.asked, "genes_found": lookup.found() });
            self.say(&known_genes(lookup), fields);
        }
    }

    fn domains_found(&mut self, found: &Assignment) {
        let n = found.n_clusters;
        let words = format!(
            "  {n} domains found; next, the model is trained for the embedding and the semantics (--no-model leaves it out)"
        );
        self.say(&words, json!({ "domains": n }));
    }

    fn domains_counted(&mut self, count: &DomainCount) {
        let words = format!("{}: give --domains K where you know it", count.words());
        self.say(&words, json!({ "domain_count": count }));
    }

    fn texts_read(&mut self, p: EmbeddingProgress) {
        match self.form {
            _ if p.done == 0 => self.begin_reading(p),
            Form::Quiet => {}
            Form::Bars => self.reading_bar(p),
            Form::Lines => self.reading_line(p, false),
            Form::Json => self.reading_line(p, true),
        }
    }

    fn stage(&mut self, stage: Stage) {
        if stage == Stage::Train {
            self.training = Some(Instant::now());
            self.last_line = Instant::now();
        }
        let name = format!("{stage:?}").to_lowercase();
        self.say(stage.words(), json!({ "stage": name }));
        self.step(stage.words());
    }

    fn epoch_end(&mut self, event: EpochEnd) -> Flow {
        match self.form {
            Form::Quiet => {}
            Form::Bars => self.epoch_bar(event),
            Form::Lines => self.epoch_line(event),
            Form::Json => {
                let line = json!({
                    "seconds": self.seconds(), "epoch": event.epoch + 1, "epochs": event.epochs, "loss": event.loss,
                });
                write_line(&line.to_string());
            }
        }
        Flow::Continue
    }
}

impl Drop for Progress {
    /// No bar is left above an error.
    fn drop(&mut self) {
        self.finish_bar();
    }
}

/// A closed standard error does not stop a run.
fn write_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::{LookupReport, known_genes};

    #[test]
    fn few_known_genes_come_with_what_to_do() {
        let lookup = |asked: usize, missing: &[&str]| {
            known_genes(&LookupReport {
                asked,
                missing: missing.iter().map(ToString::to_string).collect(),
                ..LookupReport::default()
            })
        };
        assert_eq!(lookup(4, &["Gm1"]), "  3 of 4 genes have a meaning");
        let few = lookup(5, &["1", "2", "3", "4"]);
        assert!(
            few.starts_with("  1 of 5 genes have a meaning, but 1, 2, 3 and others have none: ")
        );
        assert!(few.contains("--gene-symbols"));
    }
}
