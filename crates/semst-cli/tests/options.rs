//! Progress formats, and configurations that are written and read again.

use crate::binary::{Outcome, QUICK, contents, ended, run, semst};
use crate::made::Made;
use semst::io::VectorFile;
use semst::text_models::{LocalConfig, ModelAddress, ServedConfig};

#[test]
fn quiet_says_nothing_and_json_says_json() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let out = folder.path().join("out");
    let quick = format!("--domains 3 {QUICK} --truth band");
    let ended = run(&path, &format!("{quick} --quiet"), &out)?.succeeded();
    assert_eq!((&*ended.stdout, &*ended.stderr), ("", ""));
    let trained = "--domains 3 --epochs 3 --truth band --log-format json";
    let ended = run(&path, trained, &out)?.succeeded();
    assert_eq!(ended.stdout, "");
    let mut epochs = 0;
    for line in ended.stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        assert!(line["seconds"].is_number(), "{line}");
        epochs += usize::from(line["loss"].is_number());
    }
    assert_eq!(epochs, 3);
    let refused = run(&path, "--domains 1 --log-format json", &out)?;
    assert_eq!(refused.code, Some(2));
    let line: serde_json::Value = serde_json::from_str(&refused.stderr)?;
    let text = line["error"].as_str().ok_or("no error")?;
    assert!(text.contains("--domains"), "{text}");
    // Quiet is not silent about errors.
    let refused = run(&path, "--domains 1 --quiet", &out)?;
    assert!(refused.refused().contains("--domains"));
    Ok(())
}

#[test]
fn a_number_of_domains_that_is_not_given_is_chosen() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let out = folder.path().join("out");
    for options in ["", "--domains auto"] {
        let ended = run(&path, &format!("{QUICK} {options}"), &out)?.succeeded();
        let chosen = ended
            .stderr
            .split(" domains, on which the views of the slide agree");
        let chosen = chosen.map(|before| before.rsplit('\n').next().unwrap_or_default());
        let chosen: usize = chosen.take(1).collect::<String>().parse()?;
        assert!((3..=8).contains(&chosen), "{}", ended.stderr);
        let found = format!("{chosen} domains in ");
        assert!(ended.stderr.contains(&found), "{}", ended.stderr);
    }
    Ok(())
}

#[test]
fn plain_lines_tell_loss_and_time_left() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let ended = run(&path, "--domains 3 --epochs 3", &folder.path().join("out"))?.succeeded();
    let last = ended.stderr.lines().find(|l| l.contains("epoch 3/3"));
    let last = last.ok_or_else(|| ended.stderr.clone())?;
    assert!(
        last.contains("loss ") && last.ends_with(" s left"),
        "{last}"
    );
    assert!(!ended.stderr.contains(['\r', '\x1b']), "{}", ended.stderr);
    Ok(())
}

#[test]
fn a_printed_configuration_comes_back_in() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let slide = path.display().to_string();
    let toml = folder.path().join("run.toml");
    for options in [
        "",
        "--domains 4",
        "--domains 4 --no-model --smoothing 2.5 --semantics-scaling whiten",
        "--domains 3 --preset paper-mvc --seed 3 --epochs 2 --learning-rate 0.01",
        "--domains 3 --encoder graphst --modulation cross-attention --semantics shuffled --head kmeans",
        "--domains 3 --encoder stagate --radius 1.5 --n-top-genes 10 --n-neighbors 5",
        "--domains 3 --encoder diffusion --modulation none --n-spatial-neighbors 4 --semantics table:a.bin",
    ] {
        let mut args = vec!["run", &*slide, "--print-config"];
        args.extend(options.split_whitespace());
        let printed = ended(&args)?.succeeded();
        assert_eq!(printed.stderr, "");
        std::fs::write(&toml, &printed.stdout)?;
        let path = toml.display().to_string();
        let again = ended(["run", &slide, "--print-config", "--config", &path])?.succeeded();
        assert_eq!(printed.stdout, again.stdout, "{options}");
    }
    // The same run by options and by file; other options go on top.
    let options = "--domains 3 --epochs 2 --seed 5";
    let by_options = folder.path().join("by-options");
    run(&path, &format!("{options} -q"), &by_options)?.succeeded();
    let printed = run(&path, "--domains 3 --epochs 2 --print-config", &by_options)?.succeeded();
    std::fs::write(&toml, printed.stdout)?;
    let by_file = folder.path().join("by-file");
    let options = format!("--config {} --seed 5 -q", toml.display());
    run(&path, &options, &by_file)?.succeeded();
    let [first, second] = [by_options, by_file].map(|f| contents(&f));
    for (a, b) in first?.iter().zip(&second?) {
        assert!(a == b, "{} differs", a.0);
    }
    Ok(())
}

