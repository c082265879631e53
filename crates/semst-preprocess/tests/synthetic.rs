//! Compares recipes with scanpy and scikit-learn on a small synthetic tissue (`golden/make.py`).

use ndarray::Array2;
use semst_preprocess::{
    Columns, CountMatrix, FeatureMatrix, Pca, Preprocess, PreprocessError, SeuratV3,
};
use serde_json::Value;

type Outcome = Result<(), PreprocessError>;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/synthetic.json")).expect("valid JSON")
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("a list")
}

fn counts(golden: &Value) -> CountMatrix {
    CountMatrix::new(
        (150, 220),
        list(&golden["indptr"]),
        list(&golden["indices"]),
        list(&golden["data"]),
    )
}

/// Compares three rows and all column sums, to 1e-5 relative (the features are f32).
#[track_caller]
fn check(recipe: &Preprocess, golden: &Value, key: &str) {
    let (features, report) = recipe.run(&counts(golden)).expect("runs");
    assert!(matches!(features.matrix, FeatureMatrix::Sparse(_)));
    assert_eq!(
        features.genes,
        list::<Vec<usize>>(&golden[key]["genes"]),
        "{key}"
    );
    assert_eq!(report.genes_kept, 60);
    let x = features.matrix.to_dense();
    for (row, expected) in [0, 7, 149]
        .into_iter()
        .zip(list::<Vec<Vec<f32>>>(&golden[key]["rows"]))
    {
        for (ours, theirs) in x.row(row).iter().zip(expected) {
            assert!(
                (ours - theirs).abs() <= 1e-5 * theirs.abs().max(1e-3),
                "{key}: {ours} against {theirs}"
            );
        }
    }
    for (column, theirs) in x
        .columns()
        .into_iter()
        .zip(list::<Vec<f64>>(&golden[key]["sums"]))
    {
        let ours: f64 = column.iter().map(|&v| f64::from(v)).sum();
        assert!(
            (ours - theirs).abs() <= 1e-5 * theirs,
            "{key}: {ours} against {theirs}"
        );
    }
}

#[test]
fn highly_variable_genes_agree_with_scanpy() -> Outcome {
    let golden = golden();
    let ranked = SeuratV3::new().rank(&counts(&golden))?;
    assert_eq!(ranked.top(60), list::<Vec<usize>>(&golden["top60"]));
    for (ours, theirs) in ranked
        .normalized_variances
        .iter()
        .zip(list::<Vec<f64>>(&golden["norm"]))
    {
        assert!(
            (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-3),
            "{ours} against {theirs}"
        );
    }
    Ok(())
}

#[test]
fn recipes_agree_with_scanpy() {
    let golden = golden();
    check(&Preprocess::semst_paper(60), &golden, "semst");
    check(
        &Preprocess::stagate().with_n_top_genes(60),
        &golden,
        "stagate",
    );
    check(
        &Preprocess::graphst().with_n_top_genes(60),
        &golden,
        "graphst",
    );
}

/// Compares up to the sign of each component, to 1e-4 of the component's largest score.
#[track_caller]
fn check_scores(scores: &Array2<f32>, rows: &[usize], expected: &[Vec<f64>], variances: &[f64]) {
    for j in 0..scores.ncols() {
        let sign = if f64::from(scores[[rows[0], j]]) * expected[0][j] < 0.0 {
            -1.0
        } else {
            1.0
        };
        for (&row, expected) in rows.iter().zip(expected) {
            let (ours, theirs) = (sign * f64::from(scores[[row, j]]), expected[j]);
            assert!(
                (ours - theirs).abs() <= 1e-4 * variances[j].sqrt(),
                "component {j}: {ours} against {theirs}"
            );
        }
    }
}

#[test]
fn principal_components_agree_with_scikit_learn() -> Outcome {
    let golden = golden();
    let (features, _) = Preprocess::stagate()
        .with_n_top_genes(60)
        .run(&counts(&golden))?;
    let fit = Pca::new(8).fit(&features.matrix)?;
    let variances: Vec<f64> = list(&golden["pca8"]["variance"]);
    for (ours, theirs) in fit.explained_variance.iter().zip(&variances) {
        assert!((ours - theirs).abs() <= 1e-6 * theirs);
    }
    for (ours, theirs) in fit
        .explained_variance_ratio
        .iter()
        .zip(list::<Vec<f64>>(&golden["pca8"]["ratio"]))
    {
        assert!((ours - theirs).abs() <= 1e-6 * theirs);
    }
    check_scores(
        &fit.scores,
        &[0, 1, 2, 3, 4],
        &list::<Vec<Vec<f64>>>(&golden["pca8"]["scores"]),
        &variances,
    );
    for (ours, theirs) in fit
        .components
        .rows()
        .into_iter()
        .zip(list::<Vec<Vec<f32>>>(&golden["pca8"]["components"]))
    {
        let sign = if ours[0] * theirs[0] < 0.0 { -1.0 } else { 1.0 };
        assert!(
            ours.iter()
                .zip(theirs)
                .all(|(a, b)| (sign * a - b).abs() < 1e-5)
        );
    }
    Ok(())
}

