//! Reads files made for the test: where counts, names and folders are found.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use hdf5_pure::FileBuilder;
use semst_io::{ReadConfig, ReadReport, SpatialDataset, inspect, read};

use crate::made::{Made, Matrix, Outcome};

type Error = Box<dyn std::error::Error>;

fn read_made(made: &Made, config: &ReadConfig) -> Result<(SpatialDataset, ReadReport), Error> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    made.write(&path)?;
    Ok(read(&path, config)?)
}

fn dense(slide: &SpatialDataset) -> Vec<f32> {
    slide.counts.to_dense().into_iter().collect()
}

#[test]
fn counts_are_found() -> Outcome {
    let counts = vec![1.0, 0.0, 2.0, 0.0, 3.0, 4.0, 5.0, 0.0, 0.0];
    let logged: Vec<f64> = counts.iter().map(|v: &f64| v.ln_1p()).collect();
    let scaled: Vec<f64> = counts.iter().map(|v| v - 1.5).collect();
    let other: Vec<f64> = counts.iter().map(|v| v * 2.0).collect();
    let x = |values: &[f64]| Some(Matrix::Dense(values.to_vec()));
    let plain = ReadConfig::new();
    for (made, from, config) in [
        (Made::default(), "X", &plain),
        (
            Made {
                x: x(&logged),
                layers: vec![("counts", counts.clone())],
                ..Made::default()
            },
            "layers/counts",
            &plain,
        ),
        (
            Made {
                x: x(&other),
                layers: vec![("counts", counts.clone())],
                ..Made::default()
            },
            "layers/counts",
            &plain,
        ),
        (
            Made {
                x: x(&logged),
                raw: Some(counts.clone()),
                ..Made::default()
            },
            "raw/X",
            &plain,
        ),
        (
            Made {
                x: x(&scaled),
                raw: Some(counts.clone()),
                ..Made::default()
            },
            "raw/X",
            &plain,
        ),
        (
            Made {
                x: None,
                raw: Some(counts.clone()),
                ..Made::default()
            },
            "raw/X",
            &plain,
        ),
        (
            Made {
                x: x(&other),
                layers: vec![("mine", counts.clone())],
                ..Made::default()
            },
            "layers/mine",
            &ReadConfig::new().with_layer("mine"),
        ),
        (
            Made {
                layers: vec![("counts", other.clone())],
                ..Made::default()
            },
            "X",
            &ReadConfig::new().with_layer("X"),
        ),
    ] {
        let (slide, report) = read_made(&made, config)?;
        assert_eq!(report.counts_from, from);
        assert_eq!(
            dense(&slide),
            counts.iter().map(|&v| v as f32).collect::<Vec<_>>()
        );
    }
    Ok(())
}

#[test]
fn symbols_are_found_and_made_unique() -> Outcome {
    let names = |names: [&str; 3]| names.map(String::from).to_vec();
    let ids = names(["ENSG00000197971", "ENSG00000132639", "ENSG00000131095"]);
    let made = Made {
        genes: ids.clone(),
        symbols: Some(("feature_name", names(["A", "A", ""]))),
        ..Made::default()
    };
    let (slide, report) = read_made(&made, &ReadConfig::new())?;
    assert_eq!(slide.genes.symbols, ["A", "A-1", "ENSG00000131095"]);
    assert_eq!(slide.genes.ids.as_ref(), Some(&ids));
    assert_eq!(
        (report.symbols_made_unique, report.symbols_from.as_str()),
        (1, "var/feature_name")
    );
    let made = Made {
        symbols: Some(("gene_ids", ids.clone())),
        barcodes: names(["s", "s", "t"]),
        ..Made::default()
    };
    let (slide, report) = read_made(&made, &ReadConfig::new())?;
    assert_eq!(slide.genes.symbols, ["MBP", "SNAP25", "GFAP"]);
    assert_eq!(slide.genes.ids.as_ref(), Some(&ids));
    assert_eq!(slide.barcodes, ["s", "s-1", "t"]);
    assert_eq!(report.barcodes_made_unique, 1);
    // As in dlpfc_151673: genes without a name, made unique by the writer of the file.
    let made = Made {
        symbols: Some(("gene_ids", ids.clone())),
        genes: names(["", "-1", "HLA-1"]),
        ..Made::default()
    };
    let (slide, report) = read_made(&made, &ReadConfig::new())?;
    assert_eq!(
        slide.genes.symbols,
        [ids[0].as_str(), ids[1].as_str(), "HLA-1"]
    );
    assert_eq!(
        (report.symbols_from_ids, report.symbols_made_unique),
        (2, 0)
    );
    Ok(())
}

#[test]
fn empty_spots_and_genes_are_dropped_and_counted() -> Outcome {
    let made = Made {
        x: Some(Matrix::Dense(vec![
            1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0,
        ])),
        ..Made::default()
    };
    let (slide, report) = read_made(&made, &ReadConfig::new())?;
    assert_eq!(
        (report.zero_spots_dropped, report.zero_genes_dropped),
        (1, 1)
    );
    assert_eq!(slide.barcodes, ["a", "c"]);
    assert_eq!(slide.genes.symbols, ["MBP", "GFAP"]);
    assert_eq!(dense(&slide), [1.0, 2.0, 5.0, 0.0]);
    assert_eq!(slide.spatial.row(1).to_vec(), [0.0, 1.0]);
    assert_eq!(slide.source.rows(), Some((&[0, 2][..], 3)));
    Ok(())
}

