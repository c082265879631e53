//! The kit accepts the shipped encoders, and rejects encoders with one fault each.

use super::{check_config, check_encoder};
use crate::slide_data::to_matrix;
use crate::{
    EitherEncoder, Encoder, EncoderConfig, EncoderError, Features, GraphInput, GraphstConfig,
    Losses, PcaConfig, ShippedEncoder, SlideData, reconstruction_loss,
};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor};
use semst_fsm_modulation::Init;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn every_encoder_conforms() -> Result<(), String> {
    check_config::<ShippedEncoder>()
}

#[test]
fn one_of_two_encoders_conforms() -> Result<(), String> {
    check_config::<EitherEncoder<PcaConfig, GraphstConfig>>()
}

#[test]
fn a_sparse_slide_encodes_as_a_dense_one() -> Result<(), EncoderError> {
    let device = Device::flex();
    let dense = super::slide(&device);
    let mut sparse = dense.clone();
    sparse.features = Features::Sparse(dense.features.to_sparse()?);
    for name in ShippedEncoder::names() {
        let encoder = ShippedEncoder::from_name(name)?.init(super::N_FEATURES, 0, &device)?;
        let embed = |data: &SlideData| -> Result<Vec<f32>, EncoderError> {
            Ok(super::embed(&encoder, &encoder.prepare(data, &device)?))
        };
        for (a, b) in embed(&dense)?.iter().zip(embed(&sparse)?) {
            assert!((a - b).abs() < 1e-5, "{name}: {a} {b}");
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Width,
    Position,
    Draw,
    Seed,
    Unused,
    Untracked,
    Name,
    Isolated,
    Inner,
    Hops,
}

/// A linear auto-encoder over neighbour sums, with a fault.
#[derive(Module, Debug)]
struct Faulty {
    encoder: Linear,
    decoder: Linear,
    unused: Option<Linear>,
    #[module(skip)]
    fault: Fault,
}

impl Faulty {
    fn new(fault: Fault, n_features: usize, seed: u64, device: &Device) -> Self {
        let mut init = Init::new(seed, device);
        let mut linear = |a, b| init.linear(a, b);
        let mut encoder = Self {
            encoder: linear(n_features, 3),
            decoder: linear(3, n_features),
            unused: None,
            fault,
        };
        // A generator that all encoders share is not an initialisation from a seed.
        static STARTED: AtomicU64 = AtomicU64::new(0);
        if fault == Fault::Seed {
            let shared = STARTED.fetch_add(1, Ordering::Relaxed);
            encoder.encoder = Init::new(shared, device).linear(n_features, 3);
        }
        if fault == Fault::Unused {
            encoder.unused = Some(Init::new(seed, device).linear(2, 2));
        }
        encoder.decoder.bias = None;
        encoder
    }
}

impl Encoder for Faulty {
    type Input = GraphInput;
    type Trace = ();

    fn n_spots(&self, input: &GraphInput) -> usize {
        input.features.dims()[0]
    }

    fn d_latent(&self) -> usize {
        if self.fault == Fault::Width { 4 } else { 3 }
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<GraphInput, EncoderError> {
        let graph = match self.fault {
            Fault::Isolated => data.spatial.clone(),
            _ => data.spatial.with_diagonal_added(1.0),
        };
        let graph = to_matrix(&graph, device)?;
        Ok(GraphInput::new(data.features.clone(), graph.clone(), graph))
    }

    fn inner_widths(&self) -> Vec<usize> {
        if self.fault == Fault::Inner {
            vec![3]
        } else {
            Vec::new()
        }
    }

    fn encode(&self, input: &GraphInput, draw: u64) -> (Tensor<2>, ()) {
        let z = self.encoder.forward(input.features.to_dense());
        let z = input.spatial.spmm(z);
        let device = z.device();
        let z = match self.fault {
            Fault::Position => {
                z + Tensor::<1, Int>::arange(0..self.n_spots(input) as i64, &device)
                    .float()
                    .unsqueeze_dim(1)
            }
            Fault::Draw => z + draw as f32,
            Fault::Isolated => {
                let ones = Tensor::ones([self.n_spots(input), 1], &device);
                z / input.spatial.spmm(ones)
            }
            _ => z,
        };
        (z, ())
    }

    fn hops(&self) -> Option<usize> {
        Some(usize::from(self.fault != Fault::Hops))
    }

    fn readout(&self, latent: Tensor<2>, _: &GraphInput) -> Tensor<2> {
        latent
    }

    fn loss(&self, latent: Tensor<2>, (): (), input: &GraphInput, _: u64) -> Losses {
        let error = reconstruction_loss(&input.features, latent, self.decoder.weight.val());
        let losses = Losses::new().with("error", 1.0, error.clone());
        match self.fault {
            Fault::Name => losses.with("error", 1.0, error),
            Fault::Untracked => Losses::new().with("error", 1.0, error.detach()),
            _ => losses,
        }
    }
}

#[test]
fn each_fault_is_named() {
    for (fault, message) in [
        (Fault::Width, "the latent has shape [30, 3], not [30, 4]"),
        (Fault::Position, "spot 4 embeds as"),
        (Fault::Draw, "draw shows"),
        (Fault::Seed, "the same seed gave other bits"),
        (
            Fault::Unused,
            "no gradient reaches encoder.unused.weight, encoder.unused.bias",
        ),
        (Fault::Untracked, "nothing tracks its loss"),
        (Fault::Name, "two losses are called error"),
        (Fault::Isolated, "the latent is not finite"),
        (Fault::Inner, "inner layer 0 is listed but never offered"),
        (Fault::Hops, "in a part with a halo of 0 links as"),
    ] {
        let got = check_encoder(&Device::flex(), |f, s, d| Faulty::new(fault, f, s, d));
        let got = got.expect_err("the kit sees the fault");
        assert!(got.contains(message), "{fault:?}: {got}");
    }
    check_encoder(&Device::flex(), |f, s, d| Faulty::new(Fault::None, f, s, d))
        .expect("without a fault it conforms");
}
