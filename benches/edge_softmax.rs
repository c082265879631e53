//! Graph attention: dot products along edges, softmax over the edges of each spot, weighted sum; forward and backward.

use burn::tensor::Device;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, random_tensor, spatial_matrix};
use std::hint::black_box;

const WIDTH: usize = 128;

fn edge_softmax(c: &mut Criterion) {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let mut group = c.benchmark_group("edge_softmax");
    for n in SPOTS {
        let id = format!("n={n} k=6 d={WIDTH}");
        let a = spatial_matrix(n, 6, &plain);
        let x = random_tensor(n, WIDTH, 0, &plain);
        group.bench_function(BenchmarkId::new("sddmm", &id), |b| {
            b.iter(|| black_box(a.sddmm(x.clone(), x.clone())));
        });
        let scores = a.sddmm(x.clone(), x);
        group.bench_function(BenchmarkId::new("softmax", &id), |b| {
            b.iter(|| black_box(a.edge_softmax(scores.clone())));
        });
        let a = spatial_matrix(n, 6, &tracked);
        let x = random_tensor(n, WIDTH, 0, &tracked).require_grad();
        group.bench_function(BenchmarkId::new("attention and back", &id), |b| {
            b.iter(|| {
                let weights = a.edge_softmax(a.sddmm(x.clone(), x.clone()));
                let h = a.clone().with_values(weights).spmm(x.clone());
                black_box(h.sum().backward())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, edge_softmax);
criterion_main!(benches);