/// Writes the two matrix forms of the same three features × three barcodes (one an antibody).
pub(crate) fn space_ranger(root: &Path, mex: bool, version: u8) -> Outcome {
    let spatial = root.join("spatial");
    std::fs::create_dir_all(&spatial)?;
    let lines = "b1,1,0,0,10,20\nb2,1,0,2,10,40\nb3,0,1,1,30,30\nb9,1,5,5,50,50\n";
    let header = "barcode,in_tissue,array_row,array_col,pxl_row_in_fullres,pxl_col_in_fullres\n";
    match version {
        1 => std::fs::write(spatial.join("tissue_positions_list.csv"), lines)?,
        3 => {
            let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/io");
            let name = "tissue_positions.parquet";
            std::fs::copy(golden.join(name), spatial.join(name))?;
        }
        _ => std::fs::write(
            spatial.join("tissue_positions.csv"),
            format!("{header}{lines}"),
        )?,
    }
    let features =
        "ENSG1\tMBP\tGene Expression\nENSG2\tMBP\tGene Expression\nCD3\tCD3\tAntibody Capture\n";
    if mex {
        let folder = root.join("filtered_feature_bc_matrix");
        std::fs::create_dir_all(&folder)?;
        let matrix = "%%MatrixMarket matrix coordinate integer general\n%comment\n3 3 5\n1 1 4\n3 1 9\n2 2 6\n1 2 1\n1 3 7\n";
        for (name, text) in [
            ("matrix.mtx", matrix),
            ("features.tsv", features),
            ("barcodes.tsv", "b1\nb2\nb3\n"),
        ] {
            let file = std::fs::File::create(folder.join(format!("{name}.gz")))?;
            let mut zip = GzEncoder::new(file, Compression::fast());
            zip.write_all(text.as_bytes())?;
            zip.finish()?;
        }
        return Ok(());
    }
    let mut file = FileBuilder::new();
    let mut group = file.create_group("matrix");
    group
        .create_dataset("barcodes")
        .with_ascii_strings(&["b1", "b2", "b3"])?;
    group.create_dataset("data").with_i32_data(&[4, 9, 1, 6, 7]);
    group
        .create_dataset("indices")
        .with_i64_data(&[0, 2, 0, 1, 0]);
    group.create_dataset("indptr").with_i64_data(&[0, 2, 4, 5]);
    group.create_dataset("shape").with_i32_data(&[3, 3]);
    let mut sub = group.create_group("features");
    sub.create_dataset("id")
        .with_ascii_strings(&["ENSG1", "ENSG2", "CD3"])?;
    sub.create_dataset("name")
        .with_ascii_strings(&["MBP", "MBP", "CD3"])?;
    let kinds = ["Gene Expression", "Gene Expression", "Antibody Capture"];
    sub.create_dataset("feature_type")
        .with_ascii_strings(&kinds)?;
    group.add_group(sub.finish());
    file.add_group(group.finish());
    file.write(root.join("filtered_feature_bc_matrix.h5"))?;
    Ok(())
}

#[test]
fn space_ranger_folders_of_every_kind() -> Outcome {
    for (mex, version, outs) in [
        (false, 1, false),
        (false, 2, true),
        (true, 1, true),
        (true, 2, false),
        (false, 3, false),
    ] {
        let folder = tempfile::tempdir()?;
        let root = if outs {
            folder.path().join("outs")
        } else {
            folder.path().to_path_buf()
        };
        space_ranger(&root, mex, version)?;
        let (slide, report) = read(folder.path(), &ReadConfig::new())?;
        assert_eq!(slide.barcodes, ["b1", "b2"]);
        assert_eq!(slide.genes.symbols, ["MBP", "MBP-1"]);
        assert_eq!(dense(&slide), [4.0, 0.0, 1.0, 6.0]);
        assert_eq!(slide.spatial.row(1).to_vec(), [40.0, 10.0]);
        assert_eq!(slide.obs.labels("array_col")?[1].as_deref(), Some("2"));
        assert!(slide.image.is_none());
        assert_eq!(report.other_features_dropped, 1);
        assert_eq!(
            (
                report.barcodes_without_position,
                report.positions_without_barcode
            ),
            (1, 1)
        );
        let inspection = inspect(folder.path(), &ReadConfig::new())?.to_string();
        assert!(
            inspection.contains("1 barcode of the matrix without a position under tissue dropped"),
            "{inspection}"
        );
    }
    Ok(())
}

/// Invalid positions of Visium HD.
#[test]
fn damaged_positions_of_visium_hd_are_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    space_ranger(folder.path(), false, 3)?;
    let path = folder.path().join("spatial/tissue_positions.parquet");
    let whole = std::fs::read(&path)?;
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length])?;
        let said = read(folder.path(), &ReadConfig::new())
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(
            said.contains("tissue_positions.parquet cannot be read"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1);
    }
    Ok(())
}

#[test]
fn a_lone_matrix_asks_for_its_folder_and_foreign_positions_are_an_error() -> Outcome {
    let folder = tempfile::tempdir()?;
    space_ranger(folder.path(), false, 1)?;
    let lone = folder.path().join("filtered_feature_bc_matrix.h5");
    let said = read(&lone, &ReadConfig::new())
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    assert!(said.contains("pass the Space Ranger folder"), "{said}");
    std::fs::write(
        folder.path().join("spatial/tissue_positions_list.csv"),
        "x-1,1,0,0,1,1\n",
    )?;
    let said = read(folder.path(), &ReadConfig::new())
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    assert!(
        said.contains("the matrix has `b1`, the positions have `x-1`: take both"),
        "{said}"
    );
    Ok(())
}
