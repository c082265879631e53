//! Same input, seed and flags give the same bits, whatever `RAYON_NUM_THREADS` says.

use semst::modulation::{ModulatorConfig, ShippedModulator};
use std::path::{Path, PathBuf};

use semst::io::{Slots, read_run, write_h5ad};
use semst::simulate::LayeredTissue;

use crate::binary::{Ended, Outcome, semst};
use crate::data::data;

/// A simulated cortex as a file.
fn simulated(folder: &Path) -> Outcome<PathBuf> {
    let path = folder.join("slide.h5ad");
    let slide = LayeredTissue::new(3)
        .with_spots(400)
        .generate()?
        .into_dataset()?;
    write_h5ad(&slide, &path, &Slots::new())?;
    Ok(path)
}

/// Runs with some numbers of threads; embedding, table and whole `.h5ad` must not differ in a bit.
#[track_caller]
fn check(input: &Path, options: &str, threads: &[&str]) -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut first: Option<(Vec<u32>, Vec<u8>, Vec<u8>)> = None;
    for threads in threads {
        let out = folder.path().join("out");
        let mut command = semst();
        command
            .env("RAYON_NUM_THREADS", threads)
            .arg("run")
            .arg(input);
        command.args(options.split_whitespace()).arg("-o").arg(&out);
        Ended::from(command.output()?).succeeded();
        let stem = input.file_stem().unwrap_or_default().to_string_lossy();
        let h5ad = out.join(format!("{stem}.h5ad"));
        let file = read_run(&h5ad, &["X_semst"])?;
        let bits = file
            .embedding("X_semst")?
            .iter()
            .map(|v| v.to_bits())
            .collect();
        let table = std::fs::read(out.join(format!("{stem}_domains.csv")))?;
        let found = (bits, table, std::fs::read(h5ad)?);
        let (bits, table, whole) = first.get_or_insert_with(|| found.clone());
        assert!(
            *bits == found.0,
            "{options}: X_semst differs with {threads} threads"
        );
        assert!(
            *table == found.1,
            "{options}: domains.csv differs with {threads} threads"
        );
        assert!(
            *whole == found.2,
            "{options}: the .h5ad differs with {threads} threads"
        );
        std::fs::remove_dir_all(&out)?;
    }
    Ok(())
}

#[test]
fn every_encoder_gives_the_same_bits() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = simulated(folder.path())?;
    for encoder in [
        "semst",
        "graphst",
        "stagate",
        "spatial-mgcn",
        "mafn",
        "sedr",
    ] {
        let options = format!("--domains 5 --epochs 2 --encoder {encoder} --head kmeans");
        check(&slide, &options, &["1", "5"])?;
    }
    for encoder in [
        "diffusion",
        "pca",
        "niche-pca",
        "rasp",
        "banksy",
        "cellcharter",
        "cosmim",
    ] {
        let options = format!("--domains 5 --modulation none --encoder {encoder} --head kmeans");
        check(&slide, &options, &["1", "2", "5"])?;
    }
    Ok(())
}

#[test]
fn every_modulation_gives_the_same_bits() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = simulated(folder.path())?;
    for name in ShippedModulator::names() {
        let options =
            format!("--domains 5 --epochs 2 --encoder stagate --modulation {name} --head kmeans");
        check(&slide, &options, &["1", "5"])?;
    }
    Ok(())
}

#[test]
fn real_slides_give_the_same_bits() -> Outcome {
    if let Some(slide) = data("starmap_mpfc_bz5.h5ad") {
        check(&slide, "--domains 4 --epochs 1", &["1", "2", "5"])?;
        check(
            &slide,
            "--domains 4 --epochs 1 --encoder stagate --head kmeans",
            &["1", "5"],
        )?;
    }
    if let Some(slide) = data("dlpfc_151673.h5ad") {
        check(
            &slide,
            "--domains 7 --epochs 1 --n-top-genes 300 --head kmeans",
            &["1", "5"],
        )?;
    }
    Ok(())
}