#[test]
fn completions_and_help_go_to_standard_output() -> Outcome {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ended(["completions", shell])?.succeeded().stdout;
        assert!(script.contains("n-top-genes"), "{shell}");
        if shell != "elvish" && shell != "powershell" {
            for value in ["paper-hbc", "stagate", "fsm-zero", "kmeans", "lognorm"] {
                assert!(script.contains(value), "{value}: {shell}");
            }
        }
    }
    let help = ended(["--help"])?.succeeded().stdout;
    for command in [
        "run",
        "demo",
        "evaluate",
        "report",
        "inspect",
        "completions",
    ] {
        assert!(help.contains(command), "{help}");
        let help = ended([command, "--help"])?.succeeded().stdout;
        assert!(help.contains("Usage: semst"), "{help}");
    }
    assert!(
        ended(["--version"])?
            .succeeded()
            .stdout
            .starts_with("semst ")
    );
    let version = ended(["--version"])?.succeeded().stdout;
    let features = version.split_once("; features ");
    let (front, features) = features.ok_or("no features")?;
    assert!(front.contains(" (commit "), "{version}");
    let named = |feature: &str| {
        features
            .trim_end_matches(")\n")
            .split(", ")
            .any(|f| f == feature)
    };
    // Each part works if it is named, and says that it was left out if it is not; whichever package turned it on.
    for device in ["wgpu", "cuda"] {
        assert_eq!(named(device), semst::DEVICES.contains(&device), "{version}");
    }
    for (feature, address, left_out) in [
        ("served", "http://localhost:1/v1#m", "asks no servers"),
        ("local-llm", "hf:nobody/nothing", "runs no models"),
    ] {
        let address: ModelAddress = address.parse()?;
        let opened = address.open(&ServedConfig::default(), &LocalConfig::default());
        let said = opened.map_or_else(|e| e.to_string(), |_| String::new());
        assert_eq!(
            named(feature),
            !said.contains(left_out),
            "{version}: {said}"
        );
    }
    let folder = tempfile::tempdir()?;
    let table = folder.path().join("vectors.parquet");
    std::fs::write(&table, "no table")?;
    let said = VectorFile::open(&table).map_or_else(|e| e.to_string(), |_| String::new());
    assert_eq!(
        named("parquet"),
        !said.contains("unknown kind"),
        "{version}: {said}"
    );
    // No arguments: help, and no success.
    let ended = ended([""; 0])?;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("Usage: semst"));
    Ok(())
}

/// `semst completions bash | head -1` is not an error.
#[test]
fn a_reader_that_has_seen_enough_is_no_error() -> Outcome {
    let mut child = semst()
        .args(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    drop(child.stdout.take());
    let output = child.wait_with_output()?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    Ok(())
}

#[test]
fn a_file_with_some_keys_lies_between_the_preset_and_the_options() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let slide = path.display().to_string();
    let toml = folder.path().join("some.toml");
    std::fs::write(&toml, "seed = 3\n[train]\nepochs = 4\n")?;
    let file = toml.display().to_string();
    let options = [
        "--config",
        &*file,
        "--preset",
        "paper-dlpfc",
        "--epochs",
        "5",
    ];
    let printed = ended([&["run", &*slide, "--print-config"], &options[..]].concat())?.succeeded();
    for line in [
        "preset = \"paper-dlpfc\"",
        "seed = 3",
        "epochs = 5",
        "n_neighbors = 14",
    ] {
        assert!(printed.stdout.contains(line), "{line}: {}", printed.stdout);
    }
    std::fs::write(&toml, "n_neighbor = 3\n")?;
    let refused = ended(["run", &*slide, "--config", &*file])?;
    let line = refused.refused();
    assert!(
        line.contains("line 1") && line.contains("did you mean `n_neighbors`?"),
        "{line}"
    );
    Ok(())
}

#[test]
fn the_genes_that_are_asked_for_reach_the_views_too() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let slide = path.display().to_string();
    let options = [
        "--n-top-genes",
        "6",
        "--min-cells",
        "5",
        "--min-counts",
        "7",
    ];
    let printed = ended([&["run", &*slide, "--print-config"], &options[..]].concat())?.succeeded();
    for line in ["n_top_genes = 6", "min_cells = 5", "min_counts = 7.0"] {
        assert_eq!(
            printed.stdout.matches(line).count(),
            2,
            "{}",
            printed.stdout
        );
    }
    // Other genes give other views: the domains of a floor alone.
    let labels = |options: &str, name: &str| -> Outcome<Vec<u8>> {
        let out = folder.path().join(name);
        let options = format!("-k 3 --modulator none --epochs 1 --seed 1 {options}");
        run(&path, &options, &out)?.succeeded();
        Ok(std::fs::read(out.join("slide_domains.csv"))?)
    };
    let one = labels("--threads 1", "one")?;
    assert_eq!(one, labels("--threads 2", "two")?);
    assert_ne!(one, labels("--n-top-genes 2", "few")?);
    for wrong in ["0", "513", "18446744073709551615"] {
        let refused = ended(["run", &*slide, "--threads", wrong])?;
        assert_eq!(refused.code, Some(2), "{wrong} threads");
    }
    Ok(())
}
