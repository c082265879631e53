//! What is in the output folder already, and whether a command may replace it.

use anyhow::{Result, bail};
use semst::io::{SpatialDataset, read_run};
use semst::read_record;
use semst::record::RunRecord;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What the user allows to be replaced.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Replace {
    /// The input itself: it gets the results.
    pub(crate) in_place: bool,
    /// Any file.
    pub(crate) overwrite: bool,
}

/// The files that a folder has under the names of a slide's results.
pub(crate) struct Earlier {
    h5ad: PathBuf,
    report: PathBuf,
    taken: Vec<PathBuf>,
}

impl Earlier {
    /// Looks for the results of the slide of that name.
    pub(crate) fn find(folder: &Path, slide: &str) -> Self {
        let file = |end: &str| folder.join(format!("{slide}{end}"));
        let ends = [
            ".h5ad",
            "_domains.csv",
            "_semantics.csv",
            ".png",
            ".svg",
            "_report.html",
        ];
        let mut taken: Vec<PathBuf> = ends.map(&file).to_vec();
        taken.retain(|path| path.is_file());
        Self {
            h5ad: file(".h5ad"),
            report: file("_report.html"),
            taken,
        }
    }

    /// Checks that a run on `slide`, read from `input`, replaces at most results of the same slide. Returns their record.
    ///
    /// # Errors
    /// When the input would be replaced without `in_place`, or another file without `overwrite`.
    pub(crate) fn check_run(
        &self,
        slide: &SpatialDataset,
        input: Option<&Path>,
        replace: Replace,
    ) -> Result<Option<RunRecord>> {
        let is_input = input.is_some_and(|input| same_file(input, &self.h5ad));
        if is_input && !replace.in_place {
            bail!(
                "{} is the input: set --output to another folder, or add --in-place to put the results into the file itself",
                self.h5ad.display()
            );
        }
        if let Some(input) = input.filter(|_| replace.in_place && !is_input) {
            let folder = input.parent().unwrap_or_else(|| Path::new("."));
            bail!(
                "--in-place needs an .h5ad whose folder is the output folder: set --output to {}, and leave out --subset",
                folder.display()
            );
        }
        // The digest of the data is made only where there is a record to compare it with.
        let same = |record: &RunRecord| {
            let facts = &record.slide;
            facts.name == slide.name && (input.is_none() || facts.digest == slide.digest())
        };
        match self.record().filter(same) {
            Some(record) => Ok(Some(record)),
            None => {
                // The input is extended, not replaced.
                let others = self.taken.iter().find(|p| !(is_input && **p == self.h5ad));
                refuse(others.filter(|_| !replace.overwrite)).map(|()| None)
            }
        }
    }

    /// Checks that a redrawn report replaces at most an earlier one.
    ///
    /// # Errors
    /// When another file would be replaced without `overwrite`.
    pub(crate) fn check_report(&self, overwrite: bool) -> Result<()> {
        let ends = [".png", ".svg", "_report.html"];
        let is_drawn = |p: &&PathBuf| ends.iter().any(|end| p.to_string_lossy().ends_with(end));
        let drawn = self.taken.iter().find(is_drawn);
        if overwrite || self.record().is_some() || is_report(&self.report) {
            return Ok(());
        }
        refuse(drawn)
    }

    fn record(&self) -> Option<RunRecord> {
        read_record(&read_run(&self.h5ad, &[]).ok()?).ok()?
    }
}

fn refuse(file: Option<&PathBuf>) -> Result<()> {
    match file {
        None => Ok(()),
        Some(path) => bail!(
            "{} is not an earlier result of the same data: set --output to another folder, or add --overwrite to replace it",
            path.display()
        ),
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Whether a file is a report of ours: its head names the generator.
fn is_report(path: &Path) -> bool {
    let mut head = String::new();
    let read = File::open(path).and_then(|file| file.take(1024).read_to_string(&mut head));
    read.is_ok() && head.contains(r#"<meta name="generator" content="semst">"#)
}
