//! The binary from outside: what it writes, what it says, how it fails.

use semst::io::{Slots, read_run, write_h5ad};
use semst::simulate::LayeredTissue;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A folder with a small simulated slide in it.
fn slide(spots: usize) -> Result<(TempDir, PathBuf), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cortex.h5ad");
    let dataset = LayeredTissue::new(1)
        .with_spots(spots)
        .generate()?
        .into_dataset()?;
    write_h5ad(&dataset, &path, &Slots::new())?;
    Ok((folder, path))
}

fn semst(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_semst"));
    command.args(args);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// Holds a failure to its contract: exit code 2, one line that says what is expected, nothing written.
#[track_caller]
fn fails(args: &[&str], out: &Path, says: &[&str]) {
    let Output { status, stderr, .. } = semst(args)
        .args(["-o", text(out), "--quiet"])
        .output()
        .expect("the binary starts");
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(2), "{args:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    for word in says {
        assert!(
            stderr.contains(word),
            "{args:?} does not say `{word}`: {stderr}"
        );
    }
    let left = std::fs::read_dir(out).map_or(0, |entries| entries.count());
    assert_eq!(left, 0, "{args:?} left files behind");
}

#[test]
fn a_run_writes_every_file_and_keeps_the_input() -> Outcome {
    let (folder, path) = slide(300)?;
    let out = folder.path().join("out");
    let run = [
        "run",
        text(&path),
        "--domains",
        "7",
        "--epochs",
        "2",
        "--truth",
        "layer",
        "-o",
        text(&out),
    ];
    let output = semst(&run).output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains("ARI ") && stderr.contains("epoch 2/2"),
        "{stderr}"
    );
    for file in [
        "cortex.h5ad",
        "cortex.png",
        "cortex.svg",
        "domains.csv",
        "report.html",
    ] {
        assert!(out.join(file).metadata()?.len() > 100, "{file}");
    }
    let file = read_run(
        &out.join("cortex.h5ad"),
        &["X_semst", "X_semst_semantics", "spatial"],
    )?;
    assert_eq!(file.n_spots(), 300);
    let labels = file.obs.labels("semst_domain")?;
    assert!(labels.iter().all(Option::is_some));
    assert!(
        file.obs.column("layer").is_ok(),
        "what the input held is still there"
    );
    assert_eq!(file.embedding("X_semst")?.nrows(), 300);
    assert_eq!(file.embedding("X_semst_semantics")?.nrows(), 300);
    for key in ["semst", "semst_domain_colors", "spatial_neighbors"] {
        assert!(file.uns(key).is_some(), "uns/{key}");
    }
    let csv = std::fs::read_to_string(out.join("domains.csv"))?;
    assert_eq!(csv.lines().count(), 301);
    let html = std::fs::read_to_string(out.join("report.html"))?;
    for part in ["<svg", "ARI", "zinb"] {
        assert!(html.contains(part), "{part}");
    }

    let written = out.join("cortex.h5ad");
    let evaluated = semst(&["evaluate", text(&written), "--truth", "layer"]).output()?;
    assert!(String::from_utf8_lossy(&evaluated.stdout).contains("ARI"));
    let again = folder.path().join("again");
    let reported = semst(&[
        "report",
        text(&written),
        "--truth",
        "layer",
        "-o",
        text(&again),
    ])
    .output()?;
    assert!(
        reported.status.success(),
        "{}",
        String::from_utf8_lossy(&reported.stderr)
    );
    assert!(again.join("report.html").is_file());
    let inspected = semst(&["inspect", text(&path)]).output()?;
    assert!(String::from_utf8_lossy(&inspected.stdout).contains("300"));
    Ok(())
}

#[test]
fn the_same_bits_whatever_the_threads() -> Outcome {
    let (folder, path) = slide(400)?;
    let mut seen = Vec::new();
    for threads in ["1", "2", "5"] {
        let out = folder.path().join(threads);
        let output = semst(&["run", text(&path), "--domains", "6", "--epochs", "3"])
            .args(["-o", text(&out), "--quiet"])
            .env("RAYON_NUM_THREADS", threads)
            .output()?;
        assert!(output.status.success() && output.stderr.is_empty());
        let file = read_run(&out.join("cortex.h5ad"), &["X_semst"])?;
        let bits: Vec<u32> = file
            .embedding("X_semst")?
            .iter()
            .map(|v| v.to_bits())
            .collect();
        seen.push((bits, std::fs::read(out.join("domains.csv"))?));
    }
    assert!(seen[0] == seen[1] && seen[0] == seen[2]);
    Ok(())
}

