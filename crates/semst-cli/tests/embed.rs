//! `semst embed` against a server on loopback: what it writes, `semst run` reads.

use std::path::Path;
use std::process::Command;

use crate::binary::{Ended, Outcome, names, semst};
use crate::loopback::{Loopback, Reply, embeddings, texts};
use crate::made::Made;

/// The binary, with a key and a cache of its own.
fn embedding(folder: &Path, args: &[&str]) -> Command {
    let mut command = semst();
    command
        .env("SEMST_API_KEY", "sk-very-secret-key")
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("NO_PROXY", "127.0.0.1")
        .args(args);
    command
}

fn ended(folder: &Path, args: &[&str]) -> Outcome<Ended> {
    Ok(embedding(folder, args).output()?.into())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn spots_are_read_once_and_come_back_into_a_run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let server = Loopback::well()?;
    let spots = folder.path().join("spots.npz");
    let (slide, spots) = (shown(&slide), shown(&spots));
    let model = [
        "--model",
        &*server.url,
        "--model-name",
        "tiny",
        "--top-k",
        "3",
        "--batch-size",
        "7",
    ];
    let args = [&["embed", "spots", &*slide, "-o", &*spots][..], &model].concat();
    let first = ended(folder.path(), &args)?.succeeded();
    assert_eq!(first.stdout, "");
    let read = server.texts();
    let mut different = read.clone();
    different.sort_unstable();
    different.dedup();
    assert!(
        different.len() == read.len() && read.len() > 10 && read.len() < 121,
        "{}",
        read.len()
    );
    assert!(
        first
            .stderr
            .contains(&format!("121 texts, {} of them", read.len()))
            || first.stderr.contains(&format!("{} to read", read.len())),
        "{}",
        first.stderr
    );
    assert!(
        read[0].contains("Genes in descending order of expression: ")
            && read[0].matches(", ").count() >= 2
    );
    let asked = server.asked();
    assert_eq!(
        asked[0].authorization.as_deref(),
        Some("Bearer sk-very-secret-key")
    );
    assert_eq!(asked[0].body["model"], "tiny");
    // Again: all from the cache. Another cache: all computed again.
    let bytes = std::fs::read(&spots)?;
    ended(folder.path(), &args)?.succeeded();
    assert_eq!(
        (server.texts().len(), std::fs::read(&spots)? == bytes),
        (read.len(), true)
    );
    let own = shown(&folder.path().join("own"));
    ended(folder.path(), &[&args[..], &["--cache", &own]].concat())?.succeeded();
    assert_eq!(server.texts().len(), 2 * read.len());
    ended(folder.path(), &[&args[..], &["--no-cache"]].concat())?.succeeded();
    assert_eq!(server.texts().len(), 3 * read.len());
    // Nothing secret in the file.
    assert!(!String::from_utf8_lossy(&bytes).contains("very-secret"));
    // Read back, and the model asked directly: the same domains.
    let by_file = folder.path().join("by-file");
    let by_model = folder.path().join("by-model");
    let config = folder.path().join("run.toml");
    let source = format!("spots:{spots}");
    let quick = ["run", &*slide, "-k", "3", "--epochs", "2", "-q"];
    let place = shown(&by_file);
    let run = [&quick[..], &["--semantics", &source, "-o", &place]].concat();
    ended(folder.path(), &run)?.succeeded();
    let direct = format!("llm:{}#tiny", server.url);
    let printed = [
        "run",
        &*slide,
        "-k",
        "3",
        "--epochs",
        "2",
        "--semantics",
        &direct,
        "--print-config",
    ];
    let printed = ended(folder.path(), &printed)?.succeeded().stdout;
    let with_settings = printed + "\n[semantics.prompted.prompts]\ntop_k = 3\n";
    std::fs::write(&config, with_settings)?;
    let run = [
        "run",
        &*slide,
        "--config",
        &shown(&config),
        "-q",
        "-o",
        &shown(&by_model),
    ];
    ended(folder.path(), &run)?.succeeded();
    assert_eq!(server.texts().len(), 3 * read.len());
    let domains = |out: &Path| std::fs::read_to_string(out.join("slide_domains.csv"));
    assert_eq!(domains(&by_file)?, domains(&by_model)?);
    Ok(())
}

#[test]
fn a_gene_table_comes_back_into_a_run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let text = folder.path().join("genes.tsv");
    let genes = [
        "MBP", "SNAP25", "GFAP", "PLP1", "CAMK2N1", "AQP4", "MOBP", "NRGN", "CLU", "MOG",
    ];
    let lines: Vec<String> = genes
        .iter()
        .map(|g| format!("{g}\tthe gene {g} of the brain"))
        .collect();
    std::fs::write(
        &text,
        format!("symbol\tsummary\n{}\nGJA1\t\n", lines.join("\n")),
    )?;
    let server = Loopback::well()?;
    for ending in ["npz", "safetensors", "csv"] {
        let table = shown(&folder.path().join(format!("genes.{ending}")));
        let model = format!("{}/v1#tiny", server.url);
        let args = [
            "embed",
            "genes",
            "--text",
            &shown(&text),
            "--model",
            &model,
            "-o",
            &table,
        ];
        let told = ended(folder.path(), &args)?.succeeded().stderr;
        assert!(
            told.contains("1 without one get no vector (GJA1)"),
            "{told}"
        );
        assert!(told.contains("10 genes × 6 numbers"), "{told}");
        let out = shown(&folder.path().join(ending));
        let source = format!("table:{table}");
        let run = [
            "run",
            &shown(&slide),
            "-k",
            "3",
            "--epochs",
            "2",
            "-q",
            "--semantics",
            &source,
            "-o",
            &out,
        ];
        ended(folder.path(), &run)?.succeeded();
    }
    let [first, other] =
        ["npz", "csv"].map(|e| std::fs::read(folder.path().join(e).join("slide_domains.csv")));
    assert_eq!(first?, other?);
    assert_eq!(server.texts().len(), 10);
    Ok(())
}

