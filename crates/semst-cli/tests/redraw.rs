//! `semst report` draws the report of a run again: the same bytes.

use std::path::Path;

use semst::io::{Slots, read_run, write_h5ad};
use semst::read_record;
use semst::record::Dropped;
use semst::simulate::LayeredTissue;

use crate::binary::{Outcome, QUICK, ended, run};
use crate::made::Made;

/// Checks that the report of a run and the same report drawn again from its `.h5ad` are equal.
#[track_caller]
fn check(out: &Path, name: &str, options: &[&str]) -> Outcome {
    let again = tempfile::tempdir()?;
    let h5ad = out.join(format!("{name}.h5ad"));
    let folder = again.path().display().to_string();
    let mut args = vec!["report".to_owned(), h5ad.display().to_string()];
    args.extend(["-o".to_owned(), folder]);
    args.extend(options.iter().map(ToString::to_string));
    ended(&args)?.succeeded();
    for file in [
        format!("{name}_report.html"),
        format!("{name}.png"),
        format!("{name}.svg"),
    ] {
        let [first, second] = [out, again.path()].map(|f| std::fs::read(f.join(&file)));
        assert!(first? == second?, "{file} differs with {options:?}");
    }
    Ok(())
}

#[test]
fn a_redrawn_report_equals_the_first() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    let slide = LayeredTissue::new(3)
        .with_spots(300)
        .generate()?
        .into_dataset()?;
    let turned = slide.spatial.mapv(|v| 100.0 - 2.0 * v as f32);
    write_h5ad(&slide, &path, &Slots::new().with_obsm("turned", turned))?;
    let out = folder.path().join("out");
    let options = format!(
        "--domains 4 --epochs 2 --head kmeans --truth layer --spatial-key turned --seed {}",
        u64::MAX
    );
    let ended = run(&path, &options, &out)?.succeeded();
    assert!(ended.stderr.contains("ARI"), "{}", ended.stderr);
    check(&out, "slide", &[])?;
    check(&out, "slide", &["--truth", "layer"])?;
    check(&out, "slide", &["--spatial-key", "turned"])?;
    let h5ad = out.join("slide.h5ad").display().to_string();
    let scores = |key: &str| -> Outcome<serde_json::Value> {
        let args = ["evaluate", &h5ad, "--json", "--spatial-key", key];
        Ok(serde_json::from_str(
            &crate::binary::ended(args)?.succeeded().stdout,
        )?)
    };
    // The same places, mirrored and twice as far apart: the scores in space agree but for ties.
    let [turned, straight] =
        [scores("turned")?, scores("spatial")?].map(|s| s["spatial"]["asw"].as_f64());
    let (turned, straight) = turned.zip(straight).ok_or("no score")?;
    assert!((turned - straight).abs() < 1e-3, "{turned} and {straight}");
    let record = read_record(&read_run(&out.join("slide.h5ad"), &[])?)?.ok_or("no record")?;
    assert_eq!(record.seed, u64::MAX);
    assert_eq!(record.params.get("seed"), Some(&u64::MAX.into()));
    assert_eq!(record.reading.spatial_key.as_deref(), Some("turned"));
    assert!(record.semantics.named().next().is_some());
    let command = record.command("run.toml").ok_or("no command")?.join(" ");
    let options = "--config run.toml --spatial-key turned --truth layer";
    assert_eq!(command, format!("semst run slide.h5ad {options}"));
    Ok(())
}

#[test]
fn spots_that_were_dropped_are_not_drawn_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    let mut made = Made::default();
    for gene in 0..12 {
        made = made.with_count(10, gene, 0.0).with_count(20, gene, 0.0);
    }
    made.h5ad(&path)?;
    let known = folder.path().join("known; labels.csv");
    let lines = (0..121).map(|at| format!("{},{}\n", made.barcodes[at], at % 3));
    std::fs::write(
        &known,
        format!("barcode,band\n{}", lines.collect::<String>()),
    )?;
    let out = folder.path().join("out");
    let options = format!("run --domains 3 {QUICK}");
    let args = options.split(' ').map(String::from).chain([
        path.display().to_string(),
        "--truth".into(),
        known.display().to_string(),
        "-o".into(),
        out.display().to_string(),
    ]);
    ended(args)?.succeeded();
    check(&out, "slide", &[])?;
    let record = read_record(&read_run(&out.join("slide.h5ad"), &[])?)?.ok_or("no record")?;
    assert_eq!(record.dropped.get(&Dropped::ZeroSpots), Some(&2));
    assert_eq!(record.slide.spots, 119);
    let html = std::fs::read_to_string(out.join("slide_report.html"))?;
    let quoted = format!("&#x27;{}&#x27;", known.display());
    assert!(html.replace("&#x2f;", "/").contains(&quoted), "{quoted}");
    Ok(())
}
