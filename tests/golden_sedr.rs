//! Compares the SEDR encoder with PyTorch (`golden/neural/sedr.py`): both conventions of the variational branch, losses,
//! gradients, two steps of Adam with given draws, and deep embedded clustering.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use semst_gnn_encoders::{
    Dec, Encoder, Features, Losses, Sedr, SedrConfig, SedrDraw, SedrInput, SlideData, Spread,
    scaled_cosine_error,
};
use semst_sparse::SparseMatrix;
use semst_tests::golden::{Case, compare, values};

const TOLERANCE: f64 = 1e-4;

const CONVENTIONS: [(&str, Spread); 2] = [
    ("model_log_std", Spread::LogStd),
    ("model_logvar", Spread::LogVariance),
];

struct Setting {
    case: Case,
    host: Sedr,
    batch: SedrInput,
    draw: SedrDraw,
    non_neighbours: SparseMatrix,
}

fn setting(name: &str, spread: Spread) -> Setting {
    let case = Case::load("sedr", name);
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let host = SedrConfig::new()
        .with_widths(6, 4, 5, 4)
        .with_noise(0.8, 0.0)
        .with_spread(spread)
        .with_weights(
            case.config("sce_weight"),
            case.config("graph_weight"),
            case.config("self_weight"),
        )
        .init(9, 0, &tracked)
        .expect("a valid configuration");
    let host = case.load_into(host);
    // The positive pairs are the links in row order.
    let links = case.graph("adjacency").without_diagonal();
    let slide = SlideData::new(Features::Dense(case.input("x", &plain)), links);
    let batch = host.prepare(&slide, &plain).expect("a valid slide");
    let mut masked = vec![0f32; 10];
    for row in case.numbers("inputs", "masked").0 {
        masked[row as usize] = 1.0;
    }
    let draw = SedrDraw {
        masked: Tensor::from_data(TensorData::new(masked, [10, 1]), &plain),
        noise: case.input("noise", &plain),
        dropout: None,
    };
    let (pairs, _) = case.numbers("inputs", "negative_pairs");
    let mut pairs: Vec<(usize, u32)> = pairs
        .chunks(2)
        .map(|p| (p[0] as usize, p[1] as u32))
        .collect();
    pairs.sort_unstable();
    let indptr: Vec<usize> = (0..=10)
        .map(|row| pairs.partition_point(|p| p.0 < row))
        .collect();
    let columns: Vec<u32> = pairs.iter().map(|p| p.1).collect();
    let ones = vec![1.0; columns.len()];
    let non_neighbours =
        SparseMatrix::new(&indptr, &columns, &ones, 10, &plain).expect("valid pairs");
    Setting {
        case,
        host,
        batch,
        draw,
        non_neighbours,
    }
}

impl Setting {
    fn losses(&self, host: &Sedr) -> (Tensor<2>, Losses) {
        let (latent, trace) = host.encode_drawn(&self.batch, Some(&self.draw), &mut |_, h| h);
        let losses = host.objective(latent.clone(), trace, &self.non_neighbours, &self.batch);
        (latent, losses)
    }
}

#[test]
fn outputs_and_gradients() {
    for (name, spread) in CONVENTIONS {
        let s = setting(name, spread);
        let want = s.case.adjacency("adjacency", &Device::flex());
        compare(
            "graph",
            &values(s.batch.spatial.values()),
            &values(want.values()),
            1e-6,
        );
        let mut hidden = None;
        let (latent, trace) = s.host.encode_drawn(&s.batch, Some(&s.draw), &mut |_, h| {
            hidden = Some(h.clone());
            h
        });
        s.case.check(
            "outputs",
            "hidden1",
            hidden.expect("one inner layer"),
            TOLERANCE,
        );
        s.case.check(
            "outputs",
            "hidden2",
            latent.clone().narrow(1, 0, 4),
            TOLERANCE,
        );
        s.case.check("outputs", "latent", latent, TOLERANCE);
        s.case.check("outputs", "mu", trace.mu, TOLERANCE);
        s.case.check("outputs", "logvar", trace.spread, TOLERANCE);
        let (_, losses) = s.losses(&s.host);
        let keys = [
            ("cosine", "sce"),
            ("divergence", "kld"),
            ("reconstruction", "self_reconstruction"),
            ("neighbours", "pair_bce"),
        ];
        for (term, (name, key)) in losses.terms().iter().zip(keys) {
            assert_eq!(term.name, name);
            s.case.check("outputs", key, term.value.clone(), TOLERANCE);
        }
        let total = losses.total().expect("four terms");
        s.case
            .check("outputs", "objective", total.clone(), TOLERANCE);
        s.case
            .check_gradients(&s.host, &total.backward(), TOLERANCE);
    }
}

