//! What a run leaves in its folder: all files, or none.

pub(crate) mod staging;

use anyhow::{Context, Result};
use semst::interpretation::gene_table;
use semst::io::{SpatialDataset, write_atomically, write_h5ad};
use semst::report::{DomainMap, Report, ReportInput};
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
        input: &ReportInput<'_>,
    ) -> Result<Vec<PathBuf>> {
        let mut files = self.begin()?;
        let slots = run.slots(input.record)?;
        files.write(format!("{}.h5ad", slide.name), |path| {
            write_h5ad(slide, path, &slots)
        })?;
        let table = domain_table(slide, run)?;
        files.write("domains.csv".into(), |path| {
            write_atomically(path, |out| out.write_all(table.as_bytes()))
        })?;
        let domains = &input.record.semantics.domains;
        if input.record.semantics.named().next().is_some() {
            let table = gene_table(domains, domain_name)?;
            files.write(format!("{}_semantics.csv", slide.name), |path| {
                write_atomically(path, |out| out.write_all(table.as_bytes()))
            })?;
        }
        draw(&mut files, &slide.name, input)?;
        files.commit()
    }

    /// Writes `<name>.png`, `<name>.svg` and `report.html`; returns their paths.
    pub(crate) fn write_report(&self, name: &str, input: &ReportInput<'_>) -> Result<Vec<PathBuf>> {
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
fn draw(files: &mut Staging, name: &str, input: &ReportInput<'_>) -> Result<()> {
    let map = DomainMap::new(&input.tissue, &input.domains).with_title(name);
    let drawing = map.draw().map_err(semst::Error::from)?;
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

/// `domains.csv`: one line per spot that was not dropped.
fn domain_table(slide: &SpatialDataset, run: &Run) -> Result<String> {
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
