//! What a run leaves in its folder: all files, or none.

use crate::earlier::Earlier;
use anyhow::Result;
use semst::interpretation::gene_table;
use semst::io::{AtomicFolder, MadeFolder, SpatialDataset, write_atomically, write_h5ad};
use semst::report::{DomainMap, Report, ReportInput};
use semst::{Plugins, Run, Truth, domain_name};
use std::path::{Path, PathBuf};

/// Pixels per point in the PNG.
const PNG_SCALE: f64 = 2.0;

/// A folder that can be written.
pub(crate) struct OutputFolder {
    path: PathBuf,
    /// Taken back when nothing is written.
    _made: Option<MadeFolder>,
}

impl OutputFolder {
    /// Makes the folder and sees that it can be written, before any work is done.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let made = MadeFolder::create(path)?;
        AtomicFolder::begin(path)?;
        Ok(Self {
            path: path.into(),
            _made: made,
        })
    }

    /// What the folder has under the names of a slide's results.
    pub(crate) fn earlier(&self, slide: &str) -> Earlier {
        Earlier::find(&self.path, slide)
    }

    /// Writes `<name>.h5ad`, `<name>_domains.csv`, `<name>_semantics.csv` where genes can be named, the map and
    /// `<name>_report.html`; returns their paths, and a note of the writer.
    pub(crate) fn write_run<P: Plugins>(
        &self,
        slide: &SpatialDataset,
        run: &Run<P>,
        truth: Option<&Truth>,
        input: &ReportInput<'_>,
    ) -> Result<(Vec<PathBuf>, Option<String>)> {
        let mut files = AtomicFolder::begin(&self.path)?;
        let mut slots = run.slots(input.record)?;
        if let Some((key, labels)) = truth.and_then(Truth::column) {
            slots = slots.with_obs(key, labels);
        }
        let mut note = None;
        files.write(format!("{}.h5ad", slide.name), |path| {
            note = write_h5ad(slide, path, &slots)?;
            Ok(())
        })?;
        let table = domain_table(slide, run)?;
        files.write(format!("{}_domains.csv", slide.name), |path| {
            write_atomically(path, |out| out.write_all(table.as_bytes()))
        })?;
        let domains = &input.record.semantics.domains;
        if input.record.semantics.named().next().is_some() {
            let table = gene_table(domains, domain_name)?;
            files.write(format!("{}_semantics.csv", slide.name), |path| {
                write_atomically(path, |out| out.write_all(table.as_bytes()))
            })?;
        } else {
            files.without(&format!("{}_semantics.csv", slide.name))?;
        }
        draw(&mut files, &slide.name, input)?;
        Ok((files.commit()?, note))
    }

    /// Writes `<name>.png`, `<name>.svg` and `<name>_report.html`; returns their paths.
    pub(crate) fn write_report(&self, name: &str, input: &ReportInput<'_>) -> Result<Vec<PathBuf>> {
        let mut files = AtomicFolder::begin(&self.path)?;
        draw(&mut files, name, input)?;
        Ok(files.commit()?)
    }
}

/// The map as PNG and SVG, and the report.
fn draw(files: &mut AtomicFolder, name: &str, input: &ReportInput<'_>) -> Result<()> {
    let map = DomainMap::new(&input.tissue, &input.domains).with_title(name);
    let drawing = map.draw().map_err(semst::Error::from)?;
    let png = drawing.to_png(PNG_SCALE).map_err(semst::Error::from)?;
    let html = Report::new(input).to_html().map_err(semst::Error::from)?;
    for (file, bytes) in [
        (format!("{name}.png"), png),
        (format!("{name}.svg"), drawing.to_svg().into_bytes()),
        (format!("{name}_report.html"), html.into_bytes()),
    ] {
        files.write(file, |path| {
            write_atomically(path, |out| out.write_all(&bytes))
        })?;
    }
    Ok(())
}

/// `<name>_domains.csv`: one line per spot that was not dropped.
fn domain_table<P: Plugins>(slide: &SpatialDataset, run: &Run<P>) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["barcode", "domain", "confidence"])?;
    for (i, barcode) in slide.barcodes.iter().enumerate() {
        let domain = domain_name(run.assignment.labels[i]);
        let confidence = run.assignment.confidence.as_ref();
        let confidence = confidence.map_or_else(String::new, |c| format!("{:.4}", c[i]));
        table.write_record([barcode, &domain, &confidence])?;
    }
    Ok(String::from_utf8(table.into_inner()?)?)
}
