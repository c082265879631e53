//! The k-means head with ten restarts.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, embedding};
use semst_clustering_heads::{ClusterHead, KMeansConfig};
use std::hint::black_box;

fn kmeans(c: &mut Criterion) {
    let mut group = c.benchmark_group("kmeans");
    group.sample_size(10);
    for n in SPOTS.into_iter().chain([100_000]) {
        let z = embedding(n, 20);
        let head = KMeansConfig::new().init(7).expect("sound settings");
        group.bench_function(
            BenchmarkId::new("10 restarts", format!("n={n} d=20 k=7")),
            |b| b.iter(|| black_box(head.assign(z.view(), 0))),
        );
    }
    group.finish();
}

criterion_group!(benches, kmeans);
criterion_main!(benches);
