//! Tests for large slides: parts train and embed like the whole slide, and nearly all neighbours are found.

use ndarray::{Array2, Axis, s};
use semst::encoders::{EncoderConfig, ShippedEncoder};
use semst::evaluation::{Contingency, adjusted_rand_index};
use semst::graph::{CellKnn, CosineKnn};
use semst::io::SpatialDataset;
use semst::modulation::{ModulatorConfig, ShippedModulator};
use semst::preprocess::Preprocess;
use semst::simulate::LayeredTissue;
use semst::training::BatchSize;
use semst::{Pipeline, RunConfig, Silent};

fn slide(spots: usize, genes: usize, depth: f64) -> SpatialDataset {
    let tissue = LayeredTissue::new(3)
        .with_spots(spots)
        .with_genes(genes)
        .with_depth(depth);
    let tissue = tissue.generate().expect("valid settings");
    tissue.into_dataset().expect("a valid slide")
}

fn embedded(config: &RunConfig, slide: &SpatialDataset) -> Array2<f32> {
    let pipeline = Pipeline::new(config.clone()).expect("a valid configuration");
    let prepared = pipeline.prepare(slide, &mut Silent).expect("features");
    let semantics = pipeline.semantics(slide, &mut Silent).expect("semantics");
    let embedded = pipeline.embed(&prepared, &semantics, &mut Silent);
    embedded.expect("an embedding").0
}

/// An untrained network embeds a slide by parts of 150 spots as it does at once, so halos are wide enough.
#[test]
fn parts_embed_as_the_whole() -> Result<(), semst::Error> {
    let slide = slide(900, 400, 400.0);
    for name in ["graphst", "stagate", "sedr", "pca"] {
        let mut config = RunConfig::preset("default")?
            .with_domains(7)
            .with_encoder(ShippedEncoder::from_name(name)?)
            .with_modulator(ShippedModulator::from_name("fsm")?);
        config.preprocess.n_components = config.preprocess.n_components.map(|_| 20);
        config.train.epochs = 0;
        let whole = embedded(&config, &slide);
        config.train.batch = BatchSize::Spots(150);
        let parts = embedded(&config, &slide);
        let top = whole.iter().fold(0f32, |m, v| m.max(v.abs()));
        assert_eq!(whole.dim(), parts.dim());
        for (a, b) in whole.iter().zip(&parts) {
            assert!((a - b).abs() <= 1e-5 * top, "{name}: {a} {b}");
        }
    }
    Ok(())
}

/// Every encoder trains on parts, and embeds all spots.
#[test]
fn every_encoder_trains_on_parts() -> Result<(), semst::Error> {
    let slide = slide(400, 300, 400.0);
    for name in ShippedEncoder::names() {
        let mut config = RunConfig::preset("default")?
            .with_domains(5)
            .with_encoder(ShippedEncoder::from_name(name)?)
            .with_modulator(ShippedModulator::from_name("fsm")?);
        config.preprocess.n_components = config.preprocess.n_components.map(|_| 20);
        config.train.epochs = 2;
        config.train.batch = BatchSize::Spots(100);
        let pipeline = Pipeline::new(config)?;
        let prepared = pipeline.prepare(&slide, &mut Silent)?;
        let semantics = pipeline.semantics(&slide, &mut Silent)?;
        let (z, history) = pipeline.embed(&prepared, &semantics, &mut Silent)?;
        assert_eq!(z.nrows(), 400, "{name}");
        assert!(z.iter().all(|v| v.is_finite()), "{name}");
        assert!(history.epochs() >= 2, "{name}: each step sees all parts");
    }
    Ok(())
}

