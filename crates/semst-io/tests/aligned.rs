//! `obsm`, `varm` and `obsp` of a file that anndata wrote (`golden/io/make_aligned.py`).

use std::path::{Path, PathBuf};

use semst_io::{IoError, ReadConfig, read, read_aligned, read_obsp};

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
    let (slide, _) = read(&golden().join("aligned.h5ad"), &ReadConfig::new())?;
    assert_eq!(slide.barcodes, ["a-1", "c-1", "d-1"]);
    for (key, values) in [
        ("csr", "weights"),
        ("csc", "weights"),
        ("dense", "weights"),
        ("spatial_connectivities", "connectivities"),
    ] {
        let graph = read_obsp(&slide, key)?;
        let rows: Vec<Vec<f32>> = graph.to_dense().outer_iter().map(|r| r.to_vec()).collect();
        assert_eq!(rows, expected(values)?, "{key}");
    }
    // In another order of the spots.
    let turned = slide.select_spots(&[2, 0])?;
    let graph = read_obsp(&turned, "csr")?.to_dense();
    assert_eq!(graph.into_raw_vec_and_offset().0, [0.125, 0.0, 0.0, 0.0]);
    let said = read_obsp(&slide, "none").err().map(|e| e.to_string());
    let keys = "csc, csr, dense, spatial_connectivities";
    let words = format!("`none` is not in obsp; keys that are there: {keys}");
    assert_eq!(said, Some(words));
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
