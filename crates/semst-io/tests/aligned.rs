//! `obsm`, `varm` and `obsp` of a file that anndata wrote (`golden/io/make_aligned.py`).

use std::path::{Path, PathBuf};

use semst_io::{IoError, ReadConfig, read, read_aligned};

use crate::made::Outcome;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/io")
}

fn expected(key: &str) -> Result<Vec<Vec<f32>>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(golden().join("aligned.json"))?;
    let mut all: serde_json::Value = serde_json::from_str(&text)?;
    Ok(serde_json::from_value(all[key].take())?)
}

#[test]
fn weights_between_spots_follow_the_spots_of_the_slide() -> Outcome {
    let path = golden().join("aligned.h5ad");
    let keys = ["csr", "csc", "dense", "spatial_connectivities"];
    let config = keys.iter().fold(ReadConfig::new(), |c, k| c.with_obsp(*k));
    let (slide, _) = read(&path, &config)?;
    assert_eq!(slide.barcodes, ["a-1", "c-1", "d-1"]);
    for (key, values) in [
        ("csr", "weights"),
        ("csc", "weights"),
        ("dense", "weights"),
        ("spatial_connectivities", "connectivities"),
    ] {
        let graph = slide.weights(key)?;
        let rows: Vec<Vec<f32>> = graph.to_dense().outer_iter().map(|r| r.to_vec()).collect();
        assert_eq!(rows, expected(values)?, "{key}");
    }
    // In another order of the spots.
    let turned = slide.select_spots(&[2, 0])?;
    let graph = turned.weights("csr")?.to_dense();
    assert_eq!(graph.into_raw_vec_and_offset().0, [0.125, 0.0, 0.0, 0.0]);
    let none = ReadConfig::new().with_obsp("none");
    let said = read(&path, &none).err().map(|e| e.to_string());
    let keys = "csc, csr, dense, spatial_connectivities";
    let words = format!("`none` is not in obsp; keys that are there: {keys}");
    assert_eq!(said, Some(words));
    let (bare, _) = read(&path, &ReadConfig::new().with_obsp("csc"))?;
    let said = bare.weights("csr").err().map(|e| e.to_string());
    let words = "`csr` is not in the obsp that was read; keys that are there: csc";
    assert_eq!(said.as_deref(), Some(words));
    Ok(())
}

#[test]
fn arrays_come_with_the_slide() -> Outcome {
    let path = golden().join("aligned.h5ad");
    let config = ReadConfig::new().with_obsm("X_llm").with_varm("text");
    let (slide, _) = read(&path, &config)?;
    // Spot b-1 has no count and is dropped, and its row with it.
    let llm = expected("llm")?;
    let rows: Vec<Vec<f32>> = slide
        .spot_array("X_llm")?
        .outer_iter()
        .map(|r| r.to_vec())
        .collect();
    assert_eq!(rows, [&llm[0][..], &llm[2], &llm[3]]);
    assert_eq!(slide.gene_array("text")?[[2, 1]], 6.5);
    assert_eq!(
        slide
            .select_spots(&[2])?
            .spot_array("X_llm")?
            .row(0)
            .to_vec(),
        llm[3]
    );
    for config in [
        ReadConfig::new().with_obsm("none"),
        ReadConfig::new().with_varm("none"),
    ] {
        assert!(matches!(
            read(&path, &config),
            Err(IoError::MissingKey { .. })
        ));
    }
    Ok(())
}

#[test]
fn rows_come_with_their_names() -> Outcome {
    let path = golden().join("aligned.h5ad");
    let llm = read_aligned(&path, "obsm/X_llm")?;
    assert_eq!(llm.names, ["a-1", "b-1", "c-1", "d-1"]);
    let rows: Vec<Vec<f32>> = llm.rows.outer_iter().map(|r| r.to_vec()).collect();
    assert_eq!(rows, expected("llm")?);
    let text = read_aligned(&path, "varm/text")?;
    assert_eq!(text.names, ["MBP", "SNAP25", "GFAP"]);
    assert_eq!(text.rows[[2, 1]], 6.5);
    for slot in ["obsm/other", "other", "varm/"] {
        let error = read_aligned(&path, slot).err();
        assert!(matches!(error, Some(IoError::MissingKey { .. })), "{slot}");
    }
    Ok(())
}
