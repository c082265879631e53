//! Vectors of spots from the shipped gene table.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, counts};
use semst_semantic_embedding::{GeneTable, PooledGenes, SemanticSource, Species, SpotExpression};
use std::hint::black_box;

const GENES: usize = 2_000;

fn pooling(c: &mut Criterion) {
    let mut group = c.benchmark_group("pooling");
    group.sample_size(10);
    group.bench_function("read the shipped table", |b| {
        b.iter(|| black_box(GeneTable::builtin(Species::Human)));
    });
    let table = GeneTable::builtin(Species::Human).expect("the shipped table is sound");
    let source = PooledGenes::new(table);
    for n in SPOTS {
        let tissue = counts(n, GENES);
        let spots = SpotExpression {
            expression: &tissue.counts,
            symbols: &tissue.symbols,
            ids: None,
            barcodes: &tissue.barcodes,
        };
        group.bench_function(
            BenchmarkId::new("expression mean", format!("n={n} genes={GENES}")),
            |b| b.iter(|| black_box(source.spot_embeddings(&spots))),
        );
    }
    group.finish();
}

criterion_group!(benches, pooling);
criterion_main!(benches);
