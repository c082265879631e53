//! Valid input: what a run writes, and how the other commands use it.

use std::path::Path;

use hdf5_pure::File;
use semst::io::{UnsValue, read_run};

use crate::binary::{Outcome, QUICK, ended, names, run};
use crate::made::Made;

/// Checks the files of a run of a slide called `name` and DESIGN.md's slots; returns the domains of all spots.
#[track_caller]
pub(crate) fn check_written(
    out: &Path,
    name: &str,
    semantics: bool,
) -> Outcome<Vec<Option<String>>> {
    let extensions = ["h5ad", "png", "svg"].map(|e| format!("{name}.{e}"));
    let mut expected = ["domains.csv", "report.html"]
        .map(|e| format!("{name}_{e}"))
        .to_vec();
    expected.extend(extensions.clone());
    // The genes and functions that the domains respond to.
    expected.extend(semantics.then(|| format!("{name}_semantics.csv")));
    expected.sort_unstable();
    assert_eq!(names(out), expected);
    let [h5ad, png, svg] = extensions.map(|e| out.join(e));
    assert!(std::fs::read(png)?.starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(svg)?.contains("<svg"));
    let html = std::fs::read_to_string(out.join(format!("{name}_report.html")))?;
    assert!(html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"));
    for outside in ["src=\"http", "href=\"http", "url(http"] {
        assert!(!html.contains(outside), "the report loads from outside");
    }

    let keys: &[&str] = if semantics {
        &["X_semst", "X_semst_semantics"]
    } else {
        &["X_semst"]
    };
    let file = read_run(&h5ad, keys)?;
    let domains = file.obs.labels("semst_domain")?;
    for key in keys {
        assert_eq!(file.embedding(key)?.nrows(), domains.len());
    }
    let uns = |key: &str| file.uns(key).ok_or_else(|| format!("no uns/{key}"));
    let mut classes: Vec<&String> = domains.iter().flatten().collect();
    classes.sort_unstable();
    classes.dedup();
    let UnsValue::StrArray(colors) = uns("semst_domain_colors")? else {
        return Err("colours are text".into());
    };
    assert_eq!(colors.len(), classes.len());
    let UnsValue::Dict(record) = uns("semst")? else {
        return Err("uns/semst is a group".into());
    };
    for key in ["version", "device", "params", "losses"] {
        assert!(record.iter().any(|(k, _)| k == key), "no uns/semst/{key}");
    }
    let UnsValue::Dict(neighbors) = uns("spatial_neighbors")? else {
        return Err("uns/spatial_neighbors is a group".into());
    };
    let raw = File::open(&h5ad)?;
    for (key, slot) in [
        ("connectivities_key", "spatial_connectivities"),
        ("distances_key", "spatial_distances"),
    ] {
        let entry = neighbors.iter().find(|(k, _)| k == key).map(|(_, v)| v);
        assert_eq!(entry, Some(&UnsValue::Str(slot.into())));
        let indptr = raw.dataset(&format!("obsp/{slot}/indptr"))?;
        assert_eq!(indptr.shape()?, [domains.len() as u64 + 1]);
    }

    let table = std::fs::read_to_string(out.join(format!("{name}_domains.csv")))?;
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("barcode,domain,confidence"));
    let listed: Vec<String> = lines
        .filter_map(|l| l.split(',').nth(1).map(String::from))
        .collect();
    let labelled: Vec<String> = domains.iter().flatten().cloned().collect();
    assert_eq!(listed, labelled);
    Ok(domains)
}

