//! The neighbourhood regulariser with its gradient: all pairs of spots, and a sample of them.

use burn::tensor::Device;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, random_tensor, spatial_matrix};
use semst_sparse::{SAMPLED_PAIRS, neighbour_loss, sampled_neighbour_loss};
use std::hint::black_box;

const WIDTH: usize = 128;

fn regulariser(c: &mut Criterion) {
    let device = Device::flex().autodiff();
    let mut group = c.benchmark_group("neighbour_loss");
    group.sample_size(10);
    for n in SPOTS {
        let adjacency = spatial_matrix(n, 6, &device);
        let z = random_tensor(n, WIDTH, 0, &device).require_grad();
        group.bench_function(
            BenchmarkId::new("all pairs", format!("n={n} d={WIDTH}")),
            |b| b.iter(|| black_box(neighbour_loss(z.clone(), &adjacency, 0).backward())),
        );
    }
    for n in [10_000, 100_000] {
        let adjacency = spatial_matrix(n, 6, &device);
        let z = random_tensor(n, WIDTH, 0, &device).require_grad();
        group.bench_function(
            BenchmarkId::new(
                format!("{SAMPLED_PAIRS} pairs a spot"),
                format!("n={n} d={WIDTH}"),
            ),
            |b| {
                b.iter(|| {
                    let loss = sampled_neighbour_loss(z.clone(), &adjacency, SAMPLED_PAIRS, 0);
                    black_box(loss.backward())
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, regulariser);
criterion_main!(benches);
