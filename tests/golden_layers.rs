//! Compares layers and losses with PyTorch (`golden/neural/make_golden.py`), to 1e-4 of the largest value.

use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::{FsmConfig, Init, Modulator};
use semst_gnn_encoders::{Features, Gcn, Mlp, ZinbDecoder, decorrelation_loss};
use semst_sparse::{CountLoss, SparseMatrix, neighbour_loss};
use semst_tests::golden::{Case, values};

const TOLERANCE: f64 = 1e-4;

fn device() -> Device {
    Device::flex().autodiff()
}

/// A dense golden matrix as a sparse matrix of its entries.
fn sparse(case: &Case, key: &str) -> SparseMatrix {
    Features::Dense(case.input(key, &Device::flex()))
        .to_sparse()
        .expect("golden inputs are finite")
}

#[test]
fn gcn() {
    for name in ["symmetric_graph", "directed_graph"] {
        let case = Case::load("gcn", name);
        let d = device();
        let module = case.load_into(Gcn::new(8, 6, 4, &mut Init::new(0, &d)));
        let adjacency = case.adjacency("adjacency", &d);
        for features in [
            Features::Dense(case.input("x", &d)),
            Features::Sparse(sparse(&case, "x")),
        ] {
            let embedding = module.forward(&features, &adjacency);
            case.check("outputs", "embedding", embedding.clone(), TOLERANCE);
            let grads = (embedding * case.input("probe", &d)).sum().backward();
            case.check_gradients(&module, &grads, TOLERANCE);
        }
    }
}

#[test]
fn fsm() {
    for (name, ratio) in [("ratio_1.2", 1.2), ("ratio_0.5", 0.5)] {
        let case = Case::load("fsm", name);
        let d = device();
        let fsm = case.load_into(
            FsmConfig::new(12, 10)
                .with_ratio(ratio)
                .init(0, &d)
                .expect("a valid configuration"),
        );
        let (z, s) = (
            case.input("z", &d).require_grad(),
            case.input("llm", &d).require_grad(),
        );
        let (alpha, beta) = fsm.coefficients(s.clone());
        case.check("outputs", "alpha", alpha, TOLERANCE);
        case.check("outputs", "beta", beta, TOLERANCE);
        let out = fsm.forward(z.clone(), s.clone());
        case.check("outputs", "modulated", out.clone(), TOLERANCE);
        let grads = (out * case.input("probe", &d)).sum().backward();
        case.check_gradients(&fsm, &grads, TOLERANCE);
        case.check(
            "gradients",
            "z",
            z.grad(&grads).expect("z is tracked"),
            TOLERANCE,
        );
        case.check(
            "gradients",
            "llm",
            s.grad(&grads).expect("s is tracked"),
            TOLERANCE,
        );
    }
}

#[test]
fn projection() {
    let case = Case::load("projection", "projection");
    let d = device();
    let mlp = case.load_into(Mlp::new(8, 8, 4, &mut Init::new(0, &d)));
    let out = mlp.forward(case.input("z", &d));
    case.check("outputs", "embedding", out.clone(), TOLERANCE);
    let grads = (out * case.input("probe", &d)).sum().backward();
    case.check_gradients(&mlp, &grads, TOLERANCE);
}

#[test]
fn count_heads() {
    for (file, name, loss, heads) in [
        (
            "zinb_kernel",
            "plain",
            CountLoss::zinb(0.05),
            &["mean", "dispersion", "pi"][..],
        ),
        (
            "zinb_kernel",
            "clamped",
            CountLoss::zinb(0.05),
            &["mean", "dispersion", "pi"],
        ),
        (
            "zinb_kernel",
            "no_ridge",
            CountLoss::zinb(0.0),
            &["mean", "dispersion", "pi"],
        ),
        (
            "nb_kernel",
            "plain",
            CountLoss::nb(),
            &["mean", "dispersion"],
        ),
        (
            "nb_kernel",
            "clamped",
            CountLoss::nb(),
            &["mean", "dispersion"],
        ),
    ] {
        let case = Case::load(file, name);
        let d = device();
        let h = case.input("h", &d).require_grad();
        let weights: Vec<_> = heads
            .iter()
            .map(|k| {
                case.matrix("parameters", &format!("heads.{k}.weight"), &d)
                    .require_grad()
            })
            .collect();
        let biases: Vec<_> = heads
            .iter()
            .map(|k| {
                case.vector("parameters", &format!("heads.{k}.bias"), &d)
                    .require_grad()
            })
            .collect();
        let (weight, bias) = (
            Tensor::cat(weights.clone(), 1),
            Tensor::cat(biases.clone(), 0),
        );
        let value = loss.forward(h.clone(), weight.clone(), bias.clone(), &sparse(&case, "x"));
        case.check("outputs", "objective", value.clone(), TOLERANCE);
        // An incoming gradient other than one checks that the chain rule is applied.
        let grads = value.mul_scalar(3.0).backward();
        case.check(
            "gradients",
            "h",
            h.grad(&grads).expect("tracked") / 3.0,
            TOLERANCE,
        );
        for (k, (w, b)) in heads.iter().zip(weights.iter().zip(&biases)) {
            case.check(
                "gradients",
                &format!("heads.{k}.weight"),
                w.grad(&grads).expect("tracked") / 3.0,
                TOLERANCE,
            );
            case.check(
                "gradients",
                &format!("heads.{k}.bias"),
                b.grad(&grads).expect("tracked") / 3.0,
                TOLERANCE,
            );
        }
        let plain = loss.forward(h.inner(), weight.inner(), bias.inner(), &sparse(&case, "x"));
        case.check("outputs", "objective", plain, TOLERANCE);
    }
}

#[test]
fn zinb_decoder() {
    for name in ["decoder", "decoder_clamped"] {
        let case = Case::load("zinb", name);
        let d = device();
        let decoder = case.load_into(ZinbDecoder::new(4, 6, 8, &mut Init::new(0, &d), &d));
        let z = case.input("z", &d).require_grad();
        let loss = decoder.loss(z.clone(), &sparse(&case, "x"), 0.05);
        case.check("outputs", "objective", loss.clone(), TOLERANCE);
        let grads = loss.backward();
        case.check(
            "gradients",
            "z",
            z.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
        case.check_gradients(&decoder, &grads, TOLERANCE);
    }
}

#[test]
fn regulariser() {
    for name in ["diagonal_zeros", "diagonal_ones", "directed"] {
        let case = Case::load("regulariser", name);
        let d = device();
        let z = case.input("z", &d).require_grad();
        let loss = neighbour_loss(z.clone(), &case.adjacency("adjacency", &d), 0);
        case.check("outputs", "objective", loss.clone(), TOLERANCE);
        let grads = loss.mul_scalar(0.5).backward();
        case.check(
            "gradients",
            "z",
            z.grad(&grads).expect("tracked") * 2.0,
            TOLERANCE,
        );
    }
}

#[test]
fn decorrelation() {
    for name in ["independent", "nearly_equal"] {
        let case = Case::load("dicr", name);
        let d = device();
        let (a, b) = (
            case.input("spatial", &d).require_grad(),
            case.input("feature", &d).require_grad(),
        );
        let loss = decorrelation_loss(a.clone(), b.clone());
        case.check("outputs", "objective", loss.clone(), TOLERANCE);
        let grads = loss.backward();
        case.check(
            "gradients",
            "spatial",
            a.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
        case.check(
            "gradients",
            "feature",
            b.grad(&grads).expect("tracked"),
            TOLERANCE,
        );
        assert_eq!(values(decorrelation_loss(b, a)).len(), 1);
    }
}