#[test]
fn sedr_agrees_with_scanpy_and_scikit_learn() -> Outcome {
    let golden = golden();
    let recipe = Preprocess::sedr()
        .with_n_top_genes(60)
        .with_n_components(20);
    let (features, report) = recipe.run(&counts(&golden))?;
    assert_eq!(features.genes, list::<Vec<usize>>(&golden["sedr"]["genes"]));
    let Columns::Components {
        explained_variance_ratio,
    } = features.columns
    else {
        panic!("components")
    };
    let variances: Vec<f64> = list(&golden["sedr"]["variance"]);
    for (ours, theirs) in explained_variance_ratio
        .iter()
        .zip(list::<Vec<f64>>(&golden["sedr"]["ratio"]))
    {
        assert!((ours - theirs).abs() <= 1e-5 * theirs);
    }
    check_scores(
        &features.matrix.to_dense(),
        &[0, 7, 149],
        &list::<Vec<Vec<f64>>>(&golden["sedr"]["rows"]),
        &variances,
    );
    assert_eq!(report.n_components_not_reached, None);
    let (features, report) = recipe.with_n_components(200).run(&counts(&golden))?;
    assert_eq!(
        (features.matrix.shape(), report.n_components_not_reached),
        ((150, 60), Some(200))
    );
    Ok(())
}

#[test]
fn the_report_counts_what_is_missing() -> Outcome {
    // Spot 2 is empty; gene 2 has no counts; the highly variable gene 0 is absent from spot 1.
    let counts = CountMatrix::new((3, 3), vec![0, 2, 3, 3], vec![0, 1, 1], vec![4.0, 1.0, 1.0]);
    let (features, report) = Preprocess::semst_paper(3000)
        .with_min_cells(1)
        .run(&counts)?;
    assert_eq!(
        (
            report.genes_in,
            report.genes_dropped,
            report.genes_all_zero,
            report.genes_kept
        ),
        (3, 1, 1, 2)
    );
    assert_eq!(
        (report.n_top_not_reached, report.empty_spots),
        (Some(3000), vec![2])
    );
    assert!(features.matrix.to_dense().iter().all(|v| v.is_finite()));
    let (features, report) = Preprocess::stagate()
        .with_n_top_genes(1)
        .with_min_cells(1)
        .run(&counts)?;
    assert_eq!((features.genes, report.empty_spots), (vec![0], vec![1, 2]));
    Ok(())
}

#[test]
fn bad_counts_are_named() {
    let run = |recipe: Preprocess, values: [f32; 2]| {
        recipe
            .run(&CountMatrix::new(
                (2, 2),
                vec![0, 1, 2],
                vec![0, 1],
                values.to_vec(),
            ))
            .map(|(features, _)| features.genes)
    };
    assert_eq!(
        run(Preprocess::new(), [1.0, -2.0]),
        Err(PreprocessError::Value {
            spot: 1,
            gene: 1,
            value: -2.0
        })
    );
    assert!(matches!(
        run(Preprocess::new(), [f32::NAN, 1.0]),
        Err(PreprocessError::Value {
            spot: 0,
            gene: 0,
            ..
        })
    ));
    assert_eq!(
        run(Preprocess::stagate(), [1.0, 0.5]),
        Err(PreprocessError::NotCounts {
            spot: 1,
            gene: 1,
            value: 0.5
        })
    );
    assert_eq!(
        run(Preprocess::stagate().with_lognorm(true), [1.0, 0.5]),
        Ok(vec![0, 1])
    );
    assert_eq!(
        run(Preprocess::stagate(), [0.0, 0.0]),
        Err(PreprocessError::AllZero { spots: 2 })
    );
    let left = PreprocessError::NoGenesLeft {
        genes: 2,
        min_cells: 100,
        min_counts: 0.0,
        widest: 1,
    };
    assert_eq!(run(Preprocess::semst_paper(9), [1.0, 1.0]), Err(left));
    assert!(matches!(
        run(Preprocess::stagate().with_n_top_genes(0), [1.0, 1.0]),
        Err(PreprocessError::Parameter {
            field: "n_top_genes",
            ..
        })
    ));
    let empty = CountMatrix::zero((0, 4));
    assert_eq!(
        Preprocess::new().run(&empty).map(|_| ()),
        Err(PreprocessError::Empty { spots: 0, genes: 4 })
    );
}

#[test]
fn recipes_are_plain_data() -> Result<(), serde_json::Error> {
    for recipe in [
        Preprocess::semst_paper(128),
        Preprocess::graphst(),
        Preprocess::stagate(),
        Preprocess::sedr(),
        Preprocess::log_pca(),
    ] {
        let text = serde_json::to_string(&recipe)?;
        assert_eq!(serde_json::from_str::<Preprocess>(&text)?, recipe);
    }
    assert_eq!(serde_json::from_str::<Preprocess>("{}")?, Preprocess::new());
    Ok(())
}
