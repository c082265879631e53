//! Compares the STAGATE encoder with PyTorch (`golden/neural/stagate.py`): attention, gradients of both copies, tied steps with
//! clipping.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::NoModulation;
use semst_gnn_encoders::{Encoder, Features, GraphInput, SlideData, Stagate, StagateConfig};
use semst_tests::golden::{Case, compare, values};
use semst_training::{EpochEnd, Flow, Modulated, TrainConfig, train};

const TOLERANCE: f64 = 1e-4;

fn slide(case: &Case, sparse: bool) -> SlideData {
    let dense = Features::Dense(case.input("x", &Device::flex()));
    let features = match sparse {
        true => Features::Sparse(dense.to_sparse().expect("finite")),
        false => dense,
    };
    SlideData::new(features, case.graph("edges").without_diagonal())
}

fn setting(name: &str, sparse: bool) -> (Case, Stagate, GraphInput) {
    let case = Case::load("stagate", name);
    let host = StagateConfig::new()
        .with_widths(6, 3)
        .init(9, 0, &Device::flex().autodiff())
        .expect("a valid configuration");
    let host = case.load_into(host);
    let batch = host
        .prepare(&slide(&case, sparse), &Device::flex())
        .expect("a valid slide");
    (case, host, batch)
}

/// The attention weights of the edges, from a golden n × n matrix.
fn on_edges(case: &Case, key: &str) -> Vec<f32> {
    let (dense, shape) = case.numbers("outputs", key);
    let graph = case.graph("edges");
    graph
        .iter_edges()
        .map(|edge| dense[edge.source as usize * shape[1] + edge.target as usize])
        .collect()
}

/// Scores and softmax by single operations, as composed by the encoder.
fn attention(case: &Case, target: Tensor<2>, source: Tensor<2>) -> semst_sparse::SparseMatrix {
    let edges = case.adjacency("edges", &Device::flex().autodiff());
    let one = target.ones_like();
    let sums = edges.sddmm(
        Tensor::cat(vec![target, one.clone()], 1),
        Tensor::cat(vec![one, source], 1),
    );
    let scores = burn::tensor::activation::sigmoid(sums);
    let weights = edges.edge_softmax(scores);
    edges.with_values(weights)
}

