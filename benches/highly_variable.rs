//! Highly variable genes by seurat_v3.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, counts};
use semst_preprocess::SeuratV3;
use std::hint::black_box;

const GENES: usize = 5_000;

fn highly_variable(c: &mut Criterion) {
    let mut group = c.benchmark_group("highly_variable");
    group.sample_size(10);
    for n in SPOTS {
        let tissue = counts(n, GENES);
        group.bench_function(
            BenchmarkId::new("seurat_v3", format!("n={n} genes={GENES}")),
            |b| b.iter(|| black_box(SeuratV3::new().rank(&tissue.counts))),
        );
    }
    group.finish();
}

criterion_group!(benches, highly_variable);
criterion_main!(benches);
