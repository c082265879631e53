//! Principal components of sparse log-normalised genes.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, counts};
use semst_preprocess::{Pca, Preprocess};
use std::hint::black_box;

const GENES: usize = 2_000;

fn pca(c: &mut Criterion) {
    let mut group = c.benchmark_group("pca");
    group.sample_size(10);
    for n in SPOTS {
        let tissue = counts(n, GENES);
        let (features, _) = Preprocess::stagate()
            .run(&tissue.counts)
            .expect("simulated counts are sound");
        group.bench_function(
            BenchmarkId::new("50 components", format!("n={n} genes={GENES}")),
            |b| b.iter(|| black_box(Pca::new(50).fit(&features.matrix))),
        );
    }
    group.finish();
}

criterion_group!(benches, pca);
criterion_main!(benches);
