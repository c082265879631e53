//! Inputs that once failed (`../shared/faults`): each is read, or refused in one line that says what to do.

use std::path::{Path, PathBuf};

use semst::io::{ReadConfig, read, read_run};
use semst::read_record;

use crate::binary::{Ended, Outcome, QUICK, ended, run};
use crate::data::faults;

/// Runs a faulty input with quick settings; none where the folder is missing.
fn quick(name: &str, options: &str) -> Outcome<Option<(Ended, PathBuf, tempfile::TempDir)>> {
    started(name, &format!("{QUICK} {options}"))
}

/// As [`quick`], with no other settings.
fn started(name: &str, options: &str) -> Outcome<Option<(Ended, PathBuf, tempfile::TempDir)>> {
    let Some(folder) = faults() else {
        return Ok(None);
    };
    let out = tempfile::tempdir()?;
    let ended = run(&folder.join(name), options, out.path())?;
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
    for options in [["--semantics", "none"], ["--modulator", "none"]] {
        ended([&common[..], &options].concat())?.succeeded();
    }
    // A default run leaves semantics out, and a run with `--semantics` is refused.
    let started = common.iter().filter(|option| **option != "-q").copied();
    let said = ended(started)?.succeeded().stderr;
    assert!(said.contains("run without semantics"), "{said}");
    assert!(said.contains("166 genes"), "{said}");
    let asked = ended([&common[..], &["--semantics", "builtin"]].concat())?;
    assert!(asked.refused().contains("modulator to none"), "{asked:?}");
    Ok(())
}

#[test]
fn slots_of_the_user_are_kept_or_asked_about() -> Outcome {
    let name = "mygraph.h5ad";
    let words = ["obs/semst_domain", "not from semst", "--overwrite"];
    check_refused(name, "--domains 3", &words)?;
    let Some((ended, h5ad, out)) = quick(name, "--domains 3 --overwrite")? else {
        return Ok(());
    };
    let ended = ended.succeeded();
    assert!(
        ended
            .stderr
            .contains("a spatial graph of its own, which stays"),
        "{ended:?}"
    );
    let input = faults().ok_or("no faults")?.join(name);
    let reading = ReadConfig::new()
        .with_obsp("spatial_connectivities")
        .with_obsp("spatial_distances");
    let (before, _) = read(&input, &reading)?;
    let with_ours = reading.with_obsp("semst_spatial_connectivities");
    let (after, _) = read(&h5ad, &with_ours)?;
    for (key, matrix) in &before.obsp {
        assert_eq!(after.obsp.get(key), Some(matrix), "{key}");
    }
    assert_ne!(after.obsp.get("semst_spatial_connectivities"), None);
    let written = read_run(&h5ad, &[])?;
    assert_eq!(
        written.uns("spatial_neighbors"),
        read_run(&input, &[])?.uns("spatial_neighbors")
    );
    let record = read_record(&written)?.ok_or("no record")?;
    assert_eq!(record.arrays.graph.as_deref(), Some("semst_spatial"));
    // The next run over this result knows which slots are ours.
    let again = run(
        &h5ad,
        &format!("{QUICK} --domains 3 --in-place"),
        out.path(),
    )?
    .succeeded();
    assert!(!again.stderr.contains("which stays"), "{again:?}");
    let (last, _) = read(&h5ad, &with_ours)?;
    for (key, matrix) in &after.obsp {
        assert_eq!(last.obsp.get(key), Some(matrix), "{key}");
    }
    Ok(())
}
/// The options of a quick run, and that for known domains.
const KNOWN: &str = "--encoder diffusion --modulator none --truth ";

/// Runs a slide with the file of a fault as value of an option.
fn with_file(
    name: &str,
    option: &str,
    file: &str,
) -> Outcome<Option<(Ended, PathBuf, tempfile::TempDir)>> {
    let Some(folder) = faults() else {
        return Ok(None);
    };
    let (path, column) = file.split_once('#').unwrap_or((file, ""));
    let mut place = folder.join(path).display().to_string();
    if !column.is_empty() {
        place += &format!("#{column}");
    }
    started(name, &format!("--domains 3 --head kmeans {option}{place}"))
}

