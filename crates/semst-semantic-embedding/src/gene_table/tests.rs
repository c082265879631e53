//! Tests: lookup, and that the nearest genes in the shipped table are biologically related.

use ndarray::array;

use super::*;

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| s.to_string()).collect()
}

fn small() -> Result<GeneTable, SemanticError> {
    let table = GeneTable::new(
        names(&["GFAP", "MBP", "NKX2-1"]),
        array![[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
        TableOrigin::new("t"),
    )?;
    Ok(table.with_aliases([
        ("TTF1".to_owned(), "NKX2-1".to_owned()),
        ("X".to_owned(), "absent".to_owned()),
    ]))
}

#[track_caller]
fn check_near(species: Species, gene: &str, k: usize, any_of: &[&str], at_least: usize) {
    let table = GeneTable::builtin(species).expect("the shipped table is sound");
    let near: Vec<&str> = table.nearest(gene, k).into_iter().map(|(g, _)| g).collect();
    let found = any_of.iter().filter(|g| near.contains(g)).count();
    assert!(found >= at_least, "{gene}: {near:?}");
}

#[test]
fn lookup_counts_how_each_gene_was_found() -> Result<(), SemanticError> {
    let asked = names(&[
        "MBP",
        "TTF1",
        "GRCh38_MBP",
        "GFAP-1",
        "gfap",
        "NKX2-1",
        "nope",
    ]);
    let found = small()?.lookup(&asked, None)?;
    assert_eq!(
        found.rows,
        [Some(1), Some(2), Some(1), Some(0), Some(0), Some(2), None]
    );
    let r = &found.report;
    assert_eq!(
        (r.by_id, r.by_symbol, r.by_alias, r.by_spelling),
        (0, 2, 1, 3)
    );
    assert_eq!(r.missing, ["nope"]);
    assert_eq!(
        r.to_string(),
        "6 of 7 genes have a vector (85.7 %): 0 by Ensembl id, 2 by symbol, 1 by alias, 3 by another spelling; without: nope"
    );
    Ok(())
}

#[test]
fn ids_come_first_and_lose_their_version() -> Result<(), SemanticError> {
    let table = GeneTable::builtin(Species::Human)?;
    let (gfap, mbp) = (table.find("GFAP"), table.find("MBP"));
    let found = table.lookup(
        &names(&["renamed", "MBP", "ENSG00000131095.14"]),
        Some(&names(&["ENSG00000131095.13", "unknown", ""])),
    )?;
    assert_eq!(found.rows, [gfap, mbp, gfap].map(|f| f.map(|(row, _)| row)));
    assert_eq!((found.report.by_id, found.report.by_symbol), (2, 1));
    assert!(gfap.is_some());
    Ok(())
}

#[test]
fn case_is_as_the_species_writes_it_and_any_other_is_a_spelling() -> Result<(), SemanticError> {
    let mouse = GeneTable::builtin(Species::Mouse)?;
    let report = mouse
        .lookup(&names(&["Gfap", "GFAP", "mt-Co1", "MT-CO1"]), None)?
        .report;
    assert_eq!((report.by_symbol, report.by_spelling), (2, 2));
    Ok(())
}

#[test]
fn older_symbols_are_aliases() -> Result<(), SemanticError> {
    let human = GeneTable::builtin(Species::Human)?;
    assert_eq!(human.vector("CTGF"), human.vector("CCN2"));
    let asked = names(&["Ctgf", "Sept4", "Eef1akmt1 "]);
    let report = GeneTable::builtin(Species::Mouse)?
        .lookup(&asked, None)?
        .report;
    assert_eq!((report.by_alias, report.by_spelling), (2, 1));
    Ok(())
}

#[test]
fn a_gene_without_a_symbol_is_reported_by_its_id() -> Result<(), SemanticError> {
    let (symbols, ids) = (names(&["MBP", "", "-3"]), names(&["", "ENSG1", "ENSG2"]));
    assert_eq!(
        small()?.lookup(&symbols, Some(&ids))?.report.missing,
        ["ENSG1", "ENSG2"]
    );
    Ok(())
}

#[test]
fn nothing_found_is_an_error_that_names_genes() -> Result<(), SemanticError> {
    let error = small()?
        .lookup(&names(&["a1", "b2"]), None)
        .map_err(|e| e.to_string());
    assert_eq!(
        error,
        Err("none of the 2 genes is in the table t (first: a1, b2); check the species, or that names are symbols or Ensembl ids; for other species, set the semantics to a table or a language model, or the modulator to none".into())
    );
    assert!(small()?.lookup(&names(&["MBP"]), Some(&[])).is_err());
    Ok(())
}

#[test]
fn malformed_tables_are_refused() {
    let make = |symbols: &[&str], vectors| {
        GeneTable::new(names(symbols), vectors, TableOrigin::new("t"))
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    assert_eq!(
        make(&["A"], array![[1.0], [2.0]]),
        Err("gene names of t: expected 2, got 1".into())
    );
    assert_eq!(
        make(&["A", "A"], array![[1.0], [2.0]]),
        Err("t: A occurs twice, at rows 0 and 1".into())
    );
    assert_eq!(
        make(&["A", "B"], array![[1.0], [f32::NAN]]),
        Err("t holds NaN at row 1, column 0".into())
    );
}

#[test]
fn human_neighbours_are_biology() {
    check_near(
        Species::Human,
        "MBP",
        30,
        &["PLP1", "MOBP", "MAG", "MPZ", "MOG", "PMP2", "MYRF", "CNP"],
        4,
    );
    check_near(
        Species::Human,
        "GFAP",
        30,
        &[
            "GMFG", "GMFB", "FABP7", "GLDN", "ASTN1", "MOBP", "MBP", "MOG",
        ],
        4,
    );
    check_near(
        Species::Human,
        "SNAP25",
        30,
        &[
            "SNAP23", "SNAP29", "SNAP47", "STX1A", "SYT1", "VAMP2", "STX1B",
        ],
        4,
    );
    check_near(
        Species::Human,
        "CD8A",
        30,
        &["CD8B", "CD4", "CD7", "CD2", "CD96", "CD48"],
        4,
    );
}

#[test]
fn mouse_neighbours_are_biology() {
    check_near(
        Species::Mouse,
        "Mbp",
        30,
        &["Plp1", "Mobp", "Mag", "Mpz", "Mog", "Pmp2", "Myrf", "Cnp"],
        4,
    );
    check_near(Species::Mouse, "Gad1", 10, &["Gad2", "Gadl1"], 2);
}

#[test]
fn both_species_are_large_and_carry_their_origin() -> Result<(), SemanticError> {
    for species in Species::ALL {
        let table = GeneTable::builtin(species)?;
        assert!(
            table.len() > 20_000 && table.dims() == 256,
            "{species}: {}",
            table.len()
        );
        assert_eq!(table.origin().species, Some(species));
        assert!(
            table
                .origin()
                .checksum
                .as_ref()
                .is_some_and(|c| c.len() == 64)
        );
    }
    Ok(())
}

/// Cosines of the vectors of the model, written by `xtask/gene_table.py` together with the table.
#[test]
fn the_table_keeps_the_angles_of_the_model() -> Result<(), Box<dyn std::error::Error>> {
    #[derive(serde::Deserialize)]
    struct Golden {
        species: Species,
        a: String,
        b: String,
        cosine: f32,
    }
    let golden: Vec<Golden> =
        serde_json::from_str(include_str!("../../tests/golden/gene_table/cosines.json"))?;
    assert_eq!(golden.len(), 20);
    for species in Species::ALL {
        let table = GeneTable::builtin(species)?;
        for g in golden.iter().filter(|g| g.species == species) {
            let (a, b) = (table.vector(&g.a), table.vector(&g.b));
            let (a, b) = a.zip(b).ok_or("a gene of the golden pairs is missing")?;
            let cosine = a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt();
            // The table is lossy (mean cosine 0.99 to the original vectors): cosines agree to about 0.01.
            assert!(
                (cosine - g.cosine).abs() < 0.03,
                "{} {}: {cosine} {}",
                g.a,
                g.b,
                g.cosine
            );
        }
    }
    Ok(())
}

/// The genes of a data set, read row by row, are the same as those of the whole table.
#[test]
fn some_genes_of_a_large_table() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let genes = ["GFAP", "MBP", "nkx2-1", "ENSG00000197971", "SNAP25"];
    let values: Vec<f32> = (0..15).map(|v| v as f32 / 2.0).collect();
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let npy = folder.path().join("t.npy");
    let head = "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 3), }";
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((head.len() as u16).to_le_bytes());
    file.extend(head.as_bytes());
    file.extend(&bytes);
    std::fs::write(&npy, &file)?;
    std::fs::write(folder.path().join("t.names.txt"), genes.join("\n"))?;
    let tensors = folder.path().join("t.safetensors");
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![5, 3], &bytes)?;
    let listed = std::collections::HashMap::from([("genes".to_owned(), genes.join("\n"))]);
    safetensors::serialize_to_file([("vectors", view)], Some(listed), &tensors)?;
    let asked = names(&["SNAP25", "none", "MBP", "NKX2-1", "MBP-1"]);
    let ids = names(&["ENSG1", "ENSG2", "ENSG00000197971", "", ""]);
    for path in [&npy, &tensors] {
        let whole = GeneTable::open(path)?;
        let some = GeneTable::open_above(path, &asked, Some(&ids), 0)?;
        // In the order of the file; MBP by its id, and a second time by another spelling.
        let used = ["MBP", "nkx2-1", "ENSG00000197971", "SNAP25"];
        assert_eq!(some.symbols(), used);
        let (a, b) = (
            whole.lookup(&asked, Some(&ids))?,
            some.lookup(&asked, Some(&ids))?,
        );
        assert_eq!(a.report, b.report);
        for (a, b) in a.rows.iter().zip(&b.rows) {
            let row =
                |t: &GeneTable, r: &Option<u32>| r.map(|r| t.vectors().row(r as usize).to_vec());
            assert_eq!(row(&whole, a), row(&some, b));
        }
        let checksum = some.origin().checksum.clone().unwrap_or_default();
        assert!(checksum.starts_with("of 4 rows: "), "{checksum}");
        // A truncated file is read completely, which gives an error.
        let bytes = std::fs::read(path)?;
        std::fs::write(path, &bytes[..bytes.len() - 1])?;
        assert!(GeneTable::open_above(path, &asked, None, 0).is_err());
    }
    Ok(())
}

#[test]
fn a_gene_has_the_symbol_of_the_table_whatever_it_is_called() -> Result<(), SemanticError> {
    let table = GeneTable::builtin(Species::Human)?;
    for name in [
        "ENSG00000131095.13",
        "ENSG00000131095",
        "'GFAP'",
        "Gfap",
        "GFAP",
    ] {
        assert_eq!(table.symbol(name), Some("GFAP"), "{name}");
    }
    assert_eq!(table.symbol("no gene"), None);
    Ok(())
}
