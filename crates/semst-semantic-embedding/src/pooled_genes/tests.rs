//! Tests: lookup to scaled vectors with the shipped table, its controls, and the development slides.

use std::path::{Path, PathBuf};

use super::*;
use crate::{ColumnScale, CountMatrix, Species};

/// A slide of `spots` with about 7 % of `genes` expressed, by seed.
fn slide(spots: usize, genes: usize, seed: u64) -> CountMatrix {
    let mut chance = Chance::new(seed);
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for _ in 0..spots {
        let mut gene = chance.below(27);
        while gene < genes {
            indices.push(gene as u32);
            data.push(1.0 + chance.below(5) as f32);
            gene += 1 + chance.below(27);
        }
        indptr.push(indices.len());
    }
    CountMatrix::new((spots, genes), indptr, indices, data)
}

fn with_slide<T>(spots: usize, genes: usize, body: impl FnOnce(&SpotExpression<'_>) -> T) -> T {
    let expression = slide(spots, genes, 1);
    let table = GeneTable::builtin(Species::Human).expect("the shipped table is sound");
    let symbols: Vec<String> = table
        .symbols()
        .iter()
        .step_by(7)
        .take(genes)
        .cloned()
        .collect();
    let barcodes: Vec<String> = (0..spots).map(|i| format!("spot-{i}")).collect();
    body(&SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    })
}

fn source() -> PooledGenes {
    PooledGenes::new(GeneTable::builtin(Species::Human).expect("the shipped table is sound"))
}

#[test]
fn bits_do_not_depend_on_threads() -> Result<(), Box<dyn std::error::Error>> {
    with_slide(700, 400, |spots| {
        let whiten = Scaling::new(ColumnScale::Whiten {
            components: Some(32),
        });
        let source = source().with_scaling(whiten);
        let mut all = Vec::new();
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()?;
            all.push(pool.install(|| source.spot_embeddings(spots))?.vectors);
        }
        assert!(all.iter().all(|v| *v == all[0]));
        assert_eq!(all[0].dim(), (700, 32));
        Ok(())
    })
}

#[test]
fn controls_differ_from_the_real_vectors_and_follow_their_seed() -> Result<(), SemanticError> {
    with_slide(60, 300, |spots| {
        let real = source().spot_embeddings(spots)?;
        for control in Control::ALL {
            let of_seed = |seed| {
                source()
                    .with_control(Some(control), seed)
                    .spot_embeddings(spots)
            };
            let (a, b, c) = (of_seed(1)?, of_seed(1)?, of_seed(2)?);
            assert_eq!(a.vectors, b.vectors, "{control:?}");
            assert_eq!(a.vectors.dim(), real.vectors.dim());
            assert_ne!(a.vectors, real.vectors, "{control:?}");
            assert_eq!(a.vectors == c.vectors, control == Control::None);
            assert_eq!(
                (a.provenance.control, a.provenance.seed),
                (Some(control), Some(1))
            );
        }
        Ok(())
    })
}

#[test]
fn provenance_says_how_the_vectors_were_made() -> Result<(), Box<dyn std::error::Error>> {
    with_slide(10, 300, |spots| {
        let provenance = source().spot_embeddings(spots)?.provenance;
        assert_eq!(provenance.source, "gene table: builtin human");
        assert_eq!(
            provenance.recipe.as_deref(),
            Some("symbol: approved name. RefSeq summary")
        );
        assert_eq!(
            (provenance.genes_asked, provenance.genes_found),
            (Some(300), Some(300))
        );
        let json = serde_json::to_string(&provenance)?;
        assert_eq!(
            serde_json::from_str::<crate::Provenance>(&json)?,
            provenance
        );
        Ok(())
    })
}

