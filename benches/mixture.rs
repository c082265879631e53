//! The Gaussian mixture head (EEE) with its whole search.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::embedding;
use semst_clustering_heads::{ClusterHead, GaussianMixtureConfig};
use std::hint::black_box;

fn mixture(c: &mut Criterion) {
    let mut group = c.benchmark_group("mixture");
    group.sample_size(10);
    // The larger one is the size of a Visium slide.
    for n in [1_000, 4_000] {
        let z = embedding(n, 20);
        let head = GaussianMixtureConfig::new()
            .init(7)
            .expect("sound settings");
        group.bench_function(BenchmarkId::new("EEE", format!("n={n} d=20 k=7")), |b| {
            b.iter(|| black_box(head.assign(z.view(), 0)));
        });
    }
    group.finish();
}

criterion_group!(benches, mixture);
criterion_main!(benches);
