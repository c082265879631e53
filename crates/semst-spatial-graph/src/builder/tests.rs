//! Tests: golden values (scikit-learn, SciPy, squidpy), brute force, hand-made ties and bad input.

use ndarray::{Array2, array};
use proptest::prelude::*;
use rand_free::points;
use serde_json::Value;

use crate::{
    AddSelfLoops, Binary, DelaunayGraph, GraphBuilder, GraphError, GridGraph, HexGraph, KnnGraph,
    MutualKnnGraph, Postprocess, RadiusGraph, SpatialGraph, SymmetricKnnGraph, ThresholdGraph,
};

type Outcome = Result<(), GraphError>;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/graphs.json")).expect("valid JSON")
}

fn coords(golden: &Value, key: &str) -> Array2<f64> {
    let rows: Vec<[f64; 2]> = serde_json::from_value(golden[key].clone()).expect("pairs");
    Array2::from_shape_fn((rows.len(), 2), |(i, j)| rows[i][j])
}

/// Compares links exactly and weights to 1e-6.
#[track_caller]
fn check(graph: &SpatialGraph, golden: &Value, key: &str) {
    let indptr: Vec<usize> = serde_json::from_value(golden[key]["indptr"].clone()).expect("indptr");
    let indices: Vec<u32> =
        serde_json::from_value(golden[key]["indices"].clone()).expect("indices");
    let weights: Vec<f32> =
        serde_json::from_value(golden[key]["weights"].clone()).expect("weights");
    assert_eq!(
        (graph.indptr(), graph.indices()),
        (&indptr[..], &indices[..]),
        "{key}"
    );
    for (ours, theirs) in graph.weights().iter().zip(weights) {
        assert!(
            (ours - theirs).abs() <= 1e-6,
            "{key}: {ours} against {theirs}"
        );
    }
}

#[test]
fn agrees_with_scikit_learn() -> Outcome {
    let golden = golden();
    let xy = coords(&golden, "coords");
    check(&KnnGraph::new(5).build(xy.view())?, &golden, "knn5");
    check(
        &SymmetricKnnGraph::new(5).build(xy.view())?,
        &golden,
        "knn5_union",
    );
    check(
        &MutualKnnGraph::new(5).build(xy.view())?,
        &golden,
        "knn5_mutual",
    );
    let radius = RadiusGraph::new(25.0).build(xy.view())?;
    let indices: Vec<u32> =
        serde_json::from_value(golden["radius25"]["indices"].clone()).expect("indices");
    let lengths: Vec<f32> =
        serde_json::from_value(golden["radius25"]["weights"].clone()).expect("weights");
    assert_eq!(radius.indices(), &indices[..]);
    for (ours, theirs) in radius.distances().unwrap_or_default().iter().zip(&lengths) {
        assert!((ours - theirs).abs() <= 1e-6 * theirs);
    }
    check(&radius.sym_normalized(), &golden, "sym");
    check(
        &AddSelfLoops::default().apply(radius.sym_normalized())?,
        &golden,
        "graphst",
    );
    let with_self = RadiusGraph::new(25.0).with_self().build(xy.view())?;
    check(
        &AddSelfLoops::default().apply(with_self)?.row_normalized(),
        &golden,
        "semst",
    );
    Ok(())
}

#[test]
fn agrees_with_qhull_and_squidpy() -> Outcome {
    let golden = golden();
    let xy = coords(&golden, "coords");
    check(
        &DelaunayGraph::new().without_pruning().build(xy.view())?,
        &golden,
        "delaunay",
    );
    check(
        &DelaunayGraph::new().build(xy.view())?,
        &golden,
        "delaunay_99",
    );
    let hexagons = coords(&golden, "hexagons");
    check(&HexGraph::new(1).build(hexagons.view())?, &golden, "hex1");
    check(&HexGraph::new(3).build(hexagons.view())?, &golden, "hex3");
    let squares = coords(&golden, "squares");
    check(&GridGraph::new(1).build(squares.view())?, &golden, "grid1");
    check(&GridGraph::new(2).build(squares.view())?, &golden, "grid2");
    Ok(())
}

