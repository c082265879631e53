//! Compares spatial scores with Python: formulas in numpy, silhouette of scikit-learn, Moran and Geary of squidpy.

use ndarray::Array2;
use serde::Deserialize;

use crate::{Neighbours, chaos, gearys_c, morans_i, morans_i_permuted, pas, spatial_silhouette};

#[derive(Deserialize)]
struct Case {
    name: String,
    coords: Vec<[f64; 2]>,
    labels: Vec<u32>,
    chaos: f64,
    pas: f64,
    asw: f64,
    indptr: Vec<usize>,
    indices: Vec<u32>,
    weights: Vec<f32>,
    values: Vec<f64>,
    moran: f64,
    geary: f64,
}

#[test]
fn spatial_scores_equal_python() {
    // tests/golden/make_spatial.py
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../tests/golden/spatial.json")).unwrap();
    assert!(cases.len() >= 3);
    for c in cases {
        let coords = Array2::from_shape_fn((c.coords.len(), 2), |(i, a)| c.coords[i][a]);
        let near = |what: &str, got: f64, expected: f64| {
            assert!(
                (got - expected).abs() < 1e-10,
                "{} {what}: {got} is not {expected}",
                c.name
            );
        };
        near("chaos", chaos(&c.labels, coords.view()).unwrap(), c.chaos);
        near("pas", pas(&c.labels, coords.view()).unwrap(), c.pas);
        near(
            "asw",
            spatial_silhouette(&c.labels, coords.view(), 0).unwrap(),
            c.asw,
        );
        let graph = Neighbours::new(&c.indptr, &c.indices, Some(&c.weights)).unwrap();
        // squidpy computes Moran and Geary with single-precision weights.
        assert!(
            (morans_i(&c.values, &graph).unwrap() - c.moran).abs() < 1e-6,
            "{} moran",
            c.name
        );
        assert!(
            (gearys_c(&c.values, &graph).unwrap() - c.geary).abs() < 1e-6,
            "{} geary",
            c.name
        );
        let test = morans_i_permuted(&c.values, &graph, 99, 4).unwrap();
        assert!(test.p >= 0.01 && test.p <= 0.51);
        assert_eq!(test, morans_i_permuted(&c.values, &graph, 99, 4).unwrap());
    }
}

#[test]
fn bad_input_is_an_error() {
    let coords = ndarray::array![[0.0, 0.0], [1.0, f64::NAN]];
    assert!(chaos(&[0, 0], coords.view()).is_err());
    assert!(pas(&[0, 0, 0], coords.view()).is_err());
    assert!(
        spatial_silhouette(&[0, 0], ndarray::array![[0.0, 0.0], [1.0, 1.0]].view(), 0).is_err()
    );
    assert!(chaos(&[], Array2::zeros((0, 2)).view()).is_err());
    assert!(Neighbours::new(&[0, 1], &[3], None).is_err());
    assert!(Neighbours::new(&[0, 2], &[0], None).is_err());
    let graph = Neighbours::new(&[0, 1, 2], &[1, 0], None).unwrap();
    assert!(morans_i(&[1.0, 1.0], &graph).is_err());
    assert!(morans_i(&[1.0], &graph).is_err());
}