#[test]
fn a_slide_goes_in_and_domains_come_out() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (file, slide) = (
        folder.path().join("slide.h5ad"),
        folder.path().join("slide"),
    );
    Made::default().h5ad(&file)?;
    Made::default().folder(&slide)?;
    let mut found = Vec::new();
    for (input, truth) in [(&file, " --truth band"), (&slide, "")] {
        let out = folder.path().join("out");
        let ended = run(input, &format!("--domains 3 {QUICK}{truth}"), &out)?.succeeded();
        assert_eq!(ended.stderr.contains("ARI 1.000"), !truth.is_empty());
        assert!(!ended.stderr.contains(['\r', '\x1b']), "{}", ended.stderr);
        found.push(check_written(&out, "slide", false)?);
        std::fs::remove_dir_all(&out)?;
    }
    assert_eq!(found[0], found[1]);
    // In place: the input file is the output file, and keeps its content.
    let ended = run(
        &file,
        &format!("--domains 3 {QUICK} --quiet --in-place"),
        folder.path(),
    )?
    .succeeded();
    assert_eq!(ended.stderr, "");
    let after = read_run(&file, &[])?;
    assert_eq!(after.obs.labels("semst_domain")?, found[0]);
    assert_eq!(after.obs.labels("band")?.len(), 121);
    Ok(())
}

#[test]
fn what_is_dropped_or_renamed_is_counted() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    let mut made = Made::default();
    for gene in 0..12 {
        made = made.with_count(10, gene, 0.0).with_count(20, gene, 0.0);
    }
    for spot in 0..121 {
        made = made.with_count(spot, 4, 0.0);
    }
    made.genes[3] = "MBP".into();
    made.barcodes[2] = made.barcodes[1].clone();
    made.h5ad(&path)?;
    let out = folder.path().join("out");
    let ended = run(&path, &format!("--domains 3 {QUICK}"), &out)?.succeeded();
    let html = std::fs::read_to_string(out.join("slide_report.html"))?;
    let inspected = self::ended(["inspect".as_ref(), path.as_os_str()])?.succeeded();
    for note in [
        "2 spots without any count dropped",
        "1 gene without any count dropped",
        "1 repeated gene symbol made unique",
        "1 repeated barcode made unique",
    ] {
        let own_line = |line: &str| line.starts_with(note);
        assert!(ended.stderr.lines().any(own_line), "{}", ended.stderr);
        assert!(html.contains(note), "the report does not say: {note}");
        assert!(inspected.stdout.contains(note), "{}", inspected.stdout);
    }
    let domains = check_written(&out, "slide", false)?;
    let dropped: Vec<usize> = (0..121).filter(|&at| domains[at].is_none()).collect();
    assert_eq!(dropped, [10, 20]);
    // Spots without a domain are left out of the scores.
    let path = out.join("slide.h5ad").display().to_string();
    let scores = self::ended(["evaluate", &path, "--truth", "band", "--json"])?.succeeded();
    let scores: serde_json::Value = serde_json::from_str(&scores.stdout)?;
    assert_eq!(scores["agreement"]["spots"], 119);
    let table = std::fs::read_to_string(out.join("slide_domains.csv"))?;
    assert!(table.contains("SPOT01-1-1,"), "{table}");
    Ok(())
}

#[test]
fn positions_and_barcodes_that_do_not_match_are_counted() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide");
    let mut made = Made::default();
    let lines = (2..121).map(|at| made.line(at));
    let others = ["A-1", "B-1", "C-1"].map(|b| format!("{b},1,9,9,900,900"));
    // Not under tissue: no word about it.
    let outside = "D-1,0,9,9,900,900".to_owned();
    made.positions = Some(lines.chain(others).chain([outside]).collect());
    made.folder(&slide)?;
    let out = folder.path().join("out");
    let ended = run(&slide, &format!("--domains 3 {QUICK}"), &out)?.succeeded();
    let html = std::fs::read_to_string(out.join("slide_report.html"))?;
    for note in [
        "2 barcodes of the matrix without a position under tissue dropped",
        "3 positions under tissue without a barcode in the matrix left out",
    ] {
        assert!(ended.stderr.contains(note), "{}", ended.stderr);
        assert!(html.contains(note), "the report does not say: {note}");
    }
    assert_eq!(check_written(&out, "slide", false)?.len(), 119);
    Ok(())
}