#[test]
fn a_file_of_known_domains_is_joined_in_one_line() -> Outcome {
    for (slide, file, words, score) in [
        (
            "plain.h5ad",
            "metadata.csv",
            "`layer` (the only column with labels; FILE#COLUMN names another): matched by name in column `barcode`, 144 of 144 spots, 3 different labels",
            "ARI 1.000",
        ),
        (
            "plain.h5ad",
            "metadata.csv#layer",
            "144 of 144 spots, 3 different labels",
            "ARI 1.000",
        ),
        (
            "plain.h5ad",
            "fifth.csv",
            "29 of 144 spots",
            "ARI 1.000 on 29 of 144 spots",
        ),
        (
            "numbered.h5ad",
            "pandas_index.csv",
            "in column `barcode`, 144 of 144 spots",
            "ARI 1.000",
        ),
    ] {
        let Some((ended, h5ad, out)) = with_file(slide, KNOWN, file)? else {
            return Ok(());
        };
        let ended = ended.succeeded();
        assert!(ended.stderr.contains(words), "{file}: {}", ended.stderr);
        assert!(
            ended.stderr.lines().any(|line| line == score),
            "{file}: {}",
            ended.stderr
        );
        let written = read_run(&h5ad, &[])?;
        let record = read_record(&written)?.ok_or("no record")?;
        let join = record.joins.first().ok_or("no join")?;
        assert!(ended.stderr.contains(&join.sentence()), "{}", ended.stderr);
        // The labels are kept with the results.
        assert_eq!(record.arrays.truth.as_deref(), Some("semst_truth"));
        let kept = written.obs.labels("semst_truth")?;
        assert_eq!(kept.iter().flatten().count(), join.matched);
        // The report has the join, and the scored part next to the score.
        let name = h5ad
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let html = std::fs::read_to_string(out.path().join(format!("{name}_report.html")))?;
        assert!(html.contains("matched by name"), "{file}");
        assert_eq!(
            html.contains("<td>29 of 144 spots</td>"),
            file == "fifth.csv"
        );
        // A table of domains is evaluated as the file is.
        let Some(folder) = faults() else {
            return Ok(());
        };
        let table = out
            .path()
            .join(format!("{name}_domains.csv"))
            .display()
            .to_string();
        let truth = folder.join(file).display().to_string();
        let ended = evaluated(&["evaluate", &table, "--truth", &truth])?.succeeded();
        let ari = ended
            .stdout
            .lines()
            .find(|line| line.starts_with("ARI"))
            .ok_or("no ARI")?;
        assert!(ari.contains("1.000"), "{ari}");
        assert_eq!(
            ari.ends_with("on 29 of 144 spots"),
            file == "fifth.csv",
            "{ari}"
        );
        assert!(ended.stderr.contains("matched by name"), "{}", ended.stderr);
    }
    if let Some((ended, ..)) = with_file("plain.h5ad", KNOWN, "pandas_index.csv")? {
        assert!(
            ended.refused().contains("its names are row numbers"),
            "{ended:?}"
        );
    }
    Ok(())
}

/// Evaluates, where a run is called `ended` already.
fn evaluated(args: &[&str]) -> Outcome<Ended> {
    ended(args)
}

#[test]
fn vectors_of_spots_are_joined_by_name() -> Outcome {
    let mut written = Vec::new();
    for (file, place) in [
        ("in_order.csv", "the first column"),
        ("shuffled.parquet", "its index"),
    ] {
        let options =
            "--encoder diffusion --modulator fsm --epochs 1 --no-interpret --semantics spots:";
        let Some((ended, h5ad, out)) = with_file("numbered.h5ad", options, file)? else {
            return Ok(());
        };
        let ended = ended.succeeded();
        let words = format!("{file}: matched by name in {place}, 144 of 144 spots");
        assert!(ended.stderr.contains(&words), "{}", ended.stderr);
        let semantics = read_run(&h5ad, &["X_semst_semantics"])?;
        written.push(semantics.embedding("X_semst_semantics")?.clone());
        drop(out);
    }
    assert!(written[0] == written[1] && written[0].ncols() > 1);
    let options = "--quiet --encoder diffusion --modulator fsm --semantics spots:";
    if let Some((ended, ..)) = with_file("numbered.h5ad", options, "vectors.parquet")? {
        assert!(ended.refused().contains("has no row named 2"), "{ended:?}");
    }
    if let Some((ended, ..)) = with_file("plain.h5ad", options, "shuffled.parquet")? {
        assert!(
            ended.refused().contains("its names are row numbers"),
            "{ended:?}"
        );
    }
    Ok(())
}

#[test]
fn what_was_done_differently_is_a_line() -> Outcome {
    let Some((ended, h5ad, out)) = started(
        "markers.h5ad",
        "--domains 3 --encoder sedr --modulator none --epochs 1",
    )?
    else {
        return Ok(());
    };
    let ended = ended.succeeded();
    let record = read_record(&read_run(&h5ad, &[])?)?.ok_or("no record")?;
    let genes = record
        .differences
        .iter()
        .map(|difference| difference.sentence());
    let mut genes = genes.filter(|line| line.contains("genes kept for the encoder"));
    let line = genes.next_back().ok_or("no line about genes")?;
    assert!(ended.stderr.contains(&line), "{line}: {}", ended.stderr);
    let html = std::fs::read_to_string(out.path().join("markers_report.html"))?;
    assert!(html.contains("Not as asked for") && html.contains("genes kept for the encoder"));
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
        // The strength that is chosen for the slide is small; a larger one is bounded in small pieces.
        for smoothing in ["auto", "10"] {
            let out = tempfile::tempdir()?;
            let options = format!("--domains 3 --no-model --truth truth --smoothing {smoothing}");
            let ended = run(&folder.join(name), &options, out.path())?.succeeded();
            assert_eq!(ari(&ended), Some(1.0), "{name}: {}", ended.stderr);
            let is_bounded = ended.stderr.contains("in the smallest piece");
            let expected = name == "twopieces12.h5ad" && smoothing == "10";
            assert_eq!(is_bounded, expected, "{}", ended.stderr);
        }
    }
    Ok(())
}
