//! The ZINB likelihood of linear heads, fused: only the value, and the value with all gradients.

use burn::tensor::{Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use semst_benches::{SPOTS, counts, random_tensor};
use semst_sparse::{CountLoss, SparseMatrix};
use std::hint::black_box;

const GENES: usize = 2_000;
const HIDDEN: usize = 256;

fn count_head(c: &mut Criterion) {
    let mut group = c.benchmark_group("count_head");
    group.sample_size(10);
    for n in SPOTS {
        let tissue = counts(n, GENES);
        let id = format!("n={n} genes={GENES} hidden={HIDDEN}");
        group.throughput(Throughput::Elements((n * GENES) as u64));
        let loss = CountLoss::zinb(0.05);
        let inputs = |device: &Device| {
            let target = SparseMatrix::new(
                tissue.counts.proper_indptr().as_ref(),
                tissue.counts.indices(),
                tissue.counts.data(),
                GENES,
                device,
            );
            (
                random_tensor(n, HIDDEN, 0, device).abs(),
                random_tensor(HIDDEN, 3 * GENES, 1, device) * 0.06,
                Tensor::<1>::zeros([3 * GENES], device),
                target.expect("counts are a valid matrix"),
            )
        };
        let (h, weight, bias, target) = inputs(&Device::flex());
        group.bench_function(BenchmarkId::new("zinb", &id), |b| {
            b.iter(|| black_box(loss.forward(h.clone(), weight.clone(), bias.clone(), &target)));
        });
        let (h, weight, bias, target) = inputs(&Device::flex().autodiff());
        let (h, weight, bias) = (
            h.detach().require_grad(),
            weight.detach().require_grad(),
            bias.detach().require_grad(),
        );
        group.bench_function(BenchmarkId::new("zinb and gradients", &id), |b| {
            b.iter(|| {
                let value = loss.forward(h.clone(), weight.clone(), bias.clone(), &target);
                black_box(value.backward())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, count_head);
criterion_main!(benches);
