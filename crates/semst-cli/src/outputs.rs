//! What a run leaves in its folder, each file whole or not at all.

use anyhow::{Context, Result};
use semst::io::{AtomicFile, SpatialDataset, write_atomically, write_h5ad};
use semst::report::{DomainMap, Labels, Report, ReportInput, Tissue};
use semst::{Run, domain_name};
use std::path::{Path, PathBuf};

/// Pixels per point in the PNG.
const PNG_SCALE: f64 = 2.0;

/// A folder that can be written.
pub(crate) struct OutputFolder {
    path: PathBuf,
}

impl OutputFolder {
    /// Makes the folder and sees that it can be written, before any work is done.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path)
            .with_context(|| format!("the output folder {} cannot be made", path.display()))?;
        AtomicFile::beside(&path.join("semst.probe"))
            .with_context(|| format!("the output folder {} cannot be written", path.display()))?;
        Ok(Self { path: path.into() })
    }

    /// Writes `<name>.h5ad`, `domains.csv`, the map and `report.html`; returns their paths.
    pub(crate) fn write_run(
        &self,
        slide: &SpatialDataset,
        run: &Run,
        input: &ReportInput,
    ) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        let h5ad = self.path.join(format!("{}.h5ad", slide.name));
        write_h5ad(slide, &h5ad, &run.slots(&run.colors()))?;
        written.push(h5ad);
        let csv = self.path.join("domains.csv");
        write_atomically(&csv, |out| {
            writeln!(out, "barcode,domain,confidence")?;
            for (i, barcode) in slide.barcodes.iter().enumerate() {
                let domain = domain_name(run.assignment.labels[i]);
                let confidence = run
                    .assignment
                    .confidence
                    .as_ref()
                    .map_or_else(String::new, |c| format!("{:.4}", c[i]));
                writeln!(out, "{},{domain},{confidence}", quoted(barcode))?;
            }
            Ok(())
        })?;
        written.push(csv);
        written.extend(self.write_pictures(&slide.name, &input.tissue, &input.domains)?);
        written.push(self.write_report(input)?);
        Ok(written)
    }

    /// Writes `<name>.png` and `<name>.svg`.
    pub(crate) fn write_pictures(
        &self,
        name: &str,
        tissue: &Tissue,
        domains: &Labels,
    ) -> Result<Vec<PathBuf>> {
        let drawing = DomainMap::new(tissue, domains)
            .with_title(name)
            .draw()
            .map_err(semst::Error::from)?;
        let png = drawing.to_png(PNG_SCALE).map_err(semst::Error::from)?;
        let paths = [
            self.path.join(format!("{name}.png")),
            self.path.join(format!("{name}.svg")),
        ];
        write_atomically(&paths[0], |out| out.write_all(&png))?;
        write_atomically(&paths[1], |out| out.write_all(drawing.to_svg().as_bytes()))?;
        Ok(paths.to_vec())
    }

    /// Writes `report.html`.
    pub(crate) fn write_report(&self, input: &ReportInput) -> Result<PathBuf> {
        let html = Report::new(input).to_html().map_err(semst::Error::from)?;
        let path = self.path.join("report.html");
        write_atomically(&path, |out| out.write_all(html.as_bytes()))?;
        Ok(path)
    }
}

/// A CSV cell, quoted where it must be.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

/// Peak memory of this process in MiB, where the system tells (Linux).
pub(crate) fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
