//! A program of a third party runs, reports and ablates its own encoder and modulator.

use std::path::{Path, PathBuf};
use std::process::Command;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn program(args: &[&str], folder: &Path) -> Outcome<()> {
    let ended = Command::new(env!("CARGO_BIN_EXE_third-party-program"))
        .args(args)
        .current_dir(folder)
        .output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{args:?}: {said}");
    Ok(())
}

/// A simulated cortex as a file, with its truth in `obs["layer"]`.
fn simulated(folder: &Path) -> Outcome<PathBuf> {
    let path = folder.join("slide.h5ad");
    let tissue = semst::simulate::LayeredTissue::new(0).with_spots(240);
    let slide = tissue.generate()?.into_dataset()?;
    semst::io::write_h5ad(&slide, &path, &semst::io::Slots::new())?;
    Ok(path)
}

/// A run with both parts, a report from its file, and a plan with paired tests.
fn runs_and_ablates(slide: &Path, truth: &str) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let slide = slide.to_str().ok_or("a path in UTF-8")?;
    let run = [
        "run",
        slide,
        "--encoder",
        "sgc",
        "--modulator",
        "stretch",
        "--epochs",
        "3",
        "--domains",
        "4",
        "--truth",
        truth,
        "-o",
        "out",
        "--quiet",
    ];
    program(&run, folder.path())?;
    let out = folder.path().join("out");
    let written: Vec<_> = std::fs::read_dir(&out)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "h5ad"))
        .collect();
    let written = &written[0];
    let stem = written.file_stem().ok_or("no name")?.to_string_lossy();
    let report = std::fs::read_to_string(written.with_file_name(format!("{stem}_report.html")))?;
    for name in ["sgc", "stretch"] {
        assert!(report.contains(name), "the report does not name {name}");
    }
    let written = written.to_str().ok_or("a path in UTF-8")?;
    program(&["report", written, "-o", "again"], folder.path())?;

    let plan = include_str!("../plan.toml");
    let data = format!("\n[[datasets]]\npath = {slide:?}\ntruth = {truth:?}\n");
    std::fs::write(folder.path().join("plan.toml"), format!("{plan}{data}"))?;
    program(&["ablate", "plan.toml", "--quiet"], folder.path())?;
    let cells = std::fs::read_to_string(folder.path().join("third-party/cells.csv"))?;
    for row in ["sgc,stretch", "sgc,fsm", "stagate,stretch", "pca,none"] {
        assert!(cells.contains(row), "no row {row} in {cells}");
    }
    let table = std::fs::read_to_string(folder.path().join("third-party/table.md"))?;
    assert!(!table.contains("Cells that failed"), "{table}");
    assert!(
        table.contains("against same encoder, modulator none"),
        "{table}"
    );
    Ok(())
}

#[test]
fn on_a_simulated_slide() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    runs_and_ablates(&simulated(folder.path())?, "layer")
}

#[test]
fn on_a_development_slide() -> Outcome<()> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    let folder = std::env::var_os("SEMST_DATA").map_or(beside, PathBuf::from);
    let slide = folder.join("starmap_mvc.h5ad");
    if slide.is_file() {
        return runs_and_ablates(&slide, "domain");
    }
    assert!(
        std::env::var_os("SEMST_REQUIRE_DATA").is_none(),
        "{} is missing",
        slide.display()
    );
    println!("skipped: {} is missing", slide.display());
    Ok(())
}
