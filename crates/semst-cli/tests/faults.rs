//! Inputs that once failed (`../shared/faults`): each is read, or refused in one line that says what to do.

use std::path::{Path, PathBuf};

use semst::io::read_run;
use semst::read_record;

use crate::binary::{Ended, Outcome, QUICK, ended, run};
use crate::data::faults;

/// Runs a faulty input with quick settings; none where the folder is missing.
fn quick(name: &str, options: &str) -> Outcome<Option<(Ended, PathBuf, tempfile::TempDir)>> {
    let Some(folder) = faults() else {
        return Ok(None);
    };
    let out = tempfile::tempdir()?;
    let options = format!("{QUICK} {options}");
    let ended = run(&folder.join(name), &options, out.path())?;
    let stem = Path::new(name).file_stem().unwrap_or_default();
    let h5ad = out.path().join(stem).with_extension("h5ad");
    Ok(Some((ended, h5ad, out)))
}

#[track_caller]
fn check_refused(name: &str, options: &str, words: &[&str]) -> Outcome {
    if let Some((ended, _, out)) = quick(name, options)? {
        let line = ended.refused();
        for word in words {
            assert!(line.contains(word), "{word}: {line}");
        }
        assert_eq!(std::fs::read_dir(out.path())?.count(), 0);
    }
    Ok(())
}

#[test]
fn sections_in_one_file_are_not_one_slide() -> Outcome {
    let words = [
        "obs/library_id divides",
        "overlap",
        "--subset",
        "--one-slide",
    ];
    check_refused("both.h5ad", "--domains 3", &words)?;
    check_refused(
        "two_pieces.h5ad",
        "--domains 3",
        &["obs/library divides", "lie apart"],
    )?;
    let Some(folder) = faults() else {
        return Ok(());
    };
    let out = tempfile::tempdir()?;
    let file = folder.join("both.h5ad");
    let one = format!("{QUICK} --domains 3 --one-slide");
    run(&file, &one, out.path())?.succeeded();
    let sections = read_run(&file, &[])?.obs.labels("library_id")?;
    let first = sections[0].clone().ok_or("a section")?;
    let subset = format!("{QUICK} --domains 3 --truth truth --subset library_id={first}");
    let ended = run(&file, &subset, out.path())?.succeeded();
    let ari = ended.stderr.lines().find_map(|l| l.strip_prefix("ARI "));
    assert!(
        ari.is_some_and(|ari| ari.trim() == "1.000"),
        "{}",
        ended.stderr
    );
    let written = read_run(&out.path().join(format!("both_{first}.h5ad")), &[])?;
    let domains = written.obs.labels("semst_domain")?;
    for (section, domain) in sections.iter().zip(&domains) {
        assert_eq!(*section == Some(first.clone()), domain.is_some());
    }
    let record = read_record(&written)?.ok_or("no record")?;
    let command = record.command("run.toml").unwrap_or_default().join(" ");
    assert!(command.contains(&format!(
        "both.h5ad --config run.toml --subset library_id={first}"
    )));
    let refused = run(
        &file,
        &format!("{QUICK} --subset library_id=none"),
        out.path(),
    )?;
    assert!(refused.refused().contains("its values are"), "{refused:?}");
    Ok(())
}

#[test]
fn small_slides_run_with_bounds_that_fit() -> Outcome {
    for name in ["n40.h5ad", "hundred_spots.h5ad"] {
        let Some(folder) = faults() else {
            return Ok(());
        };
        let out = tempfile::tempdir()?;
        let options = "--domains 3 --epochs 2 --no-interpret";
        let ended = run(&folder.join(name), options, out.path())?.succeeded();
        let written = read_run(&out.path().join(name), &[])?;
        let record = read_record(&written)?.ok_or("no record")?;
        let half = written.n_spots().div_ceil(2);
        let bound = record.dropped.get(&semst::record::Dropped::MinCellsScaled);
        assert!(
            bound.is_some_and(|b| *b <= half),
            "{bound:?}: {}",
            ended.stderr
        );
    }
    Ok(())
}

#[test]
fn labels_that_cannot_be_scored_are_refused_before_the_run() -> Outcome {
    let name = "truth_all_missing.h5ad";
    check_refused(
        name,
        "--domains 3 --truth truth",
        &["truth has no label for any spot"],
    )?;
    check_refused(
        name,
        "--domains 3 --truth depth",
        &["depth has", "different values"],
    )
}

#[test]
fn a_species_without_a_table_runs_without_semantics() -> Outcome {
    let Some(folder) = faults() else {
        return Ok(());
    };
    let slide = folder.join("no_species.h5ad").display().to_string();
    let out = tempfile::tempdir()?;
    let out = out.path().display().to_string();
    let common = [
        "run", &*slide, "-k", "3", "--epochs", "2", "-q", "-o", &*out,
    ];
    let refused = ended(common)?;
    assert!(
        refused.refused().contains("modulator to none"),
        "{refused:?}"
    );
    for options in [["--semantics", "none"], ["--modulator", "none"]] {
        ended([&common[..], &options].concat())?.succeeded();
    }
    Ok(())
}

/// The score that a run prints.
fn ari(ended: &Ended) -> Option<f64> {
    let line = ended.stderr.lines().find_map(|l| l.strip_prefix("ARI "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[test]
fn log_normalised_values_run_where_the_method_allows() -> Outcome {
    let name = "lognorm_only.h5ad";
    check_refused(name, "--domains 3", &["--input-is lognorm"])?;
    let Some(folder) = faults() else {
        return Ok(());
    };
    let out = tempfile::tempdir()?;
    let slide = folder.join(name);
    for (kind, encoder) in [
        ("lognorm", "semst"),
        ("lognorm", "stagate"),
        ("auto", "pca"),
        ("auto", "diffusion"),
    ] {
        let options = format!(
            "--domains 3 --epochs 2 --encoder {encoder} --modulator none --input-is {kind} --truth domain"
        );
        let ended = run(&slide, &options, out.path())?.succeeded();
        assert!(ended.stderr.contains("X (log-normalised)"), "{ended:?}");
        assert!(ari(&ended).is_some(), "{ended:?}");
    }
    let empty = tempfile::tempdir()?;
    let options = "--domains 3 --encoder spatial-mgcn --modulator none --input-is lognorm";
    let refused = run(&slide, options, empty.path())?;
    assert!(refused.refused().contains("likelihood of counts"));
    let counts = folder.join("plain.h5ad");
    let refused = run(&counts, "--domains 3 --input-is lognorm", empty.path())?;
    assert!(
        refused.refused().contains("which are counts"),
        "{refused:?}"
    );
    Ok(())
}

#[test]
fn a_domain_is_not_a_piece() -> Outcome {
    let Some(folder) = faults() else {
        return Ok(());
    };
    for name in ["onepiece12.h5ad", "twopieces12.h5ad"] {
        let out = tempfile::tempdir()?;
        let options = "--domains 3 --semantics none --truth truth --no-interpret";
        let ended = run(&folder.join(name), options, out.path())?.succeeded();
        assert_eq!(ari(&ended), Some(1.0), "{name}: {}", ended.stderr);
    }
    Ok(())
}
