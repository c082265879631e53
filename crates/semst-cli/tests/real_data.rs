//! Runs on the development slides: issue 2, item 1.

use crate::binary::{Outcome, run};
use crate::data::data;
use crate::walk::check_written;

/// The file and the folder of one section, each with its truth.
fn inputs() -> Option<[(std::path::PathBuf, String, &'static str); 2]> {
    let file = data("dlpfc_151673.h5ad")?;
    let folder = data("spaceranger_151673")?;
    let layers = folder.join("layers.tsv").display().to_string();
    Some([
        (file, "layer".into(), "dlpfc_151673"),
        (folder, layers, "spaceranger_151673"),
    ])
}

/// Runs on both, checks what is written, and that both get the same domains.
fn check(options: &str, semantics: bool) -> Outcome {
    let Some(inputs) = inputs() else {
        return Ok(());
    };
    let mut found = Vec::new();
    for (input, truth, name) in inputs {
        let folder = tempfile::tempdir()?;
        let options = format!("--domains 7 {options} --truth {truth}");
        let ended = run(&input, &options, folder.path())?.succeeded();
        let score = |key: &str| {
            let line = ended.stderr.lines().find_map(|l| l.strip_prefix(key));
            // Some spots have no known label: the scored part follows.
            line.and_then(|v| {
                v.trim()
                    .strip_suffix(" on 3611 of 3639 spots")?
                    .parse::<f64>()
                    .ok()
            })
        };
        let ari = score("ARI").ok_or_else(|| ended.stderr.clone())?;
        assert!(ari > 0.15, "ARI {ari}");
        assert!(score("NMI").is_some(), "{}", ended.stderr);
        let html = std::fs::read_to_string(folder.path().join(format!("{name}_report.html")))?;
        assert!(html.contains("ARI") && html.contains("39 genes without any count dropped"));
        // The folder has a picture, the file has none.
        let svg = std::fs::read_to_string(folder.path().join(format!("{name}.svg")))?;
        assert_eq!(svg.contains("<image"), name.starts_with("spaceranger"));
        let domains = check_written(folder.path(), name, semantics)?;
        assert_eq!(domains.len(), 3639);
        found.push((domains, ari));
    }
    assert!(found[0] == found[1], "the file and the folder differ");
    eprintln!("{options}: ARI {:.3}", found[0].1);
    Ok(())
}

#[test]
fn file_and_folder_give_the_same_domains() -> Outcome {
    check("--encoder diffusion --modulation none --head kmeans", false)
}

#[test]
fn the_whole_model_runs_on_both() -> Outcome {
    check("--epochs 1 --n-top-genes 500 --head kmeans", true)
}

#[test]
fn every_development_slide_runs() -> Outcome {
    for (name, truth, domains) in [
        ("starmap_mvc", "domain", 7),
        ("starmap_mpfc_bz5", "domain", 4),
        ("osmfish", "Region", 11),
        ("st_mob", "layer", 5),
    ] {
        let Some(path) = data(&format!("{name}.h5ad")) else {
            continue;
        };
        let folder = tempfile::tempdir()?;
        let options = format!("--domains {domains} --epochs 1 --head kmeans --truth {truth}");
        let ended = run(&path, &options, folder.path())?.succeeded();
        assert!(ended.stderr.contains("\nARI "), "{}", ended.stderr);
        check_written(folder.path(), name, true)?;
    }
    Ok(())
}