#[test]
fn json_lines_are_json_and_the_configuration_round_trips() -> Outcome {
    let (folder, path) = slide(200)?;
    let out = folder.path().join("out");
    let printed = semst(&[
        "run",
        text(&path),
        "--domains",
        "4",
        "--epochs",
        "1",
        "--print-config",
    ])
    .output()?;
    let config = folder.path().join("run.toml");
    std::fs::write(&config, &printed.stdout)?;
    let output = semst(&[
        "run",
        text(&path),
        "--config",
        text(&config),
        "--log-format",
        "json",
        "-o",
        text(&out),
    ])
    .output()?;
    assert!(output.status.success());
    let stderr = String::from_utf8(output.stderr)?;
    assert!(stderr.lines().count() > 4);
    for line in stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line)?;
    }
    Ok(())
}

#[test]
fn bad_input_is_one_line() -> Outcome {
    let (folder, path) = slide(120)?;
    let here = folder.path();
    let out = here.join("out");
    let run = |extra: &[&'static str]| -> Vec<String> {
        let mut args = vec!["run".to_string(), text(&path).to_string()];
        args.extend(extra.iter().map(ToString::to_string));
        args
    };
    let check = |args: Vec<String>, says: &[&str]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        fails(&args, &out, says);
    };
    check(run(&[]), &["--domains"]);
    check(run(&["--domains", "0"]), &["0"]);
    check(run(&["--domains", "121"]), &["120", "121"]);
    check(run(&["--domains", "4", "--truth", "region"]), &["layer"]);
    check(run(&["--domains", "4", "--layer", "raw_counts"]), &["X"]);
    check(
        run(&["--domains", "4", "--preset", "paper"]),
        &["paper-dlpfc"],
    );
    check(run(&["--domains", "4", "--encoder", "gat"]), &["graphst"]);
    check(
        run(&["--domains", "4", "--modulation", "film"]),
        &["fsm-zero"],
    );
    check(run(&["--domains", "4", "--semantics", "gpt"]), &["builtin"]);
    check(run(&["--domains", "4", "--head", "mclust"]), &["gmm"]);
    check(run(&["--domains", "4", "--device", "tpu"]), &["cpu"]);
    check(run(&["--domains", "4", "--n-neighbors", "500"]), &["120"]);
    check(run(&["--domains", "four"]), &["four"]);

    let other = |name: &str| {
        vec![
            "run".into(),
            text(&here.join(name)).into(),
            "-k".into(),
            "4".into(),
        ]
    };
    check(other("missing.h5ad"), &["missing.h5ad"]);
    std::fs::create_dir(here.join("holiday"))?;
    check(other("holiday"), &["holiday"]);
    std::fs::write(here.join("words.h5ad"), "no HDF5 at all")?;
    check(other("words.h5ad"), &["words.h5ad", "HDF5"]);
    let whole = std::fs::read(&path)?;
    for share in [3, 5, 8] {
        std::fs::write(here.join("cut.h5ad"), &whole[..whole.len() * share / 10])?;
        check(other("cut.h5ad"), &["cut.h5ad"]);
    }
    Ok(())
}

#[test]
fn an_output_that_cannot_be_written_is_told_before_the_work() -> Outcome {
    let (folder, path) = slide(120)?;
    let occupied = folder.path().join("occupied");
    std::fs::write(&occupied, "a file, not a folder")?;
    let output = semst(&["run", text(&path), "--domains", "4", "-o", text(&occupied)]).output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("occupied") && !stderr.contains("epoch"),
        "{stderr}"
    );
    assert_eq!(std::fs::read_to_string(&occupied)?, "a file, not a folder");
    Ok(())
}

#[test]
fn space_ranger_and_h5ad_agree() -> Outcome {
    let data = std::env::var_os("SEMST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if !data.join("spaceranger_151673").is_dir() {
        assert!(
            std::env::var_os("SEMST_REQUIRE_DATA").is_none(),
            "no data in {}",
            data.display()
        );
        println!("skipped: no data in {}", data.display());
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let truth = data.join("spaceranger_151673/layers.tsv");
    let mut answers = Vec::new();
    for (input, truth) in [
        ("spaceranger_151673", text(&truth)),
        ("dlpfc_151673.h5ad", "layer"),
    ] {
        let out = folder.path().join(input);
        let output = semst(&[
            "run",
            text(&data.join(input)),
            "--domains",
            "7",
            "--truth",
            truth,
        ])
        .args([
            "--encoder",
            "diffusion",
            "--modulation",
            "none",
            "-o",
            text(&out),
        ])
        .output()?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let ari = stderr
            .lines()
            .find(|l| l.starts_with("ARI"))
            .unwrap_or("")
            .to_string();
        answers.push((ari, std::fs::read(out.join("domains.csv"))?));
    }
    assert!(answers[0].0.starts_with("ARI 0.5"), "{}", answers[0].0);
    assert!(
        answers[0] == answers[1],
        "{} {}",
        answers[0].0,
        answers[1].0
    );
    Ok(())
}
