//! Tests: each pooling on examples computed by hand, and properties of all.

use ndarray::{Array2, array};
use proptest::prelude::*;

use super::*;
use crate::{CountMatrix, GeneTable, TableOrigin};

/// Vectors [1 0], [0 1], [-1 -1] (already centred) for A, B, C; X has none.
fn table() -> GeneTable {
    let vectors = array![[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]];
    GeneTable::new(
        ["A", "B", "C"].map(String::from).to_vec(),
        vectors,
        TableOrigin::new("t"),
    )
    .expect("a sound table")
}

fn pool_of(pooling: &Pooling, rows: &[[f32; 4]]) -> (Array2<f32>, usize) {
    let symbols = ["A", "X", "B", "C"].map(String::from);
    let barcodes: Vec<String> = (0..rows.len()).map(|i| i.to_string()).collect();
    let dense = Array2::from_shape_fn((rows.len(), 4), |(r, c)| rows[r][c]);
    let expression = csr(&dense);
    let spots = SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    };
    let genes = GeneVectors::new(&table(), &symbols, None, None, 0).expect("three genes are known");
    pooling.pool(&spots, &genes).expect("sound settings")
}

fn csr(dense: &Array2<f32>) -> CountMatrix {
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for row in dense.outer_iter() {
        for (g, &v) in row.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            indices.push(g as u32);
            data.push(v);
        }
        indptr.push(indices.len());
    }
    CountMatrix::new(dense.dim(), indptr, indices, data)
}

#[track_caller]
fn check(pooling: Pooling, rows: &[[f32; 4]], expected: Array2<f32>) {
    let (got, _) = pool_of(&pooling, rows);
    assert!(
        (&got - &expected).iter().all(|d| d.abs() < 1e-5),
        "{got} is not {expected}"
    );
}

#[test]
fn expression_mean_leaves_out_what_has_no_vector() {
    // (3 · [1 0] + 1 · [0 1]) / 4; X has 100 counts but no influence.
    check(
        ExpressionMean::default().into_pooling(),
        &[[3.0, 100.0, 1.0, 0.0]],
        array![[0.75, 0.25]],
    );
    let log = ExpressionMean::default().with_log1p(true).into_pooling();
    let (a, b) = (4f32.ln(), 2f32.ln());
    check(
        log,
        &[[3.0, 100.0, 1.0, 0.0]],
        array![[a / (a + b), b / (a + b)]],
    );
}

#[test]
fn rank_gives_ties_their_mean_rank() {
    // Ranks 1.5, 1.5, 3: ([1 0] · 1.5 + [0 1] · 1.5 − [1 1] · 3) / 6.
    check(
        Pooling::Rank(RankMean::default()),
        &[[2.0, 9.0, 2.0, 5.0]],
        array![[-0.25, -0.25]],
    );
}

#[test]
fn tf_idf_lowers_what_is_everywhere() {
    // A in both spots: idf ln(3/3) + 1 = 1; B in one: ln(3/2) + 1.
    let b = 1.5f32.ln() + 1.0;
    let expected = array![[1.0 / (1.0 + b), b / (1.0 + b)], [1.0, 0.0]];
    check(
        Pooling::TfIdf(TfIdf::default()),
        &[[1.0, 0.0, 1.0, 0.0], [4.0, 0.0, 0.0, 0.0]],
        expected,
    );
}

#[test]
fn top_k_takes_the_highest_and_the_earlier_of_equals() {
    let rows = [[2.0, 50.0, 5.0, 2.0], [1.0, 0.0, 0.0, 0.0]];
    check(
        Pooling::TopK(TopK::new(2)),
        &rows,
        array![[0.5, 0.5], [1.0, 0.0]],
    );
    check(
        Pooling::TopK(TopK::new(2).with_weighted(true)),
        &rows,
        array![[2.0 / 7.0, 5.0 / 7.0], [1.0, 0.0]],
    );
}

#[test]
fn z_scores_of_values_as_they_are() {
    // A: 1, 3 (mean 2, sd 1): z −1, 1. B: 0, 4: z −1, 1. C constant: no influence. G = 3.
    let plain = Pooling::ZScore(ZScore::default().with_target_sum(None));
    let s = 3f32.sqrt();
    check(
        plain,
        &[[1.0, 7.0, 0.0, 2.0], [3.0, 0.0, 4.0, 2.0]],
        array![[-1.0 / s, -1.0 / s], [1.0 / s, 1.0 / s]],
    );
}

#[test]
fn z_scores_of_counts_do_not_see_depth() {
    let z = Pooling::ZScore(ZScore::default());
    let (a, _) = pool_of(&z, &[[1.0, 0.0, 3.0, 0.0], [2.0, 1.0, 1.0, 4.0]]);
    let (b, _) = pool_of(&z, &[[10.0, 0.0, 30.0, 0.0], [2.0, 1.0, 1.0, 4.0]]);
    assert!((a - b).iter().all(|d| d.abs() < 1e-5));
}

#[test]
fn spots_without_genes_get_the_mean_of_the_others_and_are_counted() {
    let (vectors, bare) = pool_of(
        &Pooling::default(),
        &[
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 5.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
        ],
    );
    assert_eq!(bare, 1);
    assert_eq!(vectors.row(1), array![0.5, 0.5]);
    assert_eq!(
        pool_of(&Pooling::default(), &[[0.0; 4]]),
        (array![[0.0, 0.0]], 1)
    );
}

#[test]
fn settings_out_of_bounds_are_refused() {
    assert!(Pooling::TopK(TopK::new(0)).check().is_err());
    assert!(
        Pooling::ZScore(ZScore::default().with_target_sum(Some(-1.0)))
            .check()
            .is_err()
    );
    let json = serde_json::to_string(&Pooling::TopK(TopK::new(3))).expect("plain data");
    assert_eq!(json, r#"{"kind":"top_k","k":3,"weighted":false}"#);
}

proptest! {
    #[test]
    fn means_lie_within_the_vectors(rows in proptest::collection::vec(proptest::array::uniform4(0f32..9.0), 1..6)) {
        for pooling in [
            Pooling::default(),
            Pooling::Rank(RankMean::default()),
            Pooling::TfIdf(TfIdf::default()),
            Pooling::TopK(TopK::new(2)),
        ] {
            let (vectors, _) = pool_of(&pooling, &rows);
            prop_assert!(vectors.iter().all(|v| (-1.0001..=1.0001).contains(v)), "{pooling:?} {vectors}");
        }
    }

    #[test]
    fn a_spot_does_not_see_its_neighbours(rows in proptest::collection::vec(proptest::array::uniform4(0.1f32..9.0), 2..6)) {
        let (all, _) = pool_of(&Pooling::default(), &rows);
        let (first, _) = pool_of(&Pooling::default(), &rows[..1]);
        prop_assert_eq!(all.row(0), first.row(0));
    }
}

impl ExpressionMean {
    fn into_pooling(self) -> Pooling {
        Pooling::ExpressionMean(self)
    }
}
