//! `semst embed` and `semst run` with a language model in a folder: a tiny random one that transformers saved.

use std::path::{Path, PathBuf};

use crate::binary::{Ended, Outcome, semst};
use crate::made::Made;

fn tiny(name: &str) -> PathBuf {
    let golden = "../semst-text-models/tests/golden/local";
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(golden)
        .join(name)
}

/// Whether the binary has local models: the build of the whole workspace has, one of the command line alone may not.
fn are_built() -> bool {
    let built = semst::features().contains(&"local-llm");
    if !built {
        eprintln!("skipped: built without the feature local-llm");
    }
    built
}

/// `semst` with a cache and a hub cache of its own; arguments are split at blanks.
fn local(place: &Path, threads: &str, args: &str) -> Outcome<Ended> {
    let mut command = semst();
    command
        .current_dir(place)
        .env("XDG_CACHE_HOME", place.join("cache"))
        .env("HF_HUB_CACHE", place.join("hub"))
        .env("RAYON_NUM_THREADS", threads)
        .args(args.split_whitespace());
    Ok(command.output()?.into())
}

#[test]
fn a_model_in_a_folder_makes_a_table_of_genes() -> Outcome {
    if !are_built() {
        return Ok(());
    }
    let place = tempfile::tempdir()?;
    let at = place.path();
    Made::default().h5ad(&at.join("slide.h5ad"))?;
    let genes = ["MBP", "SNAP25", "GFAP", "PLP1", "AQP4", "MOBP", "CLU"];
    let mut text: String = genes
        .iter()
        .map(|gene| format!("{gene}\tthe gene {gene} of the brain\n"))
        .collect();
    text += &format!("NRGN\t{}\n", "of synapses ".repeat(300));
    std::fs::write(at.join("genes.tsv"), text)?;
    let model = tiny("bert-mean");
    let embed = format!(
        "embed genes --text genes.tsv --model {} -o",
        model.display()
    );
    let told = local(at, "2", &format!("{embed} genes.npz"))?
        .succeeded()
        .stderr;
    assert!(told.contains("8 genes × 32 numbers"), "{told}");
    assert!(told.contains("longer than bert-mean reads: 1"), "{told}");
    let run = "run slide.h5ad -k 3 --epochs 2 -q --semantics table:genes.npz -o out";
    local(at, "2", run)?.succeeded();
    // Another pooling is another vector, and is not taken from the cache.
    local(at, "2", &format!("{embed} mean.csv"))?.succeeded();
    local(at, "2", &format!("{embed} first.csv --pooling cls"))?.succeeded();
    assert_ne!(
        std::fs::read(at.join("mean.csv"))?,
        std::fs::read(at.join("first.csv"))?
    );
    Ok(())
}

#[test]
fn a_model_in_a_folder_reads_spots() -> Outcome {
    if !are_built() {
        return Ok(());
    }
    let place = tempfile::tempdir()?;
    let at = place.path();
    Made::default().h5ad(&at.join("slide.h5ad"))?;
    std::fs::write(at.join("short.txt"), "Genes: {genes}")?;
    let kept = at.join("hub/models--tiny--qwen3/snapshots/0123abc");
    std::fs::create_dir_all(&kept)?;
    let folder = tiny("qwen3-tied");
    for file in std::fs::read_dir(&folder)?.flatten() {
        std::fs::copy(file.path(), kept.join(file.file_name()))?;
    }
    let embed = "embed spots slide.h5ad --template short.txt";
    // By folder and by name, with one thread and three: the same bits.
    let by_folder = format!(
        "{embed} --tokens genes --no-cache --model {} -o a.csv",
        folder.display()
    );
    let told = local(at, "1", &by_folder)?.succeeded().stderr;
    assert!(told.contains("121 spots × 32 numbers"), "{told}");
    let by_name = format!("{embed} --tokens genes --model hf:tiny/qwen3 -o b.csv");
    local(at, "3", &by_name)?.succeeded();
    assert_eq!(
        std::fs::read(at.join("a.csv"))?,
        std::fs::read(at.join("b.csv"))?
    );
    let all = format!("{embed} --model hf:tiny/qwen3 -o c.csv");
    local(at, "2", &all)?.succeeded();
    assert_ne!(
        std::fs::read(at.join("a.csv"))?,
        std::fs::read(at.join("c.csv"))?
    );

    let run = "run slide.h5ad -k 3 --epochs 2 -q --semantics llm:hf:tiny/qwen3 -o out";
    local(at, "2", run)?.succeeded();
    let html = std::fs::read_to_string(at.join("out/slide_report.html"))?;
    assert!(html.contains("prompted spots: tiny&#x2f;qwen3"));

    let lost = local(
        at,
        "2",
        "embed spots slide.h5ad -q --model hf:tiny/none -o d.csv",
    )?;
    let line = lost.refused();
    assert!(line.contains("run `hf download tiny/none` once"), "{line}");
    Ok(())
}
