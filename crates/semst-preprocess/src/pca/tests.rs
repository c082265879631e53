//! Tests: known spectra, brute force, properties, bad input.

use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use sprs::{CsMatI, TriMatI};

use crate::{Pca, PreprocessError};

fn noise(n: usize, f: usize, seed: u64) -> Array2<f32> {
    let mut rng = Pcg64::seed_from_u64(seed);
    // Columns of falling variance, some of them correlated, a third of the values zero.
    let mut x = Array2::from_shape_fn((n, f), |(_, j)| {
        rng.random_range(-1.0f32..2.0).max(0.0) * (3.0 / (1.0 + j as f32 / 7.0))
    });
    for i in 0..n {
        for j in 1..f {
            x[[i, j]] += if j % 5 == 0 { 0.5 * x[[i, j / 5]] } else { 0.0 };
        }
    }
    x
}

fn sparse(x: &Array2<f32>) -> CsMatI<f32, u32, usize> {
    let mut triplets = TriMatI::<f32, u32>::new(x.dim());
    x.indexed_iter()
        .filter(|&(_, &v)| v != 0.0)
        .for_each(|((i, j), &v)| triplets.add_triplet(i, j, v));
    triplets.to_csr()
}

/// Checks that scores rebuild the centred data as well as any rank-k matrix can, components are orthonormal and scores
/// uncorrelated.
#[track_caller]
fn check(x: &Array2<f32>, k: usize) {
    let fit = Pca::new(k).fit(x).expect("fits");
    let unit = fit.components.dot(&fit.components.t());
    assert!(
        unit.indexed_iter()
            .all(|((i, j), v)| (v - f32::from(i == j)).abs() < 1e-5),
        "components"
    );
    let cross = fit.scores.t().dot(&fit.scores);
    for ((i, j), &v) in cross.indexed_iter() {
        let expected = if i == j {
            fit.explained_variance[i] * (x.nrows() - 1) as f64
        } else {
            0.0
        };
        assert!(
            (f64::from(v) - expected).abs()
                < 1e-3 * fit.explained_variance[0] * x.nrows() as f64 * 1e-1,
            "scores {i} {j}"
        );
    }
    let mean = x.mean_axis(ndarray::Axis(0)).expect("rows");
    let rest = (x - &mean) - fit.scores.dot(&fit.components);
    let left: f64 =
        rest.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / (x.nrows() - 1) as f64;
    let total = fit.explained_variance[0] / fit.explained_variance_ratio[0];
    let explained: f64 = fit.explained_variance.iter().sum();
    assert!(
        (left - (total - explained)).abs() < 1e-4 * total,
        "{left} against {}",
        total - explained
    );
}

#[test]
fn a_line_has_one_component() -> Result<(), PreprocessError> {
    let fit = Pca::new(2).fit(&array![[0.0f32, 0.0], [3.0, 4.0], [6.0, 8.0]])?;
    assert!(
        (fit.explained_variance[0] - 25.0).abs() < 1e-12 && fit.explained_variance[1].abs() < 1e-12
    );
    assert!((fit.components[[0, 0]].abs() - 0.6).abs() < 1e-6);
    // The scores are -5, 0, 5 or the reverse: the first of the two largest is positive.
    assert!((fit.scores[[0, 0]] - 5.0).abs() < 1e-6);
    Ok(())
}

#[test]
fn krylov_and_exact_agree_with_the_definition() {
    check(&noise(60, 40, 1), 10);
    check(&noise(40, 90, 2), 10);
    check(&noise(700, 300, 3), 12);
    check(&noise(300, 700, 4), 12);
}

#[test]
fn dense_and_sparse_agree() -> Result<(), PreprocessError> {
    let x = noise(600, 400, 5);
    let (dense, sparse) = (Pca::new(20).fit(&x)?, Pca::new(20).fit(&sparse(&x))?);
    let far = dense
        .scores
        .iter()
        .zip(&sparse.scores)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(
        far < 1e-4 && dense.residual < 1e-10,
        "{far} {}",
        dense.residual
    );
    Ok(())
}

#[test]
fn low_rank_and_constant_data_end() -> Result<(), PreprocessError> {
    let rank_two = Array2::from_shape_fn((500, 400), |(i, j)| {
        (i % 7) as f32 * (j % 3) as f32 + (i % 2) as f32 * (j % 5) as f32
    });
    let fit = Pca::new(6).fit(&rank_two)?;
    assert!(fit.explained_variance[2] < 1e-9 * fit.explained_variance[0]);
    let flat = Pca::new(3).fit(&Array2::from_elem((400, 300), 2.5f32))?;
    assert!(
        flat.scores.iter().all(|&v| v.abs() < 1e-6) && flat.explained_variance_ratio == [0.0; 3]
    );
    Ok(())
}

#[test]
fn threads_do_not_change_a_bit() {
    let x = noise(500, 350, 6);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| (Pca::new(10).fit(&x), Pca::new(10).fit(&sparse(&x))))
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0f32, 1.0], [2.0, f32::NAN]];
    assert!(matches!(
        Pca::new(1).fit(&x),
        Err(PreprocessError::Value {
            spot: 1,
            gene: 1,
            ..
        })
    ));
    assert!(matches!(
        Pca::new(0).fit(&x),
        Err(PreprocessError::Parameter { .. })
    ));
    assert_eq!(
        Pca::new(3).fit(&x),
        Err(PreprocessError::TooManyComponents {
            n_components: 3,
            spots: 2,
            features: 2
        })
    );
    assert_eq!(
        Pca::new(1).fit(&sparse(&x).to_csc()),
        Err(PreprocessError::NotCsr)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn order_of_spots_does_not_matter(seed in 0u64..1000, n in 20usize..60) {
        let x = noise(n, 12, seed);
        let order: Vec<usize> = (0..n).rev().collect();
        let (a, b) = (Pca::new(3).fit(&x).expect("fits"), Pca::new(3).fit(&x.select(ndarray::Axis(0), &order)).expect("fits"));
        for (here, there) in a.explained_variance.iter().zip(&b.explained_variance) {
            prop_assert!((here - there).abs() < 1e-9 * here);
        }
    }
}