#[test]
fn two_steps_of_adam() {
    for (name, spread) in CONVENTIONS {
        let s = setting(name, spread);
        let mut host = s.host.clone();
        let decay = WeightDecayConfig::new(s.case.config("weight_decay") as f32);
        let mut adam = AdamConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(Some(decay))
            .init();
        for step in s.case.json()["trajectory"].as_array().expect("steps") {
            let total = s.losses(&host).1.total().expect("four terms");
            let want = step["loss"].as_f64().expect("a loss") as f32;
            compare("loss", &values(total.clone()), &[want], TOLERANCE);
            let grads = GradientsParams::from_grads(total.backward(), &host);
            host = adam.step(s.case.config("lr"), host, grads);
            // A bias before a batch norm has a gradient of rounding only, whose sign Adam turns into a step of 0.01.
            let mut parameters = step["parameters"].clone();
            host = host.map(&mut KeepBiases {
                parameters: &mut parameters,
                path: Vec::new(),
            });
            s.case.check_parameters(&host, &parameters, 2e-4);
        }
        let (latent, _) = s.losses(&host);
        s.case.check("after_steps", "train_latent", latent, 5e-4);
    }
}

/// Replaces parameters that Adam updated by gradients of rounding only with their golden values.
struct KeepBiases<'a> {
    parameters: &'a mut serde_json::Value,
    path: Vec<String>,
}

impl ModuleMapper for KeepBiases<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        if !["encoder.layer1.bias", "encoder.layer2.bias"].contains(&name.as_str()) {
            return param;
        }
        let data: Vec<f32> =
            serde_json::from_value(self.parameters[name]["data"].clone()).expect("numbers");
        param.map(|old| {
            let shape = old.dims();
            Tensor::from_data(TensorData::new(data, shape), &old.device()).require_grad()
        })
    }
}

#[test]
fn cosine_error() {
    let case = Case::load("sedr", "sce");
    let d = Device::flex().autodiff();
    let y = case.input("reconstruction", &d).require_grad();
    let loss = scaled_cosine_error(y.clone(), case.input("x", &d), 3, None);
    case.check("outputs", "objective", loss.clone(), TOLERANCE);
    let got = y.grad(&loss.backward()).expect("tracked");
    case.check("gradients", "reconstruction", got, TOLERANCE);
}

#[test]
fn deep_embedded_clustering() {
    let case = Case::load("sedr", "dec");
    let d = Device::flex().autodiff();
    let dec = Dec::new(case.matrix("parameters", "centres", &d));
    let z = case.input("z", &d).require_grad();
    let q = dec.assign(z.clone());
    case.check("outputs", "q", q.clone(), TOLERANCE);
    case.check("outputs", "target_of_q", Dec::target(q), TOLERANCE);
    let loss = dec.loss(z.clone(), case.input("target", &d));
    case.check("outputs", "objective", loss.clone(), TOLERANCE);
    let grads = loss.backward();
    case.check(
        "gradients",
        "z",
        z.grad(&grads).expect("tracked"),
        TOLERANCE,
    );
    case.check_gradients(&dec, &grads, TOLERANCE);
}

#[test]
fn the_second_phase_adds_its_term() {
    let s = setting("model_log_std", Spread::LogStd);
    let d = Device::flex().autodiff();
    let wrong = s.host.clone().with_dec(Tensor::zeros([3, 5], &d), 1.0);
    assert_eq!(
        wrong.expect_err("another width").to_string(),
        "a cluster centre has width 5, but must have 8"
    );
    let (latent, _) = s.losses(&s.host);
    let centres = latent.detach().narrow(0, 0, 3);
    let host = s
        .host
        .clone()
        .with_dec(centres, 1.0)
        .expect("the right width");
    let (_, losses) = s.losses(&host);
    let term = losses.terms().last().expect("five terms");
    assert_eq!((term.name, losses.terms().len()), ("dec", 5));
    assert!(values(term.value.clone())[0] > 0.0);
}
