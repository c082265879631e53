//! Files that no run wrote, and results of other slides, are never replaced without a word.

use std::path::Path;

use crate::binary::{Outcome, contents, ended, names, run};
use crate::made::Made;

const OPTIONS: &str = "--domains 3 --encoder diffusion --modulation none --head kmeans";

/// Checks that a run is refused with these words, and that the folder keeps every byte.
#[track_caller]
fn check_refused(input: &Path, options: &str, out: &Path, words: &str) -> Outcome {
    let before = contents(out)?;
    let ended = run(input, options, out)?;
    assert!(ended.refused().contains(words), "{ended:?}");
    assert!(contents(out)? == before, "{:?} changed", names(out));
    Ok(())
}

#[test]
fn the_input_is_extended_only_in_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let slide = at.join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    check_refused(&slide, OPTIONS, at, "slide.h5ad is the input: set --output")?;
    // `--overwrite` is for other files.
    let overwrite = format!("{OPTIONS} --overwrite");
    check_refused(&slide, &overwrite, at, "add --in-place")?;
    let in_place = format!("{OPTIONS} --in-place");
    run(&slide, &in_place, at)?.succeeded();
    // A picture of the user next to the input.
    let other = tempfile::tempdir()?;
    let slide = other.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    std::fs::write(other.path().join("slide.png"), "mine")?;
    let words = "is not an earlier result";
    check_refused(&slide, &in_place, other.path(), words)?;
    let out = tempfile::tempdir()?;
    std::fs::write(out.path().join("slide.png"), "mine")?;
    check_refused(&slide, OPTIONS, out.path(), words)?;
    run(&slide, &overwrite, out.path())?.succeeded();
    assert!(std::fs::read(out.path().join("slide.png"))?.starts_with(b"\x89PNG"));
    Ok(())
}

#[test]
fn a_loop_over_slides_loses_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let mut before = Vec::new();
    for name in ["first", "second"] {
        let slide = folder.path().join(format!("{name}.h5ad"));
        Made::default().h5ad(&slide)?;
        run(&slide, OPTIONS, &out)?.succeeded();
        let found = contents(&out)?;
        assert!(before.iter().all(|file| found.contains(file)));
        before = found;
    }
    // The same slide again: its results are replaced, and that is printed.
    let first = folder.path().join("first.h5ad");
    let ended = run(&first, &format!("{OPTIONS} --seed 4"), &out)?.succeeded();
    assert!(
        ended
            .stderr
            .contains("replaces an earlier run on this slide"),
        "{}",
        ended.stderr
    );
    assert_eq!(names(&out).len(), before.len());
    // Another slide of the same name.
    let other = folder.path().join("other");
    std::fs::create_dir(&other)?;
    let mut made = Made::default().with_spots(100);
    made.genes[0] = "OTHER".into();
    made.h5ad(&other.join("first.h5ad"))?;
    let words = "first.h5ad is not an earlier result of the same data";
    check_refused(&other.join("first.h5ad"), OPTIONS, &out, words)
}

#[test]
fn a_report_replaces_reports_only() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let out = folder.path().join("out");
    run(&slide, OPTIONS, &out)?.succeeded();
    let h5ad = out.join("slide.h5ad").display().to_string();
    let drawn = folder.path().join("drawn");
    let to = drawn.display().to_string();
    let report = ["report", &*h5ad, "-o", &*to];
    ended(report)?.succeeded();
    ended(report)?.succeeded();
    std::fs::remove_file(drawn.join("slide_report.html"))?;
    std::fs::write(drawn.join("slide.svg"), "mine")?;
    let refused = ended(report)?;
    assert!(
        refused.refused().contains("is not an earlier result"),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(drawn.join("slide.svg"))?, b"mine");
    Ok(())
}

#[test]
fn the_same_name_and_size_is_not_the_same_slide() -> Outcome {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    for (name, changed) in [("real", 1.0), ("shuffled", 2.0)] {
        let home = folder.path().join(name);
        std::fs::create_dir(&home)?;
        let slide = home.join("slide.h5ad");
        Made::default().with_count(7, 7, changed).h5ad(&slide)?;
        match name {
            "real" => drop(run(&slide, OPTIONS, &out)?.succeeded()),
            _ => check_refused(
                &slide,
                OPTIONS,
                &out,
                "not an earlier result of the same data",
            )?,
        }
    }
    let slide = folder.path().join("real/slide.h5ad");
    let in_place = format!("{OPTIONS} --in-place");
    check_refused(&slide, &in_place, &out, "--in-place needs")
}

/// Slots of an earlier run do not stay next to those of another one, and what is replaced is a line.
#[test]
fn what_a_rerun_replaces_or_removes_is_a_line() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let path = slide.display().to_string();
    let first = run(
        &slide,
        "--domains 3 --epochs 1 --head kmeans --semantics random --in-place",
        folder.path(),
    )?;
    let line = "replaced or removed in the result: ";
    assert!(!first.succeeded().stderr.contains(line));
    let semantics = "X_semst_semantics";
    assert!(
        ended(["inspect", &path])?
            .succeeded()
            .stdout
            .contains(semantics)
    );
    let second = run(&slide, &format!("{OPTIONS} --in-place"), folder.path())?.succeeded();
    let said = second.stderr.lines().find(|said| said.contains(line));
    let said = said.ok_or_else(|| second.stderr.clone())?;
    for slot in [
        "obs/semst_domain",
        "obsm/X_semst_semantics",
        "obsp/spatial_distances",
    ] {
        assert!(said.contains(slot), "{said}");
    }
    assert!(
        !ended(["inspect", &path])?
            .succeeded()
            .stdout
            .contains(semantics)
    );
    Ok(())
}
