//! `semst report`: pictures and report of a finished run, drawn again from its record.

use crate::args::ReportArgs;
use crate::outputs::OutputFolder;
use crate::step::Step;
use crate::{recorded, shown, truth};
use anyhow::{Context, Result};
use ndarray::Axis;
use semst::evaluation::evaluate;
use semst::io::{LabelFile, ObsColumn, RunFile, label_codes};
use semst::record::{Outside, RunRecord, TruthSource};
use semst::report::{Labels, ReportInput};
use semst::{Truth, domain_labels, domain_name, tissue};
use std::io::Write;
use std::path::Path;

pub(crate) fn main(args: &ReportArgs) -> Result<()> {
    let drawing = Step::begin(&format!("drawing {}", args.input.display()));
    let (file, record) = recorded::open(&args.input, args.spatial_key.as_ref())?;
    let name = args.input.file_stem();
    let mut record = record?.unwrap_or_else(|| named(name));
    let next_to = args
        .input
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let folder = OutputFolder::create(args.output.as_deref().unwrap_or(next_to))?;
    let slide = &record.slide.name;
    folder.earlier(slide).check_report(args.overwrite)?;
    let drawn = Drawn::of(args, &file, &record)?;
    if drawn.scored_again {
        drawn.score(&mut record)?;
    }
    if !drawn.recorded {
        // Other domains than those of the run: its command does not repeat them.
        record.program.clear();
    }
    let input = drawn.input(&file, &record)?;
    let name = record.slide.name.clone();
    let written = folder.write_report(&name, &input)?;
    drop(drawing);
    for path in written {
        writeln!(
            std::io::stdout(),
            "{}",
            shown::line(&path.display().to_string())
        )?;
    }
    Ok(())
}

/// What to do about a file without domains.
pub(crate) fn no_domains() -> &'static str {
    "no domains: run `semst run` on it first, or name the column that holds them with --pred"
}

/// The record of a file that no run wrote.
fn named(stem: Option<&std::ffi::OsStr>) -> RunRecord {
    let mut record = RunRecord::default();
    record.slide.name = stem.map_or_else(|| "run".into(), |s| s.to_string_lossy().into_owned());
    record
}

/// The arrays of spots that are drawn.
struct Drawn {
    /// Rows of the file that are drawn.
    rows: Vec<usize>,
    domains: Labels,
    truth: Option<Truth>,
    coords: ndarray::Array2<f64>,
    /// The file of the known labels, where they are not a column of `obs`.
    truth_file: Option<String>,
    /// Whether domains, known labels or coordinates are others than those of the record.
    scored_again: bool,
    /// Whether the domains are those of the record.
    recorded: bool,
}

impl Drawn {
    fn of(args: &ReportArgs, file: &RunFile, record: &RunRecord) -> Result<Self> {
        let recorded = record.arrays.domains == args.pred;
        let found = file.obs.labels(&args.pred).with_context(no_domains)?;
        // The run drew the spots that took part, and these alone have a domain of its own.
        let rows: Vec<usize> = (0..found.len())
            .filter(|&i| !recorded || found[i].is_some())
            .collect();
        let found: Vec<_> = rows.iter().map(|&i| found[i].clone()).collect();
        let domains = match recorded {
            true => {
                let code = |name: &String| {
                    (0..record.domains as u32).find(|code| domain_name(*code) == *name)
                };
                let codes = found.iter().map(|l| l.as_ref().and_then(code)).collect();
                domain_labels(codes, record.domains)
            }
            false => {
                let codes = label_codes(&found);
                let names = codes.names.iter().map(|name| format!("Domain {name}"));
                Labels::with_gaps(codes.codes, names)
            }
        };
        let spatial = file
            .spatial
            .as_ref()
            .with_context(|| format!("{} has no coordinates to draw on", args.input.display()))?;
        let coords = spatial.select(Axis(0), &rows);
        let truth = match (&args.truth, &record.truth) {
            (Some(key), _) => Some(truth::read(&file.obs, &file.barcodes, key)?),
            (None, Some(source)) => known(file, source, record.arrays.truth.as_deref())?,
            (None, None) => None,
        };
        let truth = truth.map(|truth| Truth {
            key: truth.key,
            labels: rows.iter().map(|&i| truth.labels[i].clone()).collect(),
            join: truth.join,
        });
        let same_truth = args.truth.is_none() || args.truth == record.truth.as_ref().map(place);
        let key = &args.spatial_key;
        let same = same_truth && (key.is_none() || *key == record.reading.spatial_key);
        let truth_file = match &args.truth {
            Some(key) => Some(key.clone()).filter(|key| file.obs.get(key).is_none()),
            None => record.truth.as_ref().and_then(|truth| truth.file.clone()),
        };
        Ok(Self {
            truth_file,
            scored_again: !(recorded && same),
            rows,
            domains,
            truth,
            coords,
            recorded,
        })
    }

