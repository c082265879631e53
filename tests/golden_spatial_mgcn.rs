//! Compares the Spatial-MGCN encoder with PyTorch (`golden/neural/mgcn.py`): attention, consistency, the whole model, three Adam
//! steps.

use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::{Init, NoModulation};
use semst_gnn_encoders::{
    Encoder, Features, SpatialMgcn, SpatialMgcnConfig, TwoGraphInput, ViewAttention,
    consistency_loss,
};
use semst_tests::golden::{Case, compare};
use semst_training::{EpochEnd, Flow, Modulated, TrainConfig, train};

const TOLERANCE: f64 = 1e-4;
/// f32 gradients before the batch norm lose digits (`torch_f32_gap` is 3e-4 there).
const GRADIENT_TOLERANCE: f64 = 1e-3;

fn device() -> Device {
    Device::flex().autodiff()
}

fn setting() -> (Case, SpatialMgcn, TwoGraphInput) {
    let case = Case::load("mgcn", "model");
    let plain = Device::flex();
    let host = SpatialMgcnConfig::new()
        .with_widths(case.config("nhid1") as usize, case.config("nhid2") as usize)
        .with_attention_hidden(case.config("attention_hidden") as usize)
        .with_weights(
            case.config("zinb_weight"),
            case.config("consistency_weight"),
            case.config("regulariser_weight"),
        )
        .init(9, 0, &device())
        .expect("a valid configuration");
    let host = case.load_into(host);
    let features = Features::Dense(case.input("x", &plain));
    let counts = features.to_sparse().expect("finite");
    let batch = TwoGraphInput {
        features,
        counts,
        spatial: case.adjacency("spatial_adjacency", &plain),
        expression: case.adjacency("feature_adjacency", &plain),
        neighbours: case.adjacency("neighbours", &plain),
    };
    (case, host, batch)
}

#[test]
fn attention() {
    let case = Case::load("mgcn", "attention");
    let d = device();
    let layer = case.load_into(ViewAttention::new(4, 3, &mut Init::new(0, &d)));
    let keys = ["spatial", "common", "feature"];
    let views = keys.map(|key| case.input(key, &d).require_grad());
    case.check("outputs", "attention", layer.weights(&views), TOLERANCE);
    let fused = layer.forward(&views);
    case.check("outputs", "fused", fused.clone(), TOLERANCE);
    let grads = (fused * case.input("probe", &d)).sum().backward();
    case.check_gradients(&layer, &grads, TOLERANCE);
    for (key, view) in keys.iter().zip(views) {
        case.check(
            "gradients",
            key,
            view.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
    }
}

#[test]
fn consistency() {
    let case = Case::load("mgcn", "consistency");
    let leaf = |key| case.input(key, &device()).require_grad();
    let (first, second) = (leaf("first"), leaf("second"));
    let loss = consistency_loss(first.clone(), second.clone());
    case.check("outputs", "objective", loss.clone(), TOLERANCE);
    let grads = loss.backward();
    for (key, view) in [("first", first), ("second", second)] {
        case.check(
            "gradients",
            key,
            view.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
    }
}

#[test]
fn outputs_and_gradients() {
    let (case, host, batch) = setting();
    let (latent, (near, expression)) = host.encode(&batch, 0);
    case.check("outputs", "fused", latent.clone(), TOLERANCE);
    case.check("outputs", "common_spatial", near.clone(), TOLERANCE);
    case.check("outputs", "common_feature", expression.clone(), TOLERANCE);
    case.check(
        "outputs",
        "embedding",
        host.readout(latent.clone(), &batch),
        TOLERANCE,
    );
    let losses = host.loss(latent, (near, expression), &batch, 0);
    for term in losses.terms() {
        case.check("outputs", term.name, term.value.clone(), TOLERANCE);
    }
    let total = losses.total().expect("three terms");
    case.check("outputs", "objective", total.clone(), TOLERANCE);
    case.check_gradients(&host, &total.backward(), GRADIENT_TOLERANCE);
}

#[test]
fn three_steps_of_adam() {
    let (case, host, batch) = setting();
    let steps = case.json()["trajectory"].as_array().expect("steps").clone();
    let config = TrainConfig::new(3)
        .with_learning_rate(case.config("lr"))
        .with_weight_decay(case.config("weight_decay"));
    let mut losses = Vec::new();
    let mut observer = |event: EpochEnd| {
        losses.push(event.loss as f32);
        Flow::Continue
    };
    let model = Modulated::new(host, NoModulation {});
    let semantics = Tensor::zeros([10, 1], &Device::flex());
    let (model, _) =
        train(model, &batch, &semantics, &config, &mut observer).expect("training runs");
    let want: Vec<f32> = steps
        .iter()
        .map(|s| s["loss"].as_f64().expect("a loss") as f32)
        .collect();
    compare("losses", &losses, &want, TOLERANCE);
    // Adam's first steps are the sign of the gradient times the step size, so parameters are compared by absolute difference.
    case.check_parameters(model.encoder(), &steps[2]["parameters"], 2e-4);
    // The golden embedding uses no batch norm, so training and evaluation give the same here.
    case.check(
        "after_steps",
        "embedding",
        model.embed(&batch, semantics),
        5e-4,
    );
}
