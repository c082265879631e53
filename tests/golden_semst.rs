//! Compares the whole SemST model with PyTorch: losses, every gradient, five Adam steps, the embedding after them.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::{ModulatorConfig, ShippedModulator, ShippedModulatorModule};
use semst_gnn_encoders::{Encoder, Features, Semst, SemstConfig, TwoGraphInput};
use semst_tests::golden::{Case, compare};
use semst_training::{Modulated, NoObserver, TrainConfig, train};

/// f32 gradients before the batch norm lose digits (`torch_f32_gap` is 4e-4 there).
const GRADIENT_TOLERANCE: f64 = 1e-3;
const TOLERANCE: f64 = 1e-4;

fn setting(
    name: &str,
) -> (
    Case,
    Modulated<Semst, ShippedModulatorModule>,
    TwoGraphInput,
    Tensor<2>,
) {
    let case = Case::load("semst_step", name);
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let weight = |k| case.config(k);
    let host = SemstConfig::new()
        .with_widths(case.config("nhid1") as usize, case.config("nhid2") as usize)
        .with_weights(
            weight("zinb_weight"),
            weight("dicr_weight"),
            weight("regulariser_weight"),
        )
        .init(9, 0, &tracked)
        .expect("a valid configuration");
    let with_llm = name == "with_llm";
    let config = if with_llm {
        ShippedModulator::Fsm {
            ratio: case.config("ratio"),
        }
    } else {
        ShippedModulator::None
    };
    let modulator = config
        .init(host.d_latent(), 10, 0, &tracked)
        .expect("a valid configuration");
    let model = case.load_into(Modulated::new(host, modulator));
    let features = Features::Dense(case.input("x", &plain));
    let counts = features.to_sparse().expect("finite");
    let batch = TwoGraphInput {
        features,
        counts,
        spatial: case.adjacency("spatial_adjacency", &plain),
        expression: case.adjacency("feature_adjacency", &plain),
        neighbours: case.adjacency("neighbours", &plain),
    };
    let semantics = if with_llm {
        case.input("llm", &plain)
    } else {
        Tensor::zeros([10, 1], &plain)
    };
    (case, model, batch, semantics)
}

#[test]
fn losses_and_gradients() {
    for name in ["with_llm", "without_llm"] {
        let (case, model, batch, semantics) = setting(name);
        let losses = model.losses(&batch, semantics, 0);
        for (term, key) in losses.terms().iter().zip(["zinb", "dicr", "regulariser"]) {
            case.check("outputs", key, term.value.clone(), TOLERANCE);
        }
        let total = losses.total().expect("three terms");
        case.check("outputs", "objective", total.clone(), TOLERANCE);
        case.check_gradients(&model, &total.backward(), GRADIENT_TOLERANCE);
    }
}

#[test]
fn five_steps_of_adam() {
    for name in ["with_llm", "without_llm"] {
        let (case, model, batch, semantics) = setting(name);
        let trajectory = case.json()["trajectory"]
            .as_array()
            .expect("a list of steps")
            .clone();
        let config = TrainConfig::new(5)
            .with_learning_rate(case.config("lr"))
            .with_weight_decay(case.config("weight_decay"));
        let mut losses = Vec::new();
        let mut observer = |event: semst_training::EpochEnd| {
            losses.push(event.loss as f32);
            semst_training::Flow::Continue
        };
        let (model, history) =
            train(model, &batch, &semantics, &config, &mut observer).expect("training runs");
        let want: Vec<f32> = trajectory
            .iter()
            .map(|s| s["loss"].as_f64().expect("a loss") as f32)
            .collect();
        compare("losses", &losses, &want, TOLERANCE);
        assert_eq!(history.epochs(), 5);
        let last = trajectory.last().expect("five steps");
        // Adam's first steps are the sign of the gradient times the step size, so parameters are compared by absolute difference.
        case.check_parameters(&model, &last["parameters"], 2e-4);
        let embedding = model.valid().embed(&batch, semantics);
        case.check("after_steps", "eval_embedding", embedding, 5e-4);
    }
}

#[test]
fn one_step_equals_one_step() {
    let (case, model, batch, semantics) = setting("with_llm");
    let config = TrainConfig::new(1)
        .with_learning_rate(case.config("lr"))
        .with_weight_decay(case.config("weight_decay"));
    let (model, _) =
        train(model, &batch, &semantics, &config, &mut NoObserver).expect("training runs");
    case.check_parameters(
        &model,
        &case.json()["trajectory"][0]["parameters"],
        TOLERANCE,
    );
}
