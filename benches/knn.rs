//! Neighbour graphs of coordinates.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, coords};
use semst_spatial_graph::{DelaunayGraph, GraphBuilder, KnnGraph, RadiusGraph};
use std::hint::black_box;

fn graphs(c: &mut Criterion) {
    let mut group = c.benchmark_group("knn");
    group.sample_size(10);
    for n in SPOTS.into_iter().chain([100_000]) {
        let coords = coords(n);
        let builders: [(&str, &dyn GraphBuilder); 3] = [
            ("6 nearest", &KnnGraph::new(6)),
            ("radius of one ring", &RadiusGraph::new(110.0)),
            ("delaunay", &DelaunayGraph::new()),
        ];
        for (name, builder) in builders {
            group.bench_with_input(BenchmarkId::new(name, n), &coords, |b, coords| {
                b.iter(|| black_box(builder.build(coords.view())));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, graphs);
criterion_main!(benches);