#[test]
fn an_interrupted_job_goes_on() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let server = Loopback::start(|nth, asked| match nth {
        2 => Reply::Say(
            401,
            "",
            "{\"error\": {\"message\": \"bad key sk-very-secret-key\"}}".into(),
        ),
        _ => Reply::Say(200, "", embeddings(&texts(&asked.body)).to_string()),
    })?;
    let spots = shown(&folder.path().join("spots.safetensors"));
    let model = format!("{}#tiny", server.url);
    let slide = shown(&slide);
    let args = [
        "embed",
        "prompts",
        &*slide,
        "-o",
        &spots,
        "--model",
        &model,
        "--top-k",
        "4",
        "--batch-size",
        "4",
        "--concurrency",
        "1",
    ];
    let stopped = ended(folder.path(), &args)?;
    assert_eq!(stopped.code, Some(2));
    let last = stopped.stderr.lines().last().ok_or("no line")?;
    assert!(
        last.contains("401: the key in SEMST_API_KEY was rejected") && last.contains("bad key …"),
        "{last}"
    );
    assert!(!stopped.stderr.contains("very-secret"));
    assert_eq!(names(folder.path()), ["cache", "slide.h5ad"]);
    let before = server.texts().len();
    ended(folder.path(), &args)?.succeeded();
    let all = server.texts();
    // Four texts of the rejected request were requested again, eight were not: bands and noise make twelve.
    let mut different = all.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!((before, all.len()), (12, different.len() + 4));
    Ok(())
}

#[test]
fn what_cannot_be_done_is_one_line() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let slide = shown(&slide);
    let out = shown(&folder.path().join("v.npz"));
    let text = shown(&folder.path().join("genes.tsv"));
    std::fs::write(&text, "MBP\tmyelin\n")?;
    let template = shown(&folder.path().join("template.txt"));
    std::fs::write(&template, "no place for them")?;
    let nobody = "http://127.0.0.1:9#m";
    for (args, words) in [
        (
            vec!["embed", "spots", &*slide, "--model", nobody, "-o", "v.npy"],
            "written are .npz",
        ),
        (
            vec![
                "embed",
                "spots",
                &*slide,
                "--model",
                nobody,
                "-o",
                "/no/such/v.npz",
            ],
            "no folder /no/such",
        ),
        (vec!["embed", "spots", &*slide, "-o", &*out], "--model"),
        (
            vec![
                "embed", "spots", &*slide, "--model", nobody, "-o", &*out, "--top-k", "0",
            ],
            "top_k is 0",
        ),
        (
            vec![
                "embed", "spots", &*slide, "--model", nobody, "-o", &*out, "--tokens", "genes",
            ],
            "pool all tokens",
        ),
        (
            vec![
                "embed",
                "spots",
                &*slide,
                "--model",
                nobody,
                "-o",
                &*out,
                "--template",
                &*template,
            ],
            "{genes}",
        ),
        (
            vec![
                "embed",
                "spots",
                &*slide,
                "--model",
                "http://u:pw@h",
                "-o",
                &*out,
            ],
            "holds a password",
        ),
        (
            vec![
                "embed",
                "spots",
                &*slide,
                "--model",
                "no/such/model",
                "-o",
                &*out,
            ],
            "no/such/model",
        ),
        (
            vec![
                "embed", "genes", "--text", &*slide, "--model", nobody, "-o", &*out,
            ],
            "is not a .tsv or .csv",
        ),
        (
            vec![
                "embed", "genes", "--text", &*text, "--model", nobody, "-o", &*out,
            ],
            "no server listens there",
        ),
        (
            vec![
                "run",
                &*slide,
                "-k",
                "3",
                "--semantics",
                "llm:",
                "-o",
                &*out,
            ],
            "model",
        ),
    ] {
        let refused = ended(folder.path(), &[&args[..], &["-q"]].concat())?;
        let line = refused.refused();
        assert!(
            line.contains(words) && !line.contains("pw"),
            "{args:?}: {line}"
        );
    }
    assert!(!Path::new(&out).is_file());
    Ok(())
}

#[test]
fn a_dry_run_asks_nobody_and_help_explains() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let dry = ended(
        folder.path(),
        &[
            "embed",
            "spots",
            &shown(&slide),
            "--dry-run",
            "--top-k",
            "2",
        ],
    )?
    .succeeded();
    assert!(
        dry.stdout.contains("slide: 121 spots, ") && dry.stdout.contains("different prompts"),
        "{}",
        dry.stdout
    );
    assert!(
        dry.stdout
            .contains("Genes in descending order of expression: "),
        "{}",
        dry.stdout
    );
    // Names of genes cannot command the terminal.
    let mut hostile = Made::default();
    hostile.genes[0] = "MBP\u{1b}[2J".into();
    hostile.h5ad(&slide)?;
    let args = ["embed", "spots", &shown(&slide), "--dry-run"];
    let dry = ended(folder.path(), &args)?.succeeded().stdout;
    assert!(
        !dry.contains('\u{1b}') && dry.contains("MBP\\u{1b}[2J"),
        "{dry}"
    );
    let help = ended(folder.path(), &["embed", "spots", "--help"])?
        .succeeded()
        .stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "--semantics spots:FILE",
        "--dry-run",
        "SEMST_API_KEY",
        "an interrupted job can resume",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
    Ok(())
}
