//! Compares the development slides with scanpy and scikit-learn (`golden/make.py`). Skipped with a message if the data is
//! missing.

use std::path::PathBuf;
use std::time::Instant;

use semst_preprocess::{CountMatrix, Pca, Preprocess, SeuratV3, select_genes};
use serde_json::Value;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn read(name: &str) -> Option<CountMatrix> {
    let folder = std::env::var_os("SEMST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(format!("{name}.h5ad"));
    if !path.exists() {
        let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
        assert!(
            !required,
            "{} is not there, and SEMST_REQUIRE_DATA=1",
            path.display()
        );
        eprintln!("skipped: no {} (set SEMST_DATA)", path.display());
        return None;
    }
    let file = hdf5_pure::File::open(&path).expect("opens");
    let integers = |key: &str| {
        file.dataset(key)
            .and_then(|set| set.read_i32())
            .expect("integers")
    };
    let indptr: Vec<usize> = integers("X/indptr")
        .into_iter()
        .map(|i| i as usize)
        .collect();
    let indices: Vec<u32> = integers("X/indices")
        .into_iter()
        .map(|i| i as u32)
        .collect();
    let data = file
        .dataset("X/data")
        .and_then(|set| set.read_f32())
        .expect("values");
    let n_genes = file
        .dataset("var/_index")
        .and_then(|set| set.read_string())
        .expect("names")
        .len();
    Some(CountMatrix::new(
        (indptr.len() - 1, n_genes),
        indptr,
        indices,
        data,
    ))
}

fn golden() -> Result<serde_json::Map<String, Value>, serde_json::Error> {
    serde_json::from_str(include_str!("golden/slides.json"))
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("a list")
}

#[test]
fn highly_variable_genes_agree_with_scanpy() -> Outcome {
    for (name, golden) in golden()? {
        let Some(counts) = read(&name) else { continue };
        let start = Instant::now();
        let ranked = SeuratV3::new().rank(&counts)?;
        let elapsed = start.elapsed();
        let n_top = list::<usize>(&golden["n_top"]);
        let worst = ranked
            .normalized_variances
            .iter()
            .zip(list::<Vec<f64>>(&golden["norm"]))
            .map(|(ours, theirs)| (ours - theirs).abs() / theirs.max(1e-12));
        let worst = worst.fold(0.0, f64::max);
        eprintln!("{name}: seurat_v3 in {elapsed:?}, scores within {worst:.1e} of scanpy's");
        assert!(worst < 1e-9, "{name}: {worst:e}");
        assert_eq!(
            ranked.top(n_top),
            list::<Vec<usize>>(&golden["top"]),
            "{name}"
        );
        let (features, report) = Preprocess::semst_paper(n_top).run(&counts)?;
        assert_eq!(
            features.genes,
            list::<Vec<usize>>(&golden["semst_genes"]),
            "{name}"
        );
        assert_eq!(
            report.n_top_not_reached.is_some(),
            features.genes.len() < n_top
        );
    }
    Ok(())
}

#[test]
fn principal_components_agree_with_scikit_learn() -> Outcome {
    for (name, golden) in golden()?
        .into_iter()
        .filter(|(_, golden)| golden.get("pca50").is_some())
    {
        let Some(counts) = read(&name) else { continue };
        let (features, _) = Preprocess::stagate().run(&counts)?;
        let start = Instant::now();
        let fit = Pca::new(50).fit(&features.matrix)?;
        let elapsed = start.elapsed();
        let variances: Vec<f64> = list(&golden["pca50"]["variance"]);
        let worst = fit
            .explained_variance
            .iter()
            .zip(&variances)
            .map(|(ours, theirs)| (ours - theirs).abs() / theirs)
            .fold(0.0, f64::max);
        let rows = list::<Vec<Vec<f64>>>(&golden["pca50"]["rows"]);
        let mut furthest = 0.0f64;
        for j in 0..50 {
            let sign = if f64::from(fit.scores[[0, j]]) * rows[0][j] < 0.0 {
                -1.0
            } else {
                1.0
            };
            for (i, row) in rows.iter().enumerate() {
                furthest = furthest.max(
                    (sign * f64::from(fit.scores[[i, j]]) - row[j]).abs() / variances[j].sqrt(),
                );
            }
        }
        eprintln!(
            "{name}: 50 components in {elapsed:?}, residual {:.1e}, variances within {worst:.1e}, scores within {furthest:.1e}",
            fit.residual
        );
        assert!(
            worst < 1e-5 && furthest < 1e-4,
            "{name}: {worst:e} {furthest:e}"
        );
    }
    Ok(())
}

#[test]
fn a_recipe_takes_moments() -> Outcome {
    let Some(counts) = read("dlpfc_151673") else {
        return Ok(());
    };
    for (name, recipe) in [
        ("semst", Preprocess::semst_paper(3000)),
        ("log_pca", Preprocess::log_pca()),
        ("sedr", Preprocess::sedr()),
    ] {
        let start = Instant::now();
        let (features, report) = recipe.run(&counts)?;
        eprintln!(
            "151673 {name}: {:?} in {:?}, {} spots empty",
            features.matrix.shape(),
            start.elapsed(),
            report.empty_spots.len()
        );
    }
    let start = Instant::now();
    let part = select_genes(&counts, &(0..3000).collect::<Vec<_>>());
    eprintln!(
        "3,000 of {} columns in {:?}",
        counts.cols(),
        start.elapsed()
    );
    assert_eq!(part.shape(), (3639, 3000));
    Ok(())
}