    /// Replaces what the record says about other domains or other known labels.
    fn score(&self, record: &mut RunRecord) -> Result<()> {
        record.scores.clear();
        record.truth = self.truth.as_ref().map(|truth| TruthSource {
            file: self.truth_file.clone(),
            ..truth.source()
        });
        record
            .joins
            .retain(|join| join.what != Outside::KnownDomains);
        let join = self.truth.as_ref().and_then(Truth::recorded_join);
        record.joins.splice(0..0, join);
        if !self.recorded {
            record.differences.clear();
            record.semantics.domains.clear();
            record.domain_count = None;
        }
        let scored: Vec<usize> = (0..self.rows.len())
            .filter(|&i| self.domains.codes[i].is_some())
            .collect();
        let labels: Vec<u32> = scored
            .iter()
            .filter_map(|&i| self.domains.codes[i])
            .collect();
        let truth = self.truth.as_ref().map(|t| label_codes(&t.labels).codes);
        let truth = truth.map(|codes| scored.iter().map(|&i| codes[i]).collect::<Vec<_>>());
        let coords = self.coords.select(Axis(0), &scored);
        for (name, value) in evaluate(truth.as_deref(), &labels, Some(coords.view()))?.rows() {
            record.score(name, value);
        }
        Ok(())
    }

    fn input<'r>(self, file: &RunFile, record: &'r RunRecord) -> Result<ReportInput<'r>> {
        let tissue = tissue(self.coords.view(), file.image.as_ref());
        let mut input = ReportInput::new(record, tissue, self.domains);
        input.truth = self.truth.map(|t| (t.key.clone(), t.drawn()));
        let key = record.arrays.confidence.as_ref().filter(|_| self.recorded);
        if let Some(ObsColumn::Numeric(values)) = key.and_then(|key| file.obs.get(key)) {
            input.confidence = Some(self.rows.iter().map(|&i| values[i] as f32).collect());
        }
        Ok(input)
    }
}

/// The `--truth` of the run.
fn place(source: &TruthSource) -> String {
    source.file.clone().unwrap_or_else(|| source.key.clone())
}

/// The known labels of the run: the column that keeps them, else their column or file; none where the file is not there any more.
fn known(file: &RunFile, source: &TruthSource, kept: Option<&str>) -> Result<Option<Truth>> {
    if let Some(column) = kept.and_then(|key| file.obs.get(key)) {
        return Ok(Some(Truth {
            key: source.key.clone(),
            labels: column.labels(),
            join: None,
        }));
    }
    let place = place(source);
    if source.file.is_some() && LabelFile::at(Path::new(&place)).is_none() {
        let text =
            "is not there: the map of the known labels is left out; name their file with --truth";
        writeln!(std::io::stderr(), "{} {text}", shown::line(&place))?;
        return Ok(None);
    }
    truth::read(&file.obs, &file.barcodes, &place).map(Some)
}