#[test]
fn ties_go_to_the_lower_index() -> Outcome {
    // The centre of a cross has four neighbours at distance 1; rounding must not decide which of them is nearest.
    let cross = array![[0.3, 0.3], [1.3, 0.3], [0.3, 1.3], [-0.7, 0.3], [0.3, -0.7]];
    assert_eq!(KnnGraph::new(2).build(cross.view())?.row(0).0, &[1, 2]);
    assert_eq!(KnnGraph::new(3).build(cross.view())?.row(0).0, &[1, 2, 3]);
    Ok(())
}

#[test]
fn twins_are_neighbours_at_zero() -> Outcome {
    let twins = array![[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [5.0, 0.0], [5.0, 5.0]];
    let knn = KnnGraph::new(2).build(twins.view())?;
    assert_eq!(
        (knn.row(0).0, knn.row(1).0, knn.row(2).0, knn.row(3).0),
        (&[1, 2][..], &[0, 2][..], &[0, 1][..], &[0, 1][..])
    );
    assert_eq!(knn.distances().map(|d| &d[..2]), Some(&[0.0, 0.0][..]));
    assert_eq!(
        RadiusGraph::new(1.0).build(twins.view())?.degrees(),
        [2, 2, 2, 0, 0]
    );
    let triangle = DelaunayGraph::new().without_pruning().build(twins.view())?;
    assert_eq!(
        (triangle.row(0).0, triangle.row(1).0, triangle.row(3).0),
        (&[1, 2, 3, 4][..], &[0][..], &[0, 4][..])
    );
    let one_place = Array2::zeros((700, 2));
    assert_eq!(
        KnnGraph::new(3).build(one_place.view())?.row(9).0,
        &[0, 1, 2]
    );
    assert_eq!(
        DelaunayGraph::new().build(one_place.view())?.degrees()[..2],
        [699, 1]
    );
    Ok(())
}

#[test]
fn a_line_is_a_chain() -> Outcome {
    let line = Array2::from_shape_fn(
        (6, 2),
        |(i, axis)| if axis == 0 { i as f64 } else { 2.0 * i as f64 },
    );
    assert_eq!(
        DelaunayGraph::new()
            .without_pruning()
            .build(line.view())?
            .degrees(),
        [1, 2, 2, 2, 2, 1]
    );
    assert_eq!(
        DelaunayGraph::new()
            .build(array![[1e-300, 4.0]].view())?
            .nnz(),
        0
    );
    Ok(())
}

#[test]
fn a_column_of_equal_x_is_no_trap() -> Outcome {
    let columns = Array2::from_shape_fn((2000, 2), |(i, axis)| {
        if axis == 0 {
            (i % 4) as f64
        } else {
            (i / 4) as f64
        }
    });
    assert!(
        GridGraph::new(1)
            .build(columns.view())?
            .degrees()
            .iter()
            .all(|d| (2..=4).contains(d))
    );
    Ok(())
}

#[test]
fn the_threshold_is_searched() -> Outcome {
    let field = points(200, 3);
    let search = ThresholdGraph::new().scaled(0.01);
    let graph = search.build(field.view())?;
    let degrees = graph.degrees();
    // The spot itself counts.
    assert!(degrees.iter().min() > Some(&1) && degrees.iter().max() > Some(&14));
    let longest = graph
        .distances()
        .unwrap_or_default()
        .iter()
        .copied()
        .fold(0.0, f32::max);
    let shorter = RadiusGraph::new(f64::from(longest).floor())
        .build(field.view())?
        .degrees();
    assert!(shorter.iter().min() <= Some(&1) || shorter.iter().max() <= Some(&14));
    assert!(matches!(
        ThresholdGraph::new().scaled(1e-6).build(field.view()),
        Err(GraphError::NoThreshold { .. })
    ));
    Ok(())
}

#[test]
fn a_radius_in_another_unit_is_refused() {
    let field = points(4_000, 3);
    let refused = RadiusGraph::new(1e6).build(field.view());
    assert!(
        matches!(refused, Err(GraphError::TooManyLinks { .. })),
        "{refused:?}"
    );
}

#[test]
fn bad_input_is_named() {
    let build = |builder: &dyn GraphBuilder, xy: Array2<f64>| builder.build(xy.view()).map(|_| ());
    let knn = KnnGraph::new(2);
    assert_eq!(build(&knn, Array2::zeros((0, 2))), Err(GraphError::Empty));
    assert_eq!(
        build(&knn, Array2::zeros((3, 3))),
        Err(GraphError::Dimensions { columns: 3 })
    );
    assert_eq!(
        build(&knn, array![[0.0, 0.0], [1.0, 1.0]]),
        Err(GraphError::TooFewSpots { n: 2, k: 2 })
    );
    assert!(matches!(
        build(&knn, array![[0.0, f64::NAN]]),
        Err(GraphError::Coordinate {
            row: 0,
            axis: 'y',
            ..
        })
    ));
    assert!(matches!(
        build(&DelaunayGraph::new(), array![[f64::INFINITY, 0.0]]),
        Err(GraphError::Coordinate { axis: 'x', .. })
    ));
    assert!(matches!(
        build(&KnnGraph::new(0), Array2::zeros((3, 2))),
        Err(GraphError::Parameter { field: "k", .. })
    ));
    assert!(matches!(
        build(&RadiusGraph::new(-1.0), Array2::zeros((3, 2))),
        Err(GraphError::Parameter {
            field: "radius",
            ..
        })
    ));
    assert!(matches!(
        build(&HexGraph::new(0), Array2::zeros((3, 2))),
        Err(GraphError::Parameter {
            field: "n_rings",
            ..
        })
    ));
    let far = array![[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]];
    assert_eq!(
        build(&RadiusGraph::new(1.0), far),
        Err(GraphError::AllIsolated {
            radius: 1.0,
            n: 3,
            median: 10.0,
            suggestion: 13.0
        })
    );
}

#[test]
fn threads_do_not_change_a_bit() {
    let xy = points(3000, 5);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            (
                KnnGraph::new(6).build(xy.view()),
                RadiusGraph::new(3.0).build(xy.view()),
                DelaunayGraph::new().build(xy.view()),
            )
        })
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn a_million_spots_take_seconds() -> Outcome {
    if std::env::var_os("RUN_SLOW_TESTS").is_none() {
        eprintln!("skipped: set RUN_SLOW_TESTS to time a million spots");
        return Ok(());
    }
    let xy = points(1_000_000, 11);
    let start = std::time::Instant::now();
    let graph = KnnGraph::new(6).build(xy.view())?;
    let knn = start.elapsed();
    let start = std::time::Instant::now();
    let triangulation = DelaunayGraph::new().build(xy.view())?;
    eprintln!(
        "one million random points: 6 nearest {knn:?}, Delaunay {:?}",
        start.elapsed()
    );
    assert_eq!(graph.nnz(), 6_000_000);
    assert!(triangulation.is_symmetric());
    Ok(())
}

