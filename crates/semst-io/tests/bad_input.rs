//! Bad input gives one clear line, no panic, and no half-written file.

use std::path::Path;

use semst_io::{IoError, ReadConfig, Slots, UnsValue, inspect, read, read_run, write_h5ad};

use crate::made::{Made, Matrix, Outcome};

/// The message of the read error; always one line.
#[track_caller]
fn message(path: &Path) -> String {
    let text = match read(path, &ReadConfig::new()) {
        Ok(_) => "read".to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(!text.contains('\n'), "{text}");
    text
}

#[track_caller]
fn check(made: &Made, expected: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    made.write(&path)?;
    let text = message(&path);
    assert!(
        text.contains(expected),
        "{text}\nshould contain\n{expected}"
    );
    Ok(())
}

#[test]
fn paths_that_are_no_slide() -> Outcome {
    let folder = tempfile::tempdir()?;
    let missing = folder.path().join("none.h5ad");
    assert!(message(&missing).ends_with("none.h5ad does not exist"));
    assert!(matches!(
        read(&missing, &ReadConfig::new()),
        Err(IoError::NotFound { .. })
    ));

    let text = folder.path().join("text.h5ad");
    std::fs::write(&text, "no HDF5")?;
    assert!(message(&text).contains("is not an HDF5 file"));
    std::fs::write(&text, "")?;
    assert!(message(&text).contains("is not an HDF5 file"));

    let said = message(folder.path());
    assert!(
        said.contains("filtered_feature_bc_matrix.h5 or filtered_feature_bc_matrix/matrix.mtx.gz"),
        "{said}"
    );
    assert!(
        said.contains("spatial/tissue_positions.csv or spatial/tissue_positions_list.csv or spatial/tissue_positions.parquet"),
        "{said}"
    );
    assert!(said.ends_with("it holds text.h5ad"), "{said}");
    Ok(())
}

#[test]
fn counts_that_are_none() -> Outcome {
    let with = |value: f64| Made::default().with_value(value);
    check(
        &with(f64::NAN),
        "`X` holds NaN at spot 1, gene 2; counts must be finite",
    )?;
    check(&with(f64::INFINITY), "`X` holds inf at spot 1, gene 2")?;
    check(
        &with(-2.0),
        "`X` holds the negative count -2 at spot 1, gene 2",
    )?;
    check(
        &with(1.5),
        "`X` holds normalised values where counts are needed (1.5 at spot 1, gene 2); keep the raw counts in layers/counts or raw/X, or set `layer` to the matrix that holds them; if there are none and the values are log1p of normalised counts, set `input_is` lognorm; matrices that are there: X",
    )?;
    check(
        &Made {
            x: None,
            ..Made::default()
        },
        "holds no counts; looked in layers/counts, X and raw/X; slots that are there: obs/layer, obsm/spatial",
    )?;
    let zeros = Made {
        x: Some(Matrix::Dense(vec![0.0; 9])),
        ..Made::default()
    };
    check(&zeros, "is empty: 0 spots × 0 genes hold a count")
}

#[test]
fn coordinates_that_are_none() -> Outcome {
    let without = Made {
        spatial: None,
        ..Made::default()
    };
    check(
        &without,
        "holds no coordinates; looked for obsm/spatial, obsm/X_spatial, obs/x with obs/y, obs/X with obs/Y, obs/x_centroid with obs/y_centroid, obs/X_centroid with obs/Y_centroid, obs/CenterX_global_px with obs/CenterY_global_px, obs/center_x with obs/center_y, obs/pxl_col_in_fullres with obs/pxl_row_in_fullres, obs/imagecol with obs/imagerow, obs/array_col with obs/array_row; slots that are there: X, obs/layer; add x and y to the file, as obsm/spatial or as columns of obs",
    )?;
    for value in [f64::NAN, f64::NEG_INFINITY] {
        let mut made = Made::default();
        if let Some(points) = &mut made.spatial {
            points[3] = value;
        }
        check(&made, &format!("coordinate y of spot 1 (`b`) is {value}"))?;
    }
    let short = Made {
        spatial: Some(vec![0.0; 4]),
        ..Made::default()
    };
    check(&short, "`obsm/spatial` has 2 rows for 3 spots")
}

#[test]
fn folders_that_are_no_slide() -> Outcome {
    let folder = tempfile::tempdir()?;
    let error = read_run(folder.path(), &[]).err();
    assert!(matches!(error, Some(IoError::NotFile { .. })), "{error:?}");
    for size in ["square_008um", "square_016um"] {
        std::fs::create_dir_all(folder.path().join("outs/binned_outputs").join(size))?;
    }
    for place in [".", "outs", "outs/binned_outputs"] {
        let text = match read(&folder.path().join(place), &ReadConfig::new()) {
            Err(error @ IoError::BinSizes { .. }) => error.to_string(),
            other => return Err(format!("{place}: {other:?}").into()),
        };
        assert!(text.contains("pass the folder of one of them: "), "{text}");
        assert!(text.ends_with("outs/binned_outputs/square_016um"), "{text}");
    }
    Ok(())
}

#[test]
fn corrupt_sparse_matrices() -> Outcome {
    let sparse = |indptr: [i64; 4], indices: [i64; 4]| Made {
        x: Some(Matrix::Csr(
            indptr.to_vec(),
            indices.to_vec(),
            vec![1.0, 2.0, 3.0, 4.0],
        )),
        ..Made::default()
    };
    check(&sparse([0, 2, 3, 4], [0, 1, 2, 0]), "read")?;
    check(
        &sparse([0, 2, 3, 4], [0, 1, 3, 0]),
        "`X/indices` value 2 is 3; it must be below 3",
    )?;
    check(
        &sparse([0, 2, 3, 4], [0, 1, -1, 0]),
        "`X/indices` value 2 is -1",
    )?;
    check(
        &sparse([0, 3, 2, 4], [0, 1, 2, 0]),
        "`X/indptr` falls from 3 to 2 after row 1",
    )?;
    check(
        &sparse([0, 2, 3, 5], [0, 1, 2, 0]),
        "`X/indptr` ends at 5, but 4 values are there",
    )?;
    check(
        &sparse([1, 2, 3, 4], [0, 1, 2, 0]),
        "`X/indptr` starts at 1",
    )
}

#[test]
fn keys_that_do_not_exist_list_those_that_do() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().write(&path)?;
    let said = |config: ReadConfig| {
        read(&path, &config)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default()
    };
    assert_eq!(
        said(ReadConfig::new().with_layer("counts")),
        "`counts` is not in layers; keys that are there: X"
    );
    assert_eq!(
        said(ReadConfig::new().with_spatial_key("um")),
        "`um` is not in obsm; keys that are there: spatial"
    );
    assert_eq!(
        said(ReadConfig::new().with_gene_symbols("s")),
        "`s` is not in var; keys that are there: nothing"
    );
    let (slide, _) = read(&path, &ReadConfig::new())?;
    let said = slide.obs.labels("truth").err().map(|e| e.to_string());
    assert_eq!(
        said.as_deref(),
        Some("`truth` is not in obs; keys that are there: layer")
    );
    Ok(())
}

