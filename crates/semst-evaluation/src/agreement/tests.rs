//! Tests of agreement scores: by hand, by property, and against scikit-learn.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::{accuracy, macro_f1};

fn table(truth: &[u32], predicted: &[u32]) -> Contingency {
    Contingency::new(
        &truth.iter().copied().map(Some).collect::<Vec<_>>(),
        predicted,
    )
    .unwrap()
}

#[test]
fn one_class_or_one_cluster_follow_scikit_learn() {
    let one = table(&[0, 0, 0], &[1, 1, 1]);
    for score in [
        adjusted_rand_index,
        normalized_mutual_information,
        adjusted_mutual_information,
        v_measure,
    ] {
        assert_eq!(score(&one), 1.0);
    }
    let merged = table(&[0, 1, 2], &[0, 0, 0]);
    assert_eq!(adjusted_rand_index(&merged), 0.0);
    assert_eq!(normalized_mutual_information(&merged), 0.0);
    assert_eq!(
        (
            homogeneity(&merged),
            completeness(&merged),
            v_measure(&merged)
        ),
        (0.0, 1.0, 0.0)
    );
    assert_eq!(purity(&merged), 1.0 / 3.0);
}

#[derive(Deserialize)]
struct Case {
    truth: Vec<i64>,
    predicted: Vec<u32>,
    ari: f64,
    nmi: f64,
    ami: f64,
    homogeneity: f64,
    completeness: f64,
    v_measure: f64,
    fmi: f64,
    purity: f64,
    accuracy: f64,
    macro_f1: f64,
}

#[test]
fn scores_equal_scikit_learn() {
    // tests/golden/make_agreement.py
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/golden/agreement.json")).unwrap();
    assert!(cases.len() >= 8);
    for case in cases {
        let truth: Vec<Option<u32>> = case.truth.iter().map(|&t| u32::try_from(t).ok()).collect();
        let t = Contingency::new(&truth, &case.predicted).unwrap();
        let got = [
            (adjusted_rand_index(&t), case.ari),
            (normalized_mutual_information(&t), case.nmi),
            (adjusted_mutual_information(&t), case.ami),
            (homogeneity(&t), case.homogeneity),
            (completeness(&t), case.completeness),
            (v_measure(&t), case.v_measure),
            (fowlkes_mallows(&t), case.fmi),
            (purity(&t), case.purity),
            (accuracy(&t), case.accuracy),
            (macro_f1(&t), case.macro_f1),
        ];
        for (i, (got, expected)) in got.into_iter().enumerate() {
            assert!(
                (got - expected).abs() < 1e-10,
                "score {i}: {got} is not {expected}"
            );
        }
    }
}

proptest! {
    #[test]
    fn names_do_not_matter(labels in prop::collection::vec((0u32..5, 0u32..4), 2..60)) {
        let (a, b): (Vec<u32>, Vec<u32>) = labels.into_iter().unzip();
        let renamed: Vec<u32> = b.iter().map(|&l| [9, 2, 7, 0][l as usize]).collect();
        let (plain, other) = (table(&a, &b), table(&a, &renamed));
        // AMI divides by nearly zero if almost every spot is its own class.
        if mean_entropy(&plain) - expected_mutual_information(&plain) > 1e-6 {
            let (one, two) = (adjusted_mutual_information(&plain), adjusted_mutual_information(&other));
            prop_assert!((one - two).abs() < 1e-6);
        }
        let scores = [adjusted_rand_index, normalized_mutual_information,
            homogeneity, completeness, v_measure, fowlkes_mallows, purity, accuracy, macro_f1];
        for score in scores {
            prop_assert!((score(&plain) - score(&other)).abs() < 1e-9);
        }
    }

    #[test]
    fn symmetric_and_bounded(labels in prop::collection::vec((0u32..5, 0u32..4), 2..60)) {
        let (a, b): (Vec<u32>, Vec<u32>) = labels.into_iter().unzip();
        let (there, back, same) = (table(&a, &b), table(&b, &a), table(&a, &a));
        for score in [adjusted_rand_index, normalized_mutual_information, v_measure, fowlkes_mallows] {
            let s = score(&there);
            prop_assert!((s - score(&back)).abs() < 1e-12);
            prop_assert!((-0.5..=1.0 + 1e-12).contains(&s));
        }
        prop_assert!((adjusted_rand_index(&same) - 1.0).abs() < 1e-12);
        prop_assert!((normalized_mutual_information(&same) - 1.0).abs() < 1e-12);
        for share in [purity, accuracy, macro_f1, homogeneity, completeness] {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&share(&there)));
        }
    }
}
