//! Compares the GraphST encoder with PyTorch (`golden/neural/graphst.py`): graphs, every output, gradients, three steps of Adam.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData};
use semst_gnn_encoders::{
    Encoder, Features, GraphInput, Graphst, GraphstConfig, GraphstPlatform, SlideData,
};
use semst_tests::golden::{Case, compare, values};
use serde_json::Value;

const TOLERANCE: f64 = 1e-4;

const PLATFORMS: [(&str, GraphstPlatform); 2] = [
    ("visium", GraphstPlatform::Visium),
    ("stereo_normalisation", GraphstPlatform::Stereo),
];

/// The encoder with golden parameters, and the input that `prepare` makes from the directed graph, dense or sparse.
fn setting(name: &str, platform: GraphstPlatform, sparse: bool) -> (Case, Graphst, GraphInput) {
    let case = Case::load("graphst", name);
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let host = GraphstConfig::new()
        .with_d_latent(5)
        .with_platform(platform)
        .with_weights(
            case.config("reconstruction_weight"),
            case.config("contrast_weight"),
        )
        .init(10, 0, &tracked)
        .expect("a valid configuration");
    let host = case.load_into(host);
    let dense = Features::Dense(case.input("x", &plain));
    let features = match sparse {
        true => Features::Sparse(dense.to_sparse().expect("finite")),
        false => dense,
    };
    let slide = SlideData::new(features, case.graph("readout_mask").without_diagonal());
    let batch = host.prepare(&slide, &plain).expect("a valid slide");
    (case, host, batch)
}

fn permutation(order: &Value) -> Tensor<1, Int> {
    let order: Vec<i32> = order
        .as_array()
        .expect("a list")
        .iter()
        .map(|v| v.as_i64().expect("a row") as i32)
        .collect();
    let n = order.len();
    Tensor::from_data(TensorData::new(order, [n]), &Device::flex())
}

#[test]
fn graphs() {
    for (name, platform) in PLATFORMS {
        let (case, _, batch) = setting(name, platform, false);
        for (key, got) in [
            ("adjacency", &batch.spatial),
            ("readout_mask", &batch.neighbours),
        ] {
            let want = case.adjacency(key, &Device::flex());
            compare(key, &values(got.values()), &values(want.values()), 1e-6);
            assert_eq!(
                values(got.columns().float()),
                values(want.columns().float())
            );
        }
    }
}

#[test]
fn outputs_and_gradients() {
    for (name, platform) in PLATFORMS {
        for sparse in [false, true] {
            let (case, host, batch) = setting(name, platform, sparse);
            let (latent, product) = host.encode(&batch, 0);
            case.check("outputs", "latent", latent.clone(), TOLERANCE);
            if platform == GraphstPlatform::Visium {
                let reconstruction = host.readout(latent.clone(), &batch);
                case.check("outputs", "reconstruction", reconstruction, TOLERANCE);
            }
            let order = permutation(&case.json()["inputs"]["permutation"]["data"]);
            let losses = host.objective(latent, product, order, &batch);
            let keys = [
                "reconstruction_loss",
                "contrast_loss",
                "contrast_loss_corrupted",
            ];
            for (term, key) in losses.terms().iter().zip(keys) {
                case.check("outputs", key, term.value.clone(), TOLERANCE);
            }
            let total = losses.total().expect("three terms");
            case.check("outputs", "objective", total.clone(), TOLERANCE);
            case.check_gradients(&host, &total.backward(), TOLERANCE);
        }
    }
}

#[test]
fn three_steps_of_adam() {
    for (name, platform) in PLATFORMS {
        let (case, mut host, batch) = setting(name, platform, false);
        let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
        let orders = case.json()["inputs"]["step_permutations"].clone();
        for (i, step) in case.json()["trajectory"]
            .as_array()
            .expect("steps")
            .iter()
            .enumerate()
        {
            let (latent, product) = host.encode(&batch, 0);
            let losses = host.objective(latent, product, permutation(&orders[i]), &batch);
            let total = losses.total().expect("three terms");
            let want = step["loss"].as_f64().expect("a loss") as f32;
            compare("loss", &values(total.clone()), &[want], TOLERANCE);
            let grads = GradientsParams::from_grads(total.backward(), &host);
            host = adam.step(case.config("lr"), host, grads);
            case.check_parameters(&host, &step["parameters"], TOLERANCE);
        }
        let (latent, _) = host.valid().encode(&batch, 0);
        case.check("after_steps", "latent", latent.clone(), TOLERANCE);
        if platform == GraphstPlatform::Visium {
            let reconstruction = host.valid().readout(latent, &batch);
            case.check("after_steps", "reconstruction", reconstruction, TOLERANCE);
        }
    }
}

#[test]
fn the_stereo_readout_has_unit_rows() {
    let (case, host, batch) = setting("stereo_normalisation", GraphstPlatform::Stereo, false);
    let (latent, _) = host.encode(&batch, 0);
    let (want, shape) = case.numbers("outputs", "reconstruction");
    let unit: Vec<f32> = want
        .chunks(shape[1])
        .flat_map(|row| {
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter().map(move |v| v / norm).collect::<Vec<_>>()
        })
        .collect();
    compare(
        "rows",
        &values(host.readout(latent, &batch)),
        &unit,
        TOLERANCE,
    );
}