/// A slide that is trained in quarters gives the same embedding and domains as the slide trained at once.
#[test]
fn parts_find_what_the_whole_finds() -> Result<(), semst::Error> {
    let Some(slide) = real() else { return Ok(()) };
    let mut config = RunConfig::preset("default")?.with_domains(7);
    config.preprocess.n_top_genes = Some(500);
    config.train.epochs = 30;
    if let Some(views) = &mut config.views {
        // Two views that vote next to the embedding: a mixture of the embedding alone has several nearly equally likely solutions.
        (views.components, views.directions) = (vec![15], vec![15]);
    }
    let fitted = |batch| -> Result<(Array2<f32>, [Vec<u32>; 2]), semst::Error> {
        let mut config = config.clone();
        config.train.batch = batch;
        let pipeline = Pipeline::new(config.clone())?;
        let prepared = pipeline.prepare(&slide, &mut Silent)?;
        let semantics = pipeline.semantics(&slide, &mut Silent)?;
        let (z, _) = pipeline.embed(&prepared, &semantics, &mut Silent)?;
        let labels = pipeline.domains(&prepared, Some(z.view()), 7)?.labels;
        config.views = None;
        let one = Pipeline::new(config)?
            .domains(&prepared, Some(z.view()), 7)?
            .labels;
        let floor = prepared.floor.map_or(0, |floor| floor.ncols());
        Ok((z.slice(s![.., floor..]).to_owned(), [labels, one]))
    };
    let (z, labels) = fitted(BatchSize::Full)?;
    let (z_parts, labels_parts) = fitted(BatchSize::Spots(1024))?;
    let alignment = alignment(&z, &z_parts);
    let agreement: Vec<f64> = labels
        .into_iter()
        .zip(&labels_parts)
        .map(|(whole, parts)| {
            let whole: Vec<Option<u32>> = whole.into_iter().map(Some).collect();
            adjusted_rand_index(&Contingency::new(&whole, parts).expect("as many labels"))
        })
        .collect();
    eprintln!("alignment {alignment}, agreement {agreement:?}");
    assert!(alignment >= 0.95, "{alignment}");
    assert!(agreement[0] >= 0.9, "{agreement:?}");
    Ok(())
}

/// Linear CKA of two embeddings of the same spots: 1 if they differ by a rotation and a scale (Kornblith et al., ICML 2019).
fn alignment(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    let centred = |x: &Array2<f32>| x - &x.mean_axis(Axis(0)).expect("spots");
    let (a, b) = (centred(a), centred(b));
    let squares = |x: Array2<f32>| x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    squares(a.t().dot(&b)) / (squares(a.t().dot(&a)) * squares(b.t().dot(&b))).sqrt()
}

/// Above the size up to which the search is exact, nearly all neighbours in the components are found.
#[test]
fn nearly_all_neighbours_are_found() -> Result<(), semst::Error> {
    let slide = slide(30_000, 2000, 75.0);
    let recipe = Preprocess::semst_paper(3000).with_n_components(20);
    let scores = recipe.run(&slide.counts)?.0.matrix.to_dense();
    let (exact, found) = (
        CosineKnn::new(14).build(&scores)?,
        CellKnn::new(14).build(scores.view())?,
    );
    assert_recall(&exact, &found);
    Ok(())
}

/// The same on a real slide, which is small, so a tenth of its cells are probed.
#[test]
fn nearly_all_neighbours_are_found_on_151673() -> Result<(), semst::Error> {
    let Some(slide) = real() else { return Ok(()) };
    let recipe = Preprocess::semst_paper(3000).with_n_components(20);
    let scores = recipe.run(&slide.counts)?.0.matrix.to_dense();
    let exact = CosineKnn::new(14).build(&scores)?;
    let found = CellKnn::new(14)
        .with_cells(120)
        .with_probes(24)
        .build(scores.view())?;
    assert_recall(&exact, &found);
    Ok(())
}

fn assert_recall(exact: &semst::graph::SpatialGraph, found: &semst::graph::SpatialGraph) {
    let hits: usize = (0..exact.n())
        .map(|row| {
            let near = exact.row(row).0;
            let hit = found.row(row).0.iter();
            hit.filter(|spot| near.binary_search(spot).is_ok()).count()
        })
        .sum();
    let recall = hits as f64 / exact.nnz() as f64;
    assert!(recall >= 0.95, "{recall}");
}

fn real() -> Option<SpatialDataset> {
    let folder = std::env::var_os("SEMST_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        std::path::PathBuf::from,
    );
    let path = folder.join("dlpfc_151673.h5ad");
    if !path.exists() {
        assert!(
            std::env::var_os("SEMST_REQUIRE_DATA").is_none_or(|v| v != "1"),
            "{} is not there",
            path.display()
        );
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    let read = semst::io::read(&path, &semst::io::ReadConfig::new());
    Some(read.expect("a valid file").0)
}