#[test]
fn propagation() {
    let case = Case::load("stagate", "propagation");
    let d = Device::flex().autodiff();
    let leaf = |key| case.vector("inputs", key, &d).require_grad();
    let (source, target) = (leaf("source_score"), leaf("target_score"));
    let numbers = case.input("values", &d).require_grad();
    let attended = attention(
        &case,
        target.clone().unsqueeze_dim(1),
        source.clone().unsqueeze_dim(1),
    );
    compare(
        "weights",
        &values(attended.values()),
        &on_edges(&case, "edge_weight"),
        TOLERANCE,
    );
    let out = attended.spmm(numbers.clone());
    case.check("outputs", "propagated", out.clone(), TOLERANCE);
    let grads = (out * case.input("probe", &d)).sum().backward();
    for (key, leaf) in [("source_score", source), ("target_score", target)] {
        case.check(
            "gradients",
            key,
            leaf.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
    }
    case.check(
        "gradients",
        "values",
        numbers.grad(&grads).expect("tracked"),
        TOLERANCE,
    );
}

#[test]
fn attention_layers() {
    for name in ["attention_layer", "attention_layer_directed"] {
        let case = Case::load("stagate", name);
        let d = Device::flex().autodiff();
        let weight = case
            .matrix("parameters", "encoder1.weight", &d)
            .require_grad();
        let leaf = |key| case.vector("parameters", key, &d).require_grad();
        let (source, target) = (leaf("attention.source"), leaf("attention.target"));
        let x = case.input("x", &d).require_grad();
        let projected = x.clone().matmul(weight.clone());
        let score = |a: &Tensor<1>| projected.clone().matmul(a.clone().unsqueeze_dim(1));
        let attended = attention(&case, score(&target), score(&source));
        compare(
            "weights",
            &values(attended.values()),
            &on_edges(&case, "edge_weight"),
            TOLERANCE,
        );
        let hidden = burn::tensor::activation::elu(attended.spmm(projected), 1.0);
        case.check("outputs", "h1", hidden.clone(), TOLERANCE);
        let grads = (hidden * case.input("probe", &d)).sum().backward();
        case.check(
            "gradients",
            "x",
            x.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
        for (key, leaf) in [("attention.source", source), ("attention.target", target)] {
            case.check(
                "gradients",
                key,
                leaf.grad(&grads).expect("tracked"),
                TOLERANCE,
            );
        }
        let got = weight.grad(&grads).expect("tracked");
        case.check("gradients", "encoder1.weight", got, TOLERANCE);
    }
}

#[test]
fn outputs_and_gradients() {
    for sparse in [false, true] {
        let (case, host, batch) = setting("model", sparse);
        let mut hidden = None;
        let (latent, trace) = host.encode_with(&batch, 0, &mut |_, h| {
            hidden = Some(h.clone());
            h
        });
        case.check("outputs", "h1", hidden.expect("one inner layer"), TOLERANCE);
        case.check("outputs", "latent", latent.clone(), TOLERANCE);
        compare(
            "weights",
            &values(trace.0.values()),
            &on_edges(&case, "edge_weight"),
            TOLERANCE,
        );
        let total = host
            .loss(latent, trace, &batch, 0)
            .total()
            .expect("one term");
        case.check("outputs", "objective", total.clone(), TOLERANCE);
        case.check_gradients(&host, &total.backward(), TOLERANCE);
    }
}

/// Both copies of a shared matrix get both updates, each from its own moments.
#[test]
fn two_tied_steps_of_adam() {
    for name in ["model", "model_clip_inactive"] {
        let (case, host, batch) = setting(name, false);
        let steps = case.json()["trajectory"].as_array().expect("steps").clone();
        for n in [1, 2] {
            let config = TrainConfig::new(n)
                .with_learning_rate(case.config("lr"))
                .with_weight_decay(case.config("weight_decay"))
                .with_clip_norm(case.config("clip"));
            let mut losses = Vec::new();
            let mut observer = |event: EpochEnd| {
                losses.push(event.loss as f32);
                Flow::Continue
            };
            let model = Modulated::new(host.clone(), NoModulation {});
            let semantics = Tensor::zeros([10, 1], &Device::flex());
            let (model, _) =
                train(model, &batch, &semantics, &config, &mut observer).expect("training runs");
            let want: Vec<f32> = steps[..n]
                .iter()
                .map(|s| s["loss"].as_f64().expect("a loss") as f32)
                .collect();
            compare("losses", &losses, &want, TOLERANCE);
            let mut parameters = steps[n - 1]["parameters"].clone();
            for (decoder, encoder) in [("decoder3", "encoder2"), ("decoder4", "encoder1")] {
                let tied = transposed(&parameters[format!("{encoder}.weight")]);
                parameters[format!("{decoder}.weight")] = tied;
            }
            // A weight moves by up to 2e-3 a step: 1e-5 of the largest is 1 % of a step.
            case.check_parameters(model.encoder(), &parameters, 1e-5);
            if n == 2 {
                let (latent, _) = model.valid().encoder().encode(&batch, 0);
                case.check("after_steps", "latent", latent, TOLERANCE);
            }
        }
    }
}

fn transposed(matrix: &serde_json::Value) -> serde_json::Value {
    let shape: Vec<usize> = serde_json::from_value(matrix["shape"].clone()).expect("a shape");
    let data: Vec<f64> = serde_json::from_value(matrix["data"].clone()).expect("numbers");
    let (rows, cols) = (shape[0], shape[1]);
    let flipped: Vec<f64> = (0..rows * cols)
        .map(|i| data[(i % rows) * cols + i / rows])
        .collect();
    serde_json::json!({"shape": [cols, rows], "data": flipped})
}
