//! One epoch of SemST with FSM: forward, backward, Adam.

use burn::tensor::Device;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use semst_benches::{SPOTS, coords, counts, random_tensor};
use semst_fsm_modulation::{ModulatorConfig, ShippedModulator};
use semst_gnn_encoders::{Encoder, Features, SemstConfig, SlideData};
use semst_preprocess::{FeatureMatrix, Preprocess};
use semst_spatial_graph::{CosineKnn, GraphBuilder, Postprocess, SymmetricKnnGraph, Symmetrize};
use semst_training::{Modulated, NoObserver, TrainConfig, train};
use std::hint::black_box;

const GENES: usize = 2_000;
/// Width of the shipped table.
const SEMANTICS: usize = 256;

fn epoch(c: &mut Criterion) {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let mut group = c.benchmark_group("semst");
    group.sample_size(10);
    for n in SPOTS {
        let tissue = counts(n, GENES);
        let (features, _) = Preprocess::semst_paper(GENES)
            .with_min_cells(1)
            .run(&tissue.counts)
            .expect("simulated counts are sound");
        let FeatureMatrix::Sparse(x) = features.matrix else {
            panic!("scaling without centring stays sparse")
        };
        let expression = CosineKnn::new(14).build(&x).expect("more spots than 14");
        let features = Features::sparse(x.view(), &plain).expect("a valid matrix");
        let spatial = SymmetricKnnGraph::new(6)
            .build(coords(n).view())
            .expect("more spots than 6");
        let expression = Symmetrize.apply(expression).expect("a valid graph");
        let slide = SlideData::new(features, spatial).with_expression(expression);
        let host = SemstConfig::new()
            .init(x.cols(), 0, &tracked)
            .expect("sound settings");
        let fsm = ShippedModulator::Fsm { ratio: 1.2 }
            .init(host.d_latent(), SEMANTICS, 0, &tracked)
            .expect("sound settings");
        let batch = host.prepare(&slide, &plain).expect("parts fit together");
        let meaning = random_tensor(n, SEMANTICS, 0, &plain);
        let model = Modulated::new(host, fsm);
        let config = TrainConfig::new(1);
        group.bench_function(
            BenchmarkId::new("epoch", format!("n={n} genes={}", x.cols())),
            |b| {
                b.iter_batched(
                    || model.clone(),
                    |model| black_box(train(model, &batch, &meaning, &config, &mut NoObserver)),
                    BatchSize::PerIteration,
                );
            },
        );
    }
    group.finish();
}

criterion_group!(benches, epoch);
criterion_main!(benches);