/// Issue 2, item 2; the time is for two cores that have nothing else to do, so it is printed and not checked.
#[test]
fn the_demo_walks_the_whole_way_offline() -> Outcome {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("demo");
    let target = out.display().to_string();
    let ended = self::ended([
        "demo",
        "--spots",
        "500",
        "-o",
        &target,
        "--log-format",
        "json",
    ])?
    .succeeded();
    let mut lines = Vec::new();
    for line in ended.stderr.lines() {
        lines.push(serde_json::from_str::<serde_json::Value>(line)?);
    }
    let of = |key: &str| lines.iter().find(|l| l.get(key).is_some());
    let spots = of("n_spots").and_then(|l| l["n_spots"].as_u64());
    assert!(spots == Some(500), "{spots:?} spots");
    let ari = lines.iter().find(|l| l["score"] == "ARI");
    let ari = ari.and_then(|l| l["value"].as_f64()).ok_or("no ARI")?;
    assert!((0.2..=1.0).contains(&ari), "ARI {ari}");
    let last = lines.last().ok_or("nothing was told")?;
    assert!(last["domains"].as_u64() >= Some(5), "{last}");
    println!("demo: ARI {ari:.3}, {:.1} s", last["seconds"]);

    let domains = check_written(&out, "simulated", true)?;
    assert_eq!(Some(domains.len() as u64), spots);
    let html = std::fs::read_to_string(out.join("simulated_report.html"))?;
    assert!(html.contains("ARI") && html.contains("zinb"));
    let h5ad = out.join("simulated.h5ad").display().to_string();
    let scores = self::ended(["evaluate", &h5ad, "--truth", "layer", "--json"])?.succeeded();
    let scores: serde_json::Value = serde_json::from_str(&scores.stdout)?;
    let again = scores["agreement"]["ari"].as_f64().ok_or("no ARI")?;
    assert!((again - ari).abs() < 1e-9, "{again} or {ari}");
    let table = self::ended(["evaluate", &h5ad, "--truth", "layer"])?.succeeded();
    assert!(table.stdout.contains(&format!("ARI       {ari:.3}")));
    // The same truth from a file: here the domains themselves, so that the score is one.
    let known = out.join("simulated_domains.csv").display().to_string();
    let scores = self::ended(["evaluate", &h5ad, "--truth", &known, "--json"])?.succeeded();
    let scores: serde_json::Value = serde_json::from_str(&scores.stdout)?;
    assert_eq!(scores["agreement"]["ari"], 1.0);

    // The report of a finished run, redrawn.
    let anew = folder.path().join("anew").display().to_string();
    let ended = self::ended(["report", &h5ad, "--truth", "layer", "-o", &anew])?.succeeded();
    assert_eq!(ended.stdout.lines().count(), 3);
    assert_eq!(
        names(anew.as_ref()),
        ["simulated.png", "simulated.svg", "simulated_report.html"]
    );
    for picture in ["simulated.png", "simulated.svg", "simulated_report.html"] {
        let both = [&out, &folder.path().join("anew")].map(|f| std::fs::read(f.join(picture)));
        let [first, second] = both;
        assert!(first? == second?, "{picture} differs");
    }
    // A finished run goes in again.
    let inspected = self::ended(["inspect", &h5ad, "--json"])?.succeeded();
    serde_json::from_str::<serde_json::Value>(&inspected.stdout)?;
    Ok(())
}

