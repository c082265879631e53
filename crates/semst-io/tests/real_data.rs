//! Reads the development slides, if they are present.

use std::path::PathBuf;
use std::time::Instant;

use crate::made::Outcome;
use semst_io::{Platform, READERS, ReadConfig, Source, inspect, read, reader_of};

/// A development file, or `None` after printing that it is missing.
fn data(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("SEMST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = home.join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
    assert!(
        !required,
        "{} is not there, and SEMST_REQUIRE_DATA=1",
        path.display()
    );
    eprintln!("skipped: {} is not there (set SEMST_DATA)", path.display());
    None
}

#[test]
fn every_slide_reads() -> Outcome {
    for (name, spots, genes, truth, classes, unlabelled) in [
        ("dlpfc_151673", 3639, 8513, "layer", 7, 28),
        ("dlpfc_151675", 3592, 8597, "layer", 7, 26),
        ("starmap_mvc", 1207, 1020, "domain", 7, 0),
        ("starmap_mpfc_bz5", 1049, 166, "domain", 4, 0),
        ("osmfish", 4839, 33, "Region", 11, 0),
        ("st_mob", 262, 15928, "layer", 5, 2),
    ] {
        let Some(path) = data(&format!("{name}.h5ad")) else {
            continue;
        };
        assert_eq!(reader_of(READERS, &path)?.name(), "h5ad");
        let start = Instant::now();
        let (slide, report) = read(&path, &ReadConfig::new())?;
        println!("{name}: {:?}, {report}", start.elapsed());
        assert_eq!(slide.name, name);
        assert_eq!((report.spots_in_file, report.genes_in_file), (spots, genes));
        assert_eq!(slide.n_spots(), spots - report.zero_spots_dropped);
        assert_eq!(slide.n_genes(), genes - report.zero_genes_dropped);
        let labels = slide.obs.labels(truth)?;
        let mut seen: Vec<&str> = labels.iter().flatten().map(String::as_str).collect();
        assert_eq!(labels.len() - seen.len(), unlabelled, "{name}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), classes, "{name}");
    }
    Ok(())
}

#[test]
fn platforms_are_guessed_and_files_inspected() -> Outcome {
    for (name, platform) in [
        ("dlpfc_151673.h5ad", Platform::Visium),
        ("spaceranger_151673", Platform::Visium),
        ("starmap_mvc.h5ad", Platform::ImageBased),
        ("osmfish.h5ad", Platform::ImageBased),
        ("st_mob.h5ad", Platform::St),
    ] {
        let Some(path) = data(name) else {
            continue;
        };
        let inspection = inspect(&path, &ReadConfig::new())?;
        println!("{inspection}");
        let found = inspection.counts?;
        assert_eq!(
            found.platform.platform, platform,
            "{name}: {}",
            found.platform.reason
        );
    }
    Ok(())
}

#[test]
fn the_folder_equals_the_file() -> Outcome {
    let (Some(folder), Some(file)) = (data("spaceranger_151673"), data("dlpfc_151673.h5ad")) else {
        return Ok(());
    };
    assert_eq!(reader_of(READERS, &folder)?.name(), "space-ranger");
    let (a, report) = read(&folder, &ReadConfig::new())?;
    let (b, _) = read(&file, &ReadConfig::new())?;
    println!("{report}");
    assert_eq!(a.barcodes, b.barcodes);
    assert_eq!(a.genes, b.genes);
    assert_eq!(a.counts, b.counts);
    assert_eq!(a.spatial, b.spatial);
    for key in ["array_row", "array_col"] {
        assert_eq!(a.obs.get(key), b.obs.get(key));
    }
    let image = a.image.as_ref().ok_or("no image")?;
    assert_eq!(image.pixels.width().max(image.pixels.height()), 600);
    assert_eq!(image.spot_diameter, Some(96.400_824_380_147_26));
    assert!(matches!(&a.source, Source::SpaceRanger { library, .. } if library == "151673"));
    Ok(())
}