/// A file truncated anywhere gives an error, not a panic and not a slide.
#[test]
fn truncated_anywhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().write(&path)?;
    // Also after an edit, which leaves old objects behind.
    let (slide, _) = read(&path, &ReadConfig::new())?;
    write_h5ad(
        &slide,
        &path,
        &Slots::new().with_uns("semst", UnsValue::from("a note")),
    )?;
    let whole = std::fs::read(&path)?;
    for length in (0..whole.len()).step_by(13) {
        let cut = folder.path().join(format!("{length}.h5ad"));
        std::fs::write(&cut, &whole[..length])?;
        let error = read(&cut, &ReadConfig::new()).err();
        assert!(
            matches!(
                error,
                Some(IoError::NotHdf5 { .. } | IoError::Damaged { .. })
            ),
            "{length} of {}: {error:?}",
            whole.len()
        );
        assert!(inspect(&cut, &ReadConfig::new()).is_err());
        assert!(read_run(&cut, &[]).is_err());
    }
    Ok(())
}

/// A flipped byte may stay unnoticed, but it never causes a panic.
#[test]
fn damaged_anywhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().write(&path)?;
    let whole = std::fs::read(&path)?;
    let mut refused = 0;
    for at in (8..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        let bad = folder.path().join(format!("{at}.h5ad"));
        std::fs::write(&bad, &bytes)?;
        refused += usize::from(read(&bad, &ReadConfig::new()).is_err());
    }
    assert!(refused > 100, "{refused} refused");
    Ok(())
}

#[test]
fn a_failed_write_leaves_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().write(&path)?;
    let (slide, _) = read(&path, &ReadConfig::new())?;
    let before = std::fs::read(&path)?;
    let bad = Slots::new().with_uns("a/b", UnsValue::from(1i64));
    assert!(write_h5ad(&slide, &path, &bad).is_err());
    assert!(write_h5ad(&slide, &folder.path().join("no/out.h5ad"), &Slots::new()).is_err());
    // The input is deleted, or becomes another file.
    let out = folder.path().join("out.h5ad");
    Made {
        barcodes: vec!["a".into(), "b".into()],
        ..Made::default()
    }
    .write(&path)?;
    let said = write_h5ad(&slide, &out, &Slots::new())
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    assert!(said.contains("changed since it was read?"), "{said}");
    std::fs::remove_file(&path)?;
    assert!(matches!(
        write_h5ad(&slide, &out, &Slots::new()),
        Err(IoError::NotFound { .. })
    ));
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    assert!(!before.is_empty());
    Ok(())
}