/// Points on a coarse raster, which give many ties and duplicates.
fn raster() -> impl Strategy<Value = Array2<f64>> {
    (8usize..60).prop_flat_map(|n| {
        proptest::collection::vec(0u8..8, 2 * n)
            .prop_map(move |v| Array2::from_shape_fn((n, 2), |(i, j)| f64::from(v[2 * i + j])))
    })
}

proptest! {
    #[test]
    fn neighbours_equal_brute_force(xy in raster(), k in 1usize..8) {
        let graph = KnnGraph::new(k).build(xy.view()).expect("builds");
        for i in 0..xy.nrows() {
            let square = |j: usize| (xy[[i, 0]] - xy[[j, 0]]).powi(2) + (xy[[i, 1]] - xy[[j, 1]]).powi(2);
            let mut others: Vec<usize> = (0..xy.nrows()).filter(|&j| j != i).collect();
            others.sort_by(|&a, &b| square(a).total_cmp(&square(b)).then(a.cmp(&b)));
            let mut expected: Vec<u32> = others[..k].iter().map(|&j| j as u32).collect();
            expected.sort_unstable();
            prop_assert_eq!(graph.row(i).0, &expected[..]);
        }
    }

    #[test]
    fn radius_and_triangulation_are_symmetric(xy in raster(), radius in 1.0f64..4.0) {
        prop_assert!(DelaunayGraph::new().build(xy.view()).expect("builds").is_symmetric());
        if let Ok(graph) = RadiusGraph::new(radius).build(xy.view()) {
            prop_assert!(graph.is_symmetric());
            let square = |i: usize, j: usize| (xy[[i, 0]] - xy[[j, 0]]).powi(2) + (xy[[i, 1]] - xy[[j, 1]]).powi(2);
            let pairs = (0..xy.nrows()).flat_map(|i| (0..xy.nrows()).map(move |j| (i, j)));
            prop_assert_eq!(graph.nnz(), pairs.filter(|&(i, j)| i != j && square(i, j) <= radius * radius * (1.0 + 1e-9)).count());
        }
    }

    #[test]
    fn spots_may_come_in_any_order(seed in 0u64..500, k in 1usize..6) {
        // Scattered points have no ties, so permuting the spots permutes the graph.
        let xy = points(50, seed);
        let mut order: Vec<usize> = (0..50).collect();
        order.sort_by_key(|&i| (i as u64 * 7919 + seed) % 53);
        let other = xy.select(ndarray::Axis(0), &order);
        for builder in [&KnnGraph::new(k) as &dyn GraphBuilder, &SymmetricKnnGraph::new(k), &RadiusGraph::new(6.0), &DelaunayGraph::new()] {
            let (here, there) = (builder.build(xy.view()).expect("builds"), builder.build(other.view()).expect("builds"));
            prop_assert_eq!(here.permute(&order), Ok(there));
        }
        prop_assert_eq!(Binary.apply(KnnGraph::new(k).build(xy.view()).expect("builds")), KnnGraph::new(k).build(xy.view()));
    }
}

