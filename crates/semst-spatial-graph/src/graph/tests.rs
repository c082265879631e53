//! Tests: construction errors, algebra on small literals, properties.

use proptest::prelude::*;

use crate::{
    AddSelfLoops, Binary, Gaussian, GraphError, Link, Postprocess, Precomputed, PruneLong,
    SpatialGraph, Symmetrize,
};

type Outcome = Result<(), GraphError>;

/// 0 → 1 (2), 0 → 2 (1), 1 → 0 (4): distances 5, 6, 5; spot 3 is isolated.
fn sample() -> Result<SpatialGraph, GraphError> {
    SpatialGraph::from_edges(
        4,
        [
            Link::new(1, 0).with_weight(4.0).with_distance(5.0),
            Link::new(0, 2).with_distance(6.0),
            Link::new(0, 1).with_weight(2.0).with_distance(5.0),
        ],
    )
}

#[test]
fn parts_are_checked() {
    let of = |indptr: &[usize], indices: &[u32], weights: &[f32]| {
        SpatialGraph::from_parts(2, indptr.to_vec(), indices.to_vec(), weights.to_vec(), None)
            .map(|_| ())
    };
    assert_eq!(
        of(&[0, 1], &[0], &[1.0]),
        Err(GraphError::Length {
            what: "indptr",
            got: 2,
            expected: 3
        })
    );
    assert_eq!(
        of(&[0, 2, 1], &[0], &[1.0]),
        Err(GraphError::RowPointer { row: 2, value: 1 })
    );
    assert_eq!(
        of(&[1, 1, 1], &[0], &[1.0]),
        Err(GraphError::RowPointer { row: 0, value: 1 })
    );
    assert_eq!(
        of(&[0, 1, 2], &[0], &[1.0]),
        Err(GraphError::Length {
            what: "indices",
            got: 1,
            expected: 2
        })
    );
    assert_eq!(
        of(&[0, 1, 1], &[0], &[]),
        Err(GraphError::Length {
            what: "weights",
            got: 0,
            expected: 1
        })
    );
    assert_eq!(
        of(&[0, 1, 1], &[2], &[1.0]),
        Err(GraphError::OutOfRange {
            row: 0,
            index: 2,
            n: 2
        })
    );
    assert_eq!(
        of(&[0, 2, 2], &[1, 0], &[1.0; 2]),
        Err(GraphError::Unsorted { row: 0, index: 0 })
    );
    assert_eq!(
        of(&[0, 2, 2], &[1, 1], &[1.0; 2]),
        Err(GraphError::Unsorted { row: 0, index: 1 })
    );
    assert!(matches!(
        of(&[0, 1, 1], &[1], &[f32::NAN]),
        Err(GraphError::Value {
            what: "weight",
            row: 0,
            index: 1,
            ..
        })
    ));
    let negative = SpatialGraph::from_parts(1, vec![0, 1], vec![0], vec![1.0], Some(vec![-1.0]));
    assert_eq!(
        negative,
        Err(GraphError::Value {
            what: "distance",
            row: 0,
            index: 0,
            value: -1.0
        })
    );
    assert_eq!(
        SpatialGraph::from_edges(1, [Link::new(3, 0)]),
        Err(GraphError::OutOfRange {
            row: 3,
            index: 0,
            n: 1
        })
    );
    assert_eq!(
        Precomputed::new(1, vec![1, 1], vec![0], vec![1.0]).build(),
        Err(GraphError::RowPointer { row: 0, value: 1 })
    );
}

#[test]
fn errors_say_what_to_do() {
    let text = GraphError::AllIsolated {
        radius: 1.0,
        n: 9,
        median: 100.0,
        suggestion: 130.0,
    }
    .to_string();
    assert_eq!(
        text,
        "radius 1 leaves all 9 spots without a neighbour: the median distance to the nearest is 100, try 130"
    );
    let text = GraphError::TooFewSpots { n: 3, k: 6 }.to_string();
    assert_eq!(
        text,
        "6 neighbours of each spot need at least 7 spots, got 3: lower k"
    );
}

#[test]
fn transposes_and_symmetrizes() -> Outcome {
    let graph = sample()?;
    assert!(!graph.is_symmetric());
    let turned = graph.transpose();
    assert_eq!(
        (turned.row(0), turned.row(2)),
        ((&[1][..], &[4.0][..]), (&[0][..], &[1.0][..]))
    );
    assert_eq!(turned.transpose(), graph);
    let both = Symmetrize.apply(graph)?;
    assert!(both.is_symmetric());
    assert_eq!(both.row(0), (&[1, 2][..], &[4.0, 1.0][..]));
    assert_eq!(both.distances(), Some(&[5.0, 6.0, 5.0, 6.0][..]));
    Ok(())
}

