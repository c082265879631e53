//! Tests: golden values (scikit-learn), brute force, bad input.

use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::Value;
use sprs::{CsMatI, TriMatI};

use crate::{CorrelationKnn, CosineKnn, GraphError, Postprocess, SpatialGraph, Symmetrize};

fn sparse(x: &Array2<f32>) -> CsMatI<f32, u32, usize> {
    let mut triplets = TriMatI::<f32, u32>::new(x.dim());
    x.indexed_iter()
        .filter(|&(_, &v)| v != 0.0)
        .for_each(|((i, j), &v)| triplets.add_triplet(i, j, v));
    triplets.to_csr()
}

#[track_caller]
fn check(graph: &SpatialGraph, golden: &Value) {
    let indptr: Vec<usize> = serde_json::from_value(golden["indptr"].clone()).expect("indptr");
    let indices: Vec<u32> = serde_json::from_value(golden["indices"].clone()).expect("indices");
    assert_eq!(
        (graph.indptr(), graph.indices()),
        (&indptr[..], &indices[..])
    );
}

#[test]
fn agrees_with_scikit_learn() -> Result<(), GraphError> {
    let golden: Value = serde_json::from_str(include_str!("../../tests/golden/expression.json"))
        .expect("valid JSON");
    let rows: Vec<Vec<f32>> = serde_json::from_value(golden["x"].clone()).expect("rows");
    let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
    let cosine = CosineKnn::new(6).build(&x)?;
    check(&cosine, &golden["cosine6"]);
    check(&CosineKnn::new(6).build(&sparse(&x))?, &golden["cosine6"]);
    check(&Symmetrize.apply(cosine)?, &golden["cosine6_union"]);
    check(&CorrelationKnn::new(6).build(&x)?, &golden["correlation6"]);
    check(
        &CorrelationKnn::new(6).build(&sparse(&x))?,
        &golden["correlation6"],
    );
    Ok(())
}

#[test]
fn empty_spots_have_no_direction() -> Result<(), GraphError> {
    let x = array![[1.0f32, 0.0], [0.0, 0.0], [2.0, 0.0], [0.0, 1.0]];
    let graph = CosineKnn::new(2).build(&x)?;
    assert_eq!(
        (graph.row(0).0, graph.row(1).0, graph.row(3).0),
        (&[2, 3][..], &[][..], &[0, 2][..])
    );
    assert_eq!(graph.distances(), Some(&[0.0, 1.0, 0.0, 1.0, 1.0, 1.0][..]));
    let flat = array![[1.0f32, 1.0], [0.0, 1.0], [0.0, 3.0]];
    assert_eq!(CorrelationKnn::new(1).build(&flat)?.degrees(), [0, 1, 1]);
    Ok(())
}

#[test]
fn equal_spots_go_by_index() -> Result<(), GraphError> {
    let x = Array2::from_shape_fn((300, 3), |(i, j)| (1 + j) as f32 * (1 + i % 5) as f32);
    let graph = CosineKnn::new(3).build(&x)?;
    assert_eq!(
        (graph.row(0).0, graph.row(299).0),
        (&[1, 2, 3][..], &[0, 1, 2][..])
    );
    Ok(())
}

#[test]
fn bad_input_is_named() {
    let x = array![[1.0f32, 0.0], [f32::NAN, 0.0]];
    assert!(matches!(
        CosineKnn::new(1).build(&x),
        Err(GraphError::Feature {
            row: 1,
            column: 0,
            ..
        })
    ));
    let x = array![[1.0f32, 0.0], [1.0, 0.0]];
    assert_eq!(
        CosineKnn::new(2).build(&x),
        Err(GraphError::TooFewSpots { n: 2, k: 2 })
    );
    assert!(matches!(
        CosineKnn::new(0).build(&x),
        Err(GraphError::Parameter { .. })
    ));
    assert_eq!(
        CosineKnn::new(1).build(&Array2::zeros((0, 2))),
        Err(GraphError::Empty)
    );
    let columns = sparse(&x).to_csc();
    assert!(matches!(
        CosineKnn::new(1).build(&columns),
        Err(GraphError::Structure { .. })
    ));
}

#[test]
fn threads_do_not_change_a_bit() {
    let x = Array2::from_shape_fn((1100, 40), |(i, j)| {
        (((i * 31 + j * 17) * 2_654_435_761 % 1009) as f32 - 600.0).max(0.0)
    });
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            (
                CosineKnn::new(10).build(&x),
                CorrelationKnn::new(10).build(&sparse(&x)),
            )
        })
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn a_slide_takes_seconds() -> Result<(), GraphError> {
    if std::env::var_os("RUN_SLOW_TESTS").is_none() {
        eprintln!("skipped: set RUN_SLOW_TESTS to time 3,639 spots of 3,000 genes");
        return Ok(());
    }
    let hash = |i: usize, j: usize| {
        (i as u64 * 3000 + j as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40
    };
    let x = Array2::from_shape_fn((3639, 3000), |(i, j)| {
        if hash(i, j) % 5 == 0 {
            (hash(j, i) % 90) as f32
        } else {
            0.0
        }
    });
    let (sparse, start) = (sparse(&x), std::time::Instant::now());
    let graph = CosineKnn::new(14).build(&sparse)?;
    eprintln!(
        "3,639 x 3,000, a fifth filled: 14 nearest {:?}",
        start.elapsed()
    );
    assert_eq!(graph.nnz(), 3639 * 14);
    Ok(())
}

proptest! {
    #[test]
    fn equals_brute_force(values in proptest::collection::vec(0u8..4, 30 * 5), k in 1usize..9) {
        let x = Array2::from_shape_fn((30, 5), |(i, j)| f32::from(values[5 * i + j]));
        let graph = CosineKnn::new(k).build(&x).expect("builds");
        prop_assert_eq!(&graph, &CosineKnn::new(k).build(&sparse(&x)).expect("builds"));
        let dot = |i: usize, j: usize| x.row(i).iter().zip(x.row(j)).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        for i in (0..30).filter(|&i| dot(i, i) > 0.0) {
            // Rounded to 1e-9, so that near ties become ties.
            let distance = |j: usize| ((1.0 - dot(i, j) / (dot(i, i) * dot(j, j)).sqrt()) * 1e9).round() as i64;
            let mut others: Vec<usize> = (0..30).filter(|&j| j != i && dot(j, j) > 0.0).collect();
            others.sort_by_key(|&j| (distance(j), j));
            let mut expected: Vec<u32> = others.iter().take(k).map(|&j| j as u32).collect();
            expected.sort_unstable();
            prop_assert_eq!(graph.row(i).0, &expected[..]);
        }
    }
}