/// Scattered points in a square of side √n, from a counter and a hash: no two are equal.
mod rand_free {
    use ndarray::Array2;

    pub(super) fn points(n: usize, seed: u64) -> Array2<f64> {
        let side = (n as f64).sqrt() * 1.7;
        Array2::from_shape_fn((n, 2), |(i, axis)| {
            unit(2 * i as u64 + axis as u64 + (seed << 32)) * side
        })
    }

    /// SplitMix64.
    fn unit(at: u64) -> f64 {
        let mut z = at.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Searches among spots in one place do not find all of them.
#[test]
fn stacked_spots_take_no_longer() -> Outcome {
    let n = 200_000;
    let stacked = Array2::from_shape_fn((n, 2), |(i, _)| if i + 10 < n { 1.0 } else { i as f64 });
    let began = std::time::Instant::now();
    let graph = KnnGraph::new(6).build(stacked.view())?;
    // The first of the others in the place, by index.
    assert_eq!(graph.row(0).0, [1, 2, 3, 4, 5, 6]);
    assert_eq!(graph.row(9_999).0, [0, 1, 2, 3, 4, 5]);
    assert_eq!(crate::lattice(stacked.view())?, None);
    assert_eq!(crate::nearest_spots(stacked.view(), 2)?[7], [0, 1]);
    for builder in [
        &RadiusGraph::new(0.5) as &dyn GraphBuilder,
        &GridGraph::new(1),
    ] {
        let refused = builder.build(stacked.view());
        assert!(matches!(refused, Err(GraphError::TooManyLinks { .. })));
    }
    // Every search over all of them took half an hour.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    Ok(())
}

/// Squares of such coordinates vanish or overflow.
#[test]
fn coordinates_of_any_size_have_an_answer() -> Outcome {
    let lattice = |unit: f64| {
        Array2::from_shape_fn((36, 2), move |(i, axis)| {
            unit * (if axis == 0 { i % 6 } else { i / 6 }) as f64
        })
    };
    for unit in [1e-300, 1e-200, 1e200, 3.4e307] {
        for builder in [
            &KnnGraph::new(4) as &dyn GraphBuilder,
            &DelaunayGraph::new(),
            &GridGraph::new(1),
            &RadiusGraph::new(1.1),
        ] {
            let refused = builder.build(lattice(unit).view());
            assert!(matches!(refused, Err(GraphError::Scale { .. })), "{unit:e}");
        }
        assert!(crate::lattice(lattice(unit).view()).is_err());
    }
    // A few that are nearly zero among others are zero.
    let mut some = lattice(1.0);
    some[[0, 0]] = 1e-300;
    some[[1, 1]] = -1e-310;
    assert_eq!(
        GridGraph::new(1).build(some.view())?,
        GridGraph::new(1).build(lattice(1.0).view())?
    );
    assert!(DelaunayGraph::new().build(some.view()).is_ok());
    Ok(())
}