#[test]
fn a_plan_is_estimated_run_and_repeated_cell_by_cell() -> Outcome {
    let folder = tempfile::tempdir()?;
    Made::default().h5ad(&folder.path().join("slide.h5ad"))?;
    let plan = folder.path().join("plan.toml");
    let text = "name = \"study\"\nencoders = [\"pca\", \"diffusion\"]\nmodulations = [\"none\"]\nseeds = 2\n\
        heads = [\"kmeans\"]\nbaseline = { encoder = \"pca\" }\n\
        [[datasets]]\npath = \"slide.h5ad\"\ntruth = \"band\"\n";
    std::fs::write(&plan, text)?;
    let ablate = |options: &[&str]| -> Outcome<crate::binary::Ended> {
        let mut args = vec!["ablate".to_owned(), plan.display().to_string()];
        args.extend(options.iter().map(ToString::to_string));
        Ok(ended(&args)?.succeeded())
    };
    let said = ablate(&["--dry-run"])?.stdout;
    assert!(
        said.starts_with("4 cells, 0 on disk (0 failed), 4 trainings to do"),
        "{said}"
    );
    assert!(!folder.path().join("study").exists());

    let elsewhere = folder.path().join("else where");
    let out = elsewhere.display().to_string();
    let said = ablate(&["--jobs", "2", "-o", &out])?.stderr;
    assert!(
        said.contains("4 cells in") && said.contains("0 of them failed"),
        "{said}"
    );
    let csv = std::fs::read_to_string(elsewhere.join("cells.csv"))?;
    assert_eq!(csv.lines().count(), 5);
    let table = std::fs::read_to_string(elsewhere.join("table.md"))?;
    assert!(table.contains("against encoder pca"), "{table}");
    let said = ablate(&["--dry-run", "-o", &out])?.stdout;
    assert!(said.starts_with("4 cells, 4 on disk"), "{said}");
    let html = std::fs::read_to_string(elsewhere.join("table.html"))?;
    let html = html.replace("&#x2f;", "/");
    let command = format!("semst ablate {} --output", plan.display());
    assert!(html.contains(&command) && !html.contains('`'), "{html}");

    // The line of a cell, as a shell reads it, runs that cell again, and no other.
    let line = csv
        .split(',')
        .find(|field| field.starts_with("semst ablate"));
    let line = line
        .ok_or("no line")?
        .replacen("semst", env!("CARGO_BIN_EXE_semst"), 1);
    let again = std::process::Command::new("sh")
        .args(["-c", &line])
        .output()?;
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        said.contains("1 cells to compute") && said.contains("1 cells in"),
        "{said}"
    );
    assert!(!folder.path().join("study").exists());
    // One seed makes no pairs, and one method has nothing to be compared with: both are said.
    let other = folder.path().join("one.toml");
    for (change, reason) in [
        (["seeds = 2", "seeds = 1"], "set `seeds` to at least 2"),
        (
            ["baseline = { encoder = \"pca\" }", ""],
            "name a method as `baseline`",
        ),
    ] {
        std::fs::write(&other, text.replace(change[0], change[1]))?;
        let said = ended(["ablate", &other.display().to_string(), "-o", &out])?.succeeded();
        assert!(said.stderr.contains(reason), "{}", said.stderr);
        let table = std::fs::read_to_string(elsewhere.join("table.md"))?;
        assert!(
            table.contains(reason) && !table.contains("against"),
            "{table}"
        );
    }
    std::fs::remove_file(elsewhere.join("table.html"))?;
    let said = ablate(&["--tables", "-o", &out])?.stderr;
    assert!(
        said.contains("wrote") && elsewhere.join("table.html").is_file(),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_plan_of_which_every_cell_fails_ends_with_an_error_each_time() -> Outcome {
    let folder = tempfile::tempdir()?;
    Made::default().h5ad(&folder.path().join("slide.h5ad"))?;
    let plan = folder.path().join("plan.toml");
    // The place of a data set that was taken out of the plan may stay.
    let text = "name = \"study\"\nseeds = 2\nheads = [\"kmeans\"]\n\
        external = [{ name = \"lost\", embedding = { slide = \"none.npy\", gone = \"gone.npy\" } }]\n\
        [[datasets]]\npath = \"slide.h5ad\"\ntruth = \"band\"\n";
    std::fs::write(&plan, text)?;
    for computed in [2, 0] {
        let said = ended(["ablate", &plan.display().to_string()])?;
        assert_eq!(said.code, Some(2), "{}", said.stderr);
        let words = [
            "every cell failed",
            "--retry",
            &format!("{computed} cells in"),
        ];
        for word in words {
            assert!(said.stderr.contains(word), "{word}: {}", said.stderr);
        }
    }
    let table = std::fs::read_to_string(folder.path().join("study/table.md"))?;
    assert!(table.contains("none.npy"), "{table}");
    Ok(())
}
