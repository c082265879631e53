//! The results of a plan, as CSV, Parquet, Markdown, HTML and pictures.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use semst::Plugins;
use semst::io::{AtomicFolder, write_atomically};
use semst::report::{Page, Table};

use crate::box_plots::Plot;
use crate::grid::OWN;
use crate::scored::Cells;
use crate::tidy::Tidy;
use crate::{Ablation, AblationError, Baseline, CellRecord, ExternalSource, Method, machine};

/// Pixels per point in the PNG.
const PNG_SCALE: f64 = 2.0;

/// Writes everything; returns the paths. The pictures are published as one set and then the tables, so that a kill leaves no table
/// next to an older one.
pub(crate) fn write<P: Plugins>(study: &Ablation<P>) -> Result<Vec<PathBuf>, AblationError> {
    let records = study.records();
    let summary = Summary::of(study, &records)?;
    let tidy = Tidy::new(&records, |r| rerun(study, &r.hash));
    let mut tables = AtomicFolder::begin(study.output())?;
    put(&mut tables, "cells.csv", tidy.csv()?.as_bytes())?;
    #[cfg(feature = "parquet")]
    put(&mut tables, "cells.parquet", &tidy.parquet()?)?;
    put(&mut tables, "table.md", summary.markdown().as_bytes())?;
    put(&mut tables, "table.html", summary.html()?.as_bytes())?;
    let plots = match summary.plots.is_empty() {
        true => Vec::new(),
        false => summary.write_plots(&study.output().join("plots"))?,
    };
    let mut written = tables.commit()?;
    written.extend(plots);
    Ok(written)
}

fn put(files: &mut AtomicFolder, name: &str, bytes: &[u8]) -> Result<(), AblationError> {
    let write = |path: &Path| write_atomically(path, |out: &mut dyn Write| out.write_all(bytes));
    Ok(files.write(name, write)?)
}

/// The command that runs a cell again, for a shell.
fn rerun<P: Plugins>(study: &Ablation<P>, hash: &str) -> String {
    command(study, &["--only", hash])
}

/// The command that runs the plan with the same folder of results and these options, for a shell.
fn command<P: Plugins>(study: &Ablation<P>, options: &[&str]) -> String {
    let (plan, output) = (
        study.path.to_string_lossy(),
        study.output().to_string_lossy(),
    );
    let mut words = vec!["semst", "ablate", &plan];
    if study.elsewhere {
        words.extend(["--output", &output]);
    }
    words.extend(options);
    // A path with a zero byte cannot be opened.
    shlex::try_join(words).unwrap_or_default()
}

struct Summary {
    title: String,
    facts: Vec<(&'static str, String)>,
    tables: Vec<Table>,
    failures: Vec<String>,
    plots: Vec<Plot>,
}

impl Summary {
    fn of<P: Plugins>(study: &Ablation<P>, records: &[CellRecord]) -> Result<Self, AblationError> {
        let datasets: Vec<String> = study.slides.iter().map(|s| s.name.clone()).collect();
        let mut methods: Vec<Method> = Vec::new();
        for job in &study.jobs {
            if !methods.contains(&job.method) {
                methods.push(job.method.clone());
            }
        }
        let cells = Cells {
            records,
            datasets: &datasets,
            methods: &methods,
            seeds: study.plan.seeds.list().len(),
        };
        let only_labels = study.plan.encoders.is_empty()
            && study.plan.floors.is_empty()
            && study
                .plan
                .external
                .iter()
                .all(|e| matches!(e.source, ExternalSource::Labels(_)));
        let heads: Vec<&str> = if only_labels {
            vec![OWN]
        } else {
            study.plan.heads.iter().map(|h| h.label.as_str()).collect()
        };
        let (mut tables, mut plots) = (Vec::new(), Vec::new());
        let mut facts = facts(study, records);
        let idle = |b: &&Baseline| methods.iter().all(|m| b.opponent(m, &methods).is_none());
        let untested = study.no_tests();
        let tested = untested.is_none();
        facts.extend(untested.map(|why| ("tests", why)));
        for baseline in study.plan.baseline.iter().filter(idle) {
            let text = format!("no row can be compared with: {}", baseline.words());
            facts.push(("baseline", text));
        }
        for head in heads {
            tables.push(cells.main_table(head)?);
            for baseline in study.plan.baseline.iter().filter(|_| tested) {
                tables.extend(cells.paired_table(head, baseline)?);
            }
            tables.push(cells.other_table(head)?);
            plots.extend(cells.plots(head));
        }
        let failures = records.iter().filter_map(|r| {
            let error = r.error.as_ref()?;
            Some(format!(
                "{}, {}, seed {}, {} ({}): {error}",
                r.dataset, r.method, r.seed, r.head, r.hash
            ))
        });
        Ok(Self {
            title: study.plan.name.clone(),
            facts,
            failures: failures.collect(),
            tables,
            plots,
        })
    }

