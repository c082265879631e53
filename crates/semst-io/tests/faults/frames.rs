//! Frames are read by `column-order`, and a slash in a name is a path of HDF5 (`golden/io/make_links.py`).

use std::path::Path;

use semst_io::{
    IoError, Obs, ObsColumn, ReadConfig, Slots, Source, check_extendable, inspect, read,
    read_aligned, read_run, write_h5ad,
};

use super::{fault, golden, said};
use crate::made::Outcome;

/// The names that `column-order` of `obs` lists.
fn listed(path: &Path) -> Result<Vec<String>, hdf5_pure::Error> {
    let attrs = hdf5_pure::File::open(path)?.group("obs")?.attrs()?;
    let order = attrs
        .get("column-order")
        .and_then(hdf5_pure::AttrValue::as_strings);
    Ok(order.unwrap_or_default().to_vec())
}

/// Writes a column to the file and as a new file; in both, all columns are as they were.
fn kept(path: &Path, keys: &[&str]) -> Outcome {
    let folder = tempfile::tempdir()?;
    let (slide, _) = read(path, &ReadConfig::new())?;
    let old: Vec<&str> = slide.obs.keys().collect();
    assert_eq!(old, keys);
    let ours = ObsColumn::from_codes(&vec![0; slide.n_spots()], |k| k.to_string());
    let slots = Slots::new().with_obs("semst_domain", ours.clone());
    let mut all: Obs = slide.obs.clone();
    all.insert("semst_domain", ours);
    let mut fresh = slide.clone();
    fresh.source = Source::Memory;
    for (name, slide) in [("edited", &slide), ("fresh", &fresh)] {
        check_extendable(slide, folder.path())?;
        let out = folder.path().join(name);
        write_h5ad(slide, &out, &slots)?;
        assert_eq!(read_run(&out, &[])?.obs, all, "{name}");
        // What cannot be read stays listed.
        let mut order = listed(path)?;
        if name == "fresh" {
            order = keys.iter().map(ToString::to_string).collect();
        }
        order.push("semst_domain".into());
        assert_eq!(listed(&out)?, order, "{name}");
    }
    Ok(())
}

#[test]
fn columns_with_a_slash_are_kept_and_are_labels() -> Outcome {
    let Some(path) = fault("slash.h5ad") else {
        return Ok(());
    };
    kept(&path, &["truth", "L2/3 IT", "CD4+/CD8-", "layer/manual"])?;
    let (slide, report) = read(&path, &ReadConfig::new())?;
    assert!(report.left_out.is_empty(), "{report}");
    let labels = slide.obs.labels("layer/manual")?;
    assert!(labels.iter().all(Option::is_some));
    Ok(())
}

#[test]
fn keys_with_a_slash_are_found_in_every_table() -> Outcome {
    let path = golden("links/slash.h5ad");
    kept(&path, &["layer", "L2/3 IT", "CD4+/CD8-", "a/b/c"])?;
    let config = ReadConfig::new()
        .with_layer("raw/counts")
        .with_obsm("X_pca/2");
    let (slide, report) = read(&path, &config.with_varm("PCs/2").with_obsp("knn/5"))?;
    assert_eq!(slide.counts.data(), [2.0, 2.0, 2.0]);
    assert_eq!(slide.spot_array("X_pca/2")?.ncols(), 2);
    assert_eq!(slide.gene_array("PCs/2")?.ncols(), 2);
    assert_eq!(slide.weights("knn/5")?.nnz(), 3);
    assert_eq!(
        slide.image.map(|image| image.library).as_deref(),
        Some("lib/1")
    );
    let left_out = [
        "obs/gone is listed in column-order, but is not there",
        "2 of the members of obs, which column-order does not list: a/d, unlisted",
    ];
    assert_eq!(report.left_out, left_out);
    let text = said(read_aligned(&path, "obsm/none"));
    assert!(
        text.ends_with("keys that are there: X_pca/2, alien, spatial"),
        "{text}"
    );
    let text = said(read_aligned(&path, "obsm/alien"));
    assert!(text.ends_with("`obsm/alien` is not an array"), "{text}");
    inspect(&path, &ReadConfig::new())?;
    Ok(())
}

/// What is not understood lies in the output byte for byte.
#[test]
fn what_no_reader_knows_is_copied() -> Outcome {
    let path = golden("links/slash.h5ad");
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out.h5ad");
    let (slide, _) = read(&path, &ReadConfig::new())?;
    let labels = ObsColumn::Integer(vec![1, 2, 3]);
    write_h5ad(&slide, &out, &Slots::new().with_obs("semst_domain", labels))?;
    let (before, after) = (hdf5_pure::File::open(&path)?, hdf5_pure::File::open(&out)?);
    for slot in [
        "obs/unlisted",
        "obs/a/d",
        "uns/alien/v",
        "uns/record",
        "obsm/alien/v",
    ] {
        let (a, b) = (before.dataset(slot)?, after.dataset(slot)?);
        assert_eq!(a.datatype()?, b.datatype()?, "{slot}");
        assert_eq!(a.read_raw()?, b.read_raw()?, "{slot}");
    }
    assert_eq!(after.group("uns")?.named_datatypes()?, ["type"]);
    assert_eq!(
        after.group("uns/alien")?.attrs()?,
        before.group("uns/alien")?.attrs()?
    );
    Ok(())
}

#[test]
fn names_that_hdf5_cannot_hold_are_refused_before_a_run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (mut slide, _) = read(&golden("links/slash.h5ad"), &ReadConfig::new())?;
    slide.source = Source::Memory;
    for (key, words) in [
        (
            "layer/x",
            "a slash makes it a member of the column `layer`; rename one of them",
        ),
        (
            "/x",
            "a name of HDF5 has text on both sides of a slash; rename it",
        ),
    ] {
        let column = ObsColumn::Integer(vec![0, 0, 0]);
        let slide = slide.clone().with_obs(key, column)?;
        let text = said(check_extendable(&slide, folder.path()));
        assert_eq!(text, format!("slot `obs/{key}` cannot be written: {words}"));
        let error = write_h5ad(&slide, &folder.path().join("out.h5ad"), &Slots::new()).err();
        assert!(
            matches!(error, Some(IoError::InvalidSlot { .. })),
            "{error:?}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
