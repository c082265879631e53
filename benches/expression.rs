//! The expression graph: exact cosine neighbours over sparse features and over principal components.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, counts, embedding};
use semst_spatial_graph::CosineKnn;
use std::hint::black_box;

const GENES: usize = 2_000;

fn expression(c: &mut Criterion) {
    let mut group = c.benchmark_group("expression");
    group.sample_size(10);
    let knn = CosineKnn::new(14);
    for n in SPOTS {
        let tissue = counts(n, GENES);
        group.bench_function(
            BenchmarkId::new("cosine of sparse genes", format!("n={n} genes={GENES}")),
            |b| b.iter(|| black_box(knn.build(&tissue.counts))),
        );
        let z = embedding(n, 50);
        group.bench_function(
            BenchmarkId::new("cosine of components", format!("n={n} d=50")),
            |b| b.iter(|| black_box(knn.build(&z))),
        );
    }
    group.finish();
}

criterion_group!(benches, expression);
criterion_main!(benches);