#[test]
fn normalizes() -> Outcome {
    let graph = Symmetrize.apply(Binary.apply(sample()?)?)?;
    assert_eq!(graph.row_normalized().weights(), &[0.5, 0.5, 1.0, 1.0]);
    let half = 0.5f64.sqrt() as f32;
    assert_eq!(graph.sym_normalized().weights(), &[half; 4]);
    // As in SemST, a graph with self-links gets I added again: 2 / (2 + neighbours).
    let quirk = AddSelfLoops::default()
        .apply(graph.with_diagonal_added(1.0))?
        .row_normalized();
    assert_eq!(quirk.row(0), (&[0, 1, 2][..], &[0.5, 0.25, 0.25][..]));
    assert_eq!(quirk.row(3), (&[3][..], &[1.0][..]));
    assert_eq!(quirk.without_diagonal().nnz(), graph.nnz());
    Ok(())
}

#[test]
fn weighs_and_prunes() -> Outcome {
    let weights = Gaussian::new(5.0).apply(sample()?)?;
    assert!((weights.row(0).1[0] - (-0.5f32).exp()).abs() < 1e-7);
    // Lengths 5, 5, 6: the median is 5.
    assert_eq!(PruneLong::new(50.0).apply(sample()?)?.nnz(), 2);
    assert_eq!(PruneLong::new(100.0).apply(sample()?)?.nnz(), 3);
    let bare = SpatialGraph::from_edges(2, [Link::new(0, 1)])?;
    assert!(matches!(
        PruneLong::new(99.0).apply(bare.clone()),
        Err(GraphError::NoDistances { .. })
    ));
    assert!(matches!(
        Gaussian::new(0.0).apply(bare.clone()),
        Err(GraphError::Parameter { .. })
    ));
    assert!(matches!(
        PruneLong::new(101.0).apply(bare),
        Err(GraphError::Parameter { .. })
    ));
    Ok(())
}

#[test]
fn selects_and_joins() -> Outcome {
    let graph = sample()?;
    assert_eq!(
        graph.permute(&[0, 1]),
        Err(GraphError::Length {
            what: "order",
            got: 2,
            expected: 4
        })
    );
    assert_eq!(
        graph.subgraph(&[0, 0]),
        Err(GraphError::Repeated { index: 0 })
    );
    assert_eq!(
        graph.subgraph(&[9]),
        Err(GraphError::OutOfRange {
            row: 0,
            index: 9,
            n: 4
        })
    );
    let part = graph.subgraph(&[2, 0])?;
    assert_eq!(
        (part.row(0), part.row(1)),
        ((&[][..], &[][..]), (&[0][..], &[1.0][..]))
    );
    Ok(())
}

#[test]
fn types_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<SpatialGraph>();
    check::<GraphError>();
}

fn any_graph() -> impl Strategy<Value = SpatialGraph> {
    (1usize..12).prop_flat_map(|n| {
        proptest::collection::btree_map((0..n as u32, 0..n as u32), 0.0f32..4.0, 0..40).prop_map(
            move |links| {
                let edges = links
                    .into_iter()
                    .map(|((i, j), w)| Link::new(i, j).with_weight(w).with_distance(w + 1.0));
                SpatialGraph::from_edges(n, edges).expect("links are unique and in range")
            },
        )
    })
}

proptest! {
    #[test]
    fn steps_keep_graphs_valid(graph in any_graph()) {
        for step in [&Symmetrize as &dyn Postprocess, &AddSelfLoops::default(), &PruneLong::new(70.0), &Binary, &Gaussian::new(2.0)] {
            let out = step.apply(graph.clone()).expect("applies");
            let parts = (out.indptr().to_vec(), out.indices().to_vec(), out.weights().to_vec(), out.distances().map(<[f32]>::to_vec));
            let again = SpatialGraph::from_parts(out.n(), parts.0, parts.1, parts.2, parts.3);
            prop_assert_eq!(again.as_ref(), Ok(&out));
        }
        prop_assert!(Symmetrize.apply(graph.clone()).expect("applies").is_symmetric());
        let normal = graph.row_normalized();
        for (before, after) in graph.row_sums().into_iter().zip(normal.row_sums()) {
            prop_assert!(before == 0.0 || (after - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn permuting_back_is_the_identity(graph in any_graph(), seed in 0usize..1000) {
        let n = graph.n();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|i| (i * 7919 + seed) % 31);
        let mut back = vec![0; n];
        order.iter().enumerate().for_each(|(new, &old)| back[old] = new);
        prop_assert_eq!(graph.permute(&order).and_then(|other| other.permute(&back)), Ok(graph));
    }
}