    fn markdown(&self) -> String {
        let mut out = format!("# {}\n\n", self.title);
        for (name, value) in &self.facts {
            out += &format!("- {name}: {value}\n");
        }
        for table in &self.tables {
            out += &format!("\n{}", table.to_markdown());
        }
        if !self.failures.is_empty() {
            out += "\n## Cells that failed\n\n";
            for failure in &self.failures {
                out += &format!("- {}\n", failure.replace('<', "&lt;"));
            }
        }
        if !self.plots.is_empty() {
            out += "\n## Box plots\n\n";
            for plot in &self.plots {
                out += &format!("![{0}](plots/{0}.svg)\n", plot.stem);
            }
        }
        out
    }

    /// Writes the pictures into a folder; returns their paths.
    fn write_plots(&self, folder: &Path) -> Result<Vec<PathBuf>, AblationError> {
        std::fs::create_dir_all(folder).map_err(|source| AblationError::Folder {
            path: folder.into(),
            source,
        })?;
        let mut files = AtomicFolder::begin(folder)?;
        for Plot { stem, drawing } in &self.plots {
            put(
                &mut files,
                &format!("{stem}.png"),
                &drawing.to_png(PNG_SCALE)?,
            )?;
            put(
                &mut files,
                &format!("{stem}.svg"),
                drawing.to_svg().as_bytes(),
            )?;
        }
        Ok(files.commit()?)
    }

    fn html(&self) -> Result<String, AblationError> {
        let mut page = Page::new(&self.title);
        for (name, value) in &self.facts {
            page = page.with_fact(*name, plain(value));
        }
        let tables: Vec<String> = self.tables.iter().map(Table::to_html).collect();
        page = page.with_section("tables", tables.concat());
        if !self.failures.is_empty() {
            let failures: Vec<String> = self.failures.iter().map(|text| plain(text)).collect();
            page = page.with_list("failures", "Cells that failed", &failures)?;
        }
        if !self.plots.is_empty() {
            let plots = self.plots.iter().map(|plot| plot.drawing.to_inline_svg());
            page = page.with_section("plots", plots.collect::<Vec<_>>().join("\n"));
        }
        Ok(page.to_html()?)
    }
}

/// The backticks of Markdown have no meaning in HTML.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// The facts above the tables. They depend only on the plan and its cells, so that the same cells give the same bytes.
fn facts<P: Plugins>(study: &Ablation<P>, records: &[CellRecord]) -> Vec<(&'static str, String)> {
    let distinct = |of: &dyn Fn(&CellRecord) -> String| {
        let all: BTreeSet<String> = records.iter().map(of).collect();
        all.into_iter().collect::<Vec<_>>().join("; ")
    };
    let total: usize = study.jobs.iter().map(|j| j.cells.len()).sum();
    let failed = records.iter().filter(|r| r.error.is_some()).count();
    let seeds = study.plan.seeds.list();
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let sets = study
        .slides
        .iter()
        .map(|s| format!("{} ({} spots, K = {})", s.name, s.data.n_spots(), s.domains));
    let times = records.iter().map(|r| r.origin.finished);
    let when = match (times.clone().min(), times.max()) {
        (Some(first), Some(last)) => {
            format!("{} to {}", machine::date(first), machine::date(last))
        }
        _ => "–".into(),
    };
    vec![
        ("command", format!("`{}`", command(study, &[]))),
        (
            "one cell again",
            format!("`{}`, hashes in `cells.csv`", rerun(study, "HASH")),
        ),
        (
            "cells",
            format!("{} of {total}, {failed} failed", records.len()),
        ),
        ("data sets", sets.collect::<Vec<_>>().join(", ")),
        ("seeds", seeds.join(", ")),
        ("version", distinct(&|r| r.origin.version.clone())),
        (
            "commit",
            distinct(&|r| r.origin.commit.clone().unwrap_or_else(|| "unknown".into())),
        ),
        (
            "machine",
            distinct(&|r| {
                let o = &r.origin;
                format!("{}, {} cores, {} at a time", o.cpu, o.cores, o.jobs)
            }),
        ),
        ("date", when),
    ]
}
