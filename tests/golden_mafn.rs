//! Compares the MAFN encoder with PyTorch (`golden/neural/mafn.py`): views, fusion, the whole model, three steps of Adam.

use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::NoModulation;
use semst_gnn_encoders::{Encoder, Features, Mafn, MafnConfig, TwoGraphInput};
use semst_tests::golden::{Case, compare, values};
use semst_training::{EpochEnd, Flow, Modulated, TrainConfig, train};

const TOLERANCE: f64 = 1e-4;
/// f32 gradients before the batch norm lose digits (`torch_f32_gap` is 1.6e-3 here).
const GRADIENT_TOLERANCE: f64 = 2e-3;

fn setting() -> (Case, Mafn, TwoGraphInput) {
    let case = Case::load("mafn", "model");
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let host = MafnConfig::new()
        .with_widths(case.config("nhid1") as usize, case.config("nhid2") as usize)
        .with_weights(
            case.config("zinb_weight"),
            case.config("dicr_weight"),
            case.config("regulariser_weight"),
        )
        .init(9, 0, &tracked)
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
fn outputs_and_gradients() {
    let (case, host, batch) = setting();
    let (latent, (spatial, feature)) = host.encode(&batch, 0);
    case.check("outputs", "spatial", spatial.clone(), TOLERANCE);
    case.check("outputs", "feature", feature.clone(), TOLERANCE);
    let (weights, _) = case.numbers("parameters", "view_weights");
    for (i, key) in ["unit_spatial", "unit_mixed", "unit_feature"]
        .iter()
        .enumerate()
    {
        let view = latent.clone().narrow(1, 4 * i, 4).div_scalar(weights[i]);
        case.check("outputs", key, view, TOLERANCE);
    }
    case.check(
        "outputs",
        "embedding",
        host.readout(latent.clone(), &batch),
        TOLERANCE,
    );
    let losses = host.loss(latent, (spatial, feature), &batch, 0);
    for (term, key) in losses.terms().iter().zip(["zinb", "dicr", "regulariser"]) {
        case.check("outputs", key, term.value.clone(), TOLERANCE);
    }
    let total = losses.total().expect("three terms");
    case.check("outputs", "objective", total.clone(), TOLERANCE);
    case.check_gradients(&host, &total.backward(), GRADIENT_TOLERANCE);
}

#[test]
fn a_channel_without_length_stays_zero() {
    let (_, host, batch) = setting();
    // All parameters are zero, so every view is zero, and nothing may become NaN.
    struct Zero;
    impl burn::module::ModuleMapper for Zero {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            param.map(|t| t.zeros_like().detach().require_grad())
        }
    }
    let host = burn::module::Module::map(host, &mut Zero);
    let (latent, trace) = host.encode(&batch, 0);
    assert!(values(latent.clone()).iter().all(|v| *v == 0.0));
    let total = host.loss(latent, trace, &batch, 0).total().expect("terms");
    assert!(values(total)[0].is_finite());
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
    // The batch norm cancels the larger part of the gradient of `fusion.bias`. The rest (4e-6 to 4e-5) is as small as the
    // rounding of f32, which differs between processors. Adam divides by that size, so only the length of its steps is known.
    // The bias shifts all spots equally, so the embedding is compared without its mean.
    let fusion = Some(("fusion.bias", 2.0 * 3.0 * case.config("lr")));
    case.check_parameters_and(model.encoder(), &steps[2]["parameters"], 2e-3, fusion);
    let centred = |t: Tensor<2>| t.clone() - t.mean_dim(0);
    let want = case.matrix("after_steps", "embedding", &Device::flex());
    let got = centred(model.embed(&batch, semantics));
    compare("embedding", &values(got), &values(centred(want)), 5e-4);
}