#[test]
fn malformed_expression_is_refused() {
    let expression = CountMatrix::new((1, 2), vec![0, 2], vec![0, 1], vec![1.0, -1.0]);
    let symbols = ["MBP", "PLP1"].map(String::from);
    let barcodes = ["a"].map(String::from);
    let spots = SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    };
    let error = |spots| {
        source()
            .spot_embeddings(&spots)
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    assert_eq!(
        error(spots),
        Err("expression holds -1 at row 0, column 1".into())
    );
    let short = SpotExpression {
        symbols: &symbols[..1],
        ..spots
    };
    assert_eq!(
        error(short),
        Err("gene symbols against columns of the expression: expected 2, got 1".into())
    );
}

/// Genes of a development slide, or `None` with a message if the data is missing.
fn genes_of(file: &str) -> Option<(Vec<String>, Option<Vec<String>>)> {
    let folder = std::env::var_os("SEMST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(file);
    if !path.is_file() {
        let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
        assert!(
            !required,
            "{} is not there, and SEMST_REQUIRE_DATA=1",
            path.display()
        );
        eprintln!(
            "skipped: {} does not exist; set SEMST_DATA to the folder of the development data",
            path.display()
        );
        return None;
    }
    let file = hdf5_pure::File::open(&path).expect("a readable h5ad");
    let read = |slot: &str| {
        file.dataset(slot)
            .and_then(|d| d.read_string())
            .ok()
            .filter(|names| !names.is_empty())
    };
    let symbols = ["var/_index", "var/index", "var/gene", "var/genes"]
        .into_iter()
        .find_map(read)
        .expect("gene names in var");
    Some((symbols, read("var/gene_ids")))
}

#[track_caller]
fn check_coverage(file: &str, species: Species, at_least: f64) {
    let Some((symbols, ids)) = genes_of(file) else {
        return;
    };
    assert_eq!(Species::detect(&symbols, ids.as_deref()), Some(species));
    let table = GeneTable::builtin(species).expect("the shipped table is sound");
    let report = table
        .lookup(&symbols, ids.as_deref())
        .expect("genes are found")
        .report;
    eprintln!("{file}: {report}");
    assert!(report.coverage() >= at_least, "{file}: {report}");
    let by_symbol = table
        .lookup(&symbols, None)
        .expect("genes are found")
        .report;
    eprintln!("{file}, symbols alone: {:.4}", by_symbol.coverage());
}

#[test]
fn development_slides_are_covered() {
    // The missing genes are novel transcripts without a name.
    check_coverage("dlpfc_151673.h5ad", Species::Human, 0.87);
    check_coverage("dlpfc_151675.h5ad", Species::Human, 0.87);
    check_coverage("osmfish.h5ad", Species::Mouse, 0.9);
    check_coverage("starmap_mvc.h5ad", Species::Mouse, 0.95);
    check_coverage("starmap_mpfc_bz5.h5ad", Species::Mouse, 0.9);
    check_coverage("st_mob.h5ad", Species::Mouse, 0.8);
}

/// 100,000 spots × 3,000 genes, timed. Only with `RUN_SLOW_TESTS`, because times on a busy machine are not meaningful.
#[test]
fn a_large_slide_is_pooled_in_time() -> Result<(), SemanticError> {
    if std::env::var_os("RUN_SLOW_TESTS").is_none() {
        eprintln!("skipped: set RUN_SLOW_TESTS to time 100,000 spots");
        return Ok(());
    }
    with_slide(100_000, 3_000, |spots| {
        for pooling in [
            Pooling::default(),
            Pooling::ZScore(crate::ZScore::default()),
            Pooling::Rank(crate::RankMean::default()),
            Pooling::TfIdf(crate::TfIdf::default()),
            Pooling::TopK(crate::TopK::default()),
        ] {
            let source = source().with_pooling(pooling.clone());
            let start = std::time::Instant::now();
            let semantics = source.spot_embeddings(spots)?;
            let seconds = start.elapsed().as_secs_f64();
            let (n, dims) = (spots.expression.nnz(), semantics.vectors.dim());
            eprintln!("{n} non-zeros into {dims:?} by {pooling:?}: {seconds:.2} s");
            assert!(seconds < 5.0, "{pooling:?}: {seconds} s");
        }
        Ok(())
    })
}
