//! Message passing: a sparse matrix times hidden features, forward and backward.

use burn::tensor::Device;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use semst_benches::{random_tensor, spatial_matrix};
use std::hint::black_box;

fn spmm(c: &mut Criterion) {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let mut group = c.benchmark_group("spmm");
    for (n, k, d) in [
        (1_000, 6, 128),
        (10_000, 6, 128),
        (10_000, 15, 128),
        (10_000, 6, 512),
        (100_000, 6, 128),
    ] {
        let a = spatial_matrix(n, k, &plain);
        let x = random_tensor(n, d, 0, &plain);
        group.throughput(Throughput::Elements((a.nnz() * d) as u64));
        let id = format!("n={n} k={k} d={d}");
        group.bench_function(BenchmarkId::new("forward", &id), |b| {
            b.iter(|| black_box(a.spmm(x.clone())));
        });
        let a = spatial_matrix(n, k, &tracked);
        let x = random_tensor(n, d, 0, &tracked).require_grad();
        group.bench_function(BenchmarkId::new("forward and backward", &id), |b| {
            b.iter(|| black_box(a.spmm(x.clone()).sum().backward()));
        });
    }
    group.finish();
}

criterion_group!(benches, spmm);
criterion_main!(benches);
