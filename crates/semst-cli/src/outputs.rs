//! What a run leaves in its folder: all files, or none.

pub(crate) mod staging;

use anyhow::{Context, Result};
use semst::io::{SpatialDataset, write_atomically, write_h5ad};
use semst::report::{DomainMap, Labels, Report, ReportInput, Tissue};
use semst::{Run, domain_name};
use staging::{MadeFolder, Staging};
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
        let made = MadeFolder::create(path)
            .with_context(|| format!("the output folder {} cannot be made", path.display()))?;
        Staging::begin(path)
            .with_context(|| format!("the output folder {} cannot be written", path.display()))?;
        Ok(Self {
            path: path.into(),
            _made: made,
        })
    }

    /// Writes `<name>.h5ad`, `domains.csv`, `<name>_semantics.csv` where genes can be named, the map and `report.html`; returns
    /// their paths.
    pub(crate) fn write_run(
        &self,
        slide: &SpatialDataset,
        run: &Run,
        input: &ReportInput,
    ) -> Result<Vec<PathBuf>> {
        let mut files = self.begin()?;
        files.write(format!("{}.h5ad", slide.name), |path| {
            write_h5ad(slide, path, &run.slots(&run.colors()))
        })?;
        let table = domain_table(slide, run);
        files.write("domains.csv".into(), |path| {
            write_atomically(path, |out| out.write_all(table.as_bytes()))
        })?;
        if let Some(table) = run.meaning_table() {
            files.write(format!("{}_semantics.csv", slide.name), |path| {
                write_atomically(path, |out| out.write_all(table.as_bytes()))
            })?;
        }
        draw(&mut files, &slide.name, input)?;
        files.commit()
    }

    /// Writes `<name>.png`, `<name>.svg` and `report.html`; returns their paths.
    pub(crate) fn write_report(&self, name: &str, input: &ReportInput) -> Result<Vec<PathBuf>> {
        let mut files = self.begin()?;
        draw(&mut files, name, input)?;
        files.commit()
    }

    fn begin(&self) -> Result<Staging> {
        Staging::begin(&self.path).with_context(|| {
            format!(
                "the output folder {} cannot be written",
                self.path.display()
            )
        })
    }
}

/// The map as PNG and SVG, and the report.
fn draw(files: &mut Staging, name: &str, input: &ReportInput) -> Result<()> {
    let drawing = map(name, &input.tissue, &input.domains)?;
    let png = drawing.to_png(PNG_SCALE).map_err(semst::Error::from)?;
    let html = Report::new(input).to_html().map_err(semst::Error::from)?;
    for (file, bytes) in [
        (format!("{name}.png"), png),
        (format!("{name}.svg"), drawing.to_svg().into_bytes()),
        ("report.html".into(), html.into_bytes()),
    ] {
        files.write(file, |path| {
            write_atomically(path, |out| out.write_all(&bytes))
        })?;
    }
    Ok(())
}

fn map(name: &str, tissue: &Tissue, domains: &Labels) -> Result<semst::report::Drawing> {
    Ok(DomainMap::new(tissue, domains)
        .with_title(name)
        .draw()
        .map_err(semst::Error::from)?)
}

/// `domains.csv`: one line per spot that was not dropped.
fn domain_table(slide: &SpatialDataset, run: &Run) -> String {
    let mut table = String::from("barcode,domain,confidence\n");
    for (i, barcode) in slide.barcodes.iter().enumerate() {
        let domain = domain_name(run.assignment.labels[i]);
        let confidence = run
            .assignment
            .confidence
            .as_ref()
            .map_or_else(String::new, |c| format!("{:.4}", c[i]));
        table += &format!("{},{domain},{confidence}\n", quoted(barcode));
    }
    table
}

/// A CSV cell, quoted where it must be.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}
