//! Runs every shipped encoder with every shipped modulator, joined to one encoder, through the conformance kit.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::Array2;
use semst_fsm_modulation::{Modulator, ModulatorConfig, ShippedModulator, ShippedModulatorModule};
use semst_gnn_encoders::testing::{N_FEATURES, check_encoder, slide};
use semst_gnn_encoders::{
    Encoder, EncoderConfig, EncoderError, Features, Losses, ShippedEncoder, ShippedEncoderModule,
    SlideData,
};
use semst_spatial_graph::{Link, SpatialGraph};
use semst_tests::golden::values;
use semst_training::{Modulated, NoObserver, TrainConfig, train};

const D_SEMANTICS: usize = 6;

/// An encoder with a modulated latent; the semantics are a fixed function of the features.
#[derive(Module, Debug)]
struct Pair {
    host: ShippedEncoderModule,
    modulation: ShippedModulatorModule,
    inner: Vec<ShippedModulatorModule>,
}

impl Pair {
    fn new(
        host: &ShippedEncoder,
        modulation: &ShippedModulator,
        seed: u64,
        device: &Device,
    ) -> Self {
        let host = host
            .init(N_FEATURES, seed, device)
            .expect("there are features");
        let modulation = modulation
            .init(host.d_latent(), D_SEMANTICS, seed, device)
            .expect("every latent has an even width");
        Self {
            host,
            modulation,
            inner: Vec::new(),
        }
    }

    /// Adds a separate modulator to every inner layer of the encoder.
    fn deep(mut self, modulation: &ShippedModulator, seed: u64, device: &Device) -> Self {
        let widths = self.host.inner_widths();
        let inner = (1..).zip(widths).map(|(layer, width)| {
            modulation
                .init(width, D_SEMANTICS, seed + layer, device)
                .expect("every hidden layer has an even width")
        });
        self.inner = inner.collect();
        self
    }
}

/// Semantics [n, s] that are a fixed function of the features of a slide.
fn semantics(slide: &SlideData) -> Tensor<2> {
    let x = slide.features.to_dense();
    let mixing: Vec<f32> = (0..N_FEATURES * D_SEMANTICS)
        .map(|i| (i as f32 * 1.3).sin())
        .collect();
    let mixing = TensorData::new(mixing, [N_FEATURES, D_SEMANTICS]);
    x.clone().matmul(Tensor::from_data(mixing, &x.device()))
}

impl Encoder for Pair {
    /// The input of the encoder, and the semantics of the slide.
    type Input = (<ShippedEncoderModule as Encoder>::Input, Tensor<2>);
    type Trace = <ShippedEncoderModule as Encoder>::Trace;

    fn d_latent(&self) -> usize {
        self.host.d_latent()
    }

    fn n_spots(&self, (input, _): &Self::Input) -> usize {
        self.host.n_spots(input)
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<Self::Input, EncoderError> {
        Ok((self.host.prepare(data, device)?, semantics(data)))
    }

    fn encode(&self, input: &Self::Input, draw: u64) -> (Tensor<2>, Self::Trace) {
        self.encode_with(input, draw, &mut |_, hidden| hidden)
    }

    fn inner_widths(&self) -> Vec<usize> {
        self.host.inner_widths()
    }

    fn encode_with(
        &self,
        (input, semantics): &Self::Input,
        draw: u64,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let (latent, trace) = self.host.encode_with(input, draw, &mut |layer, hidden| {
            let hidden = match self.inner.get(layer) {
                Some(own) => own.forward(hidden, semantics.clone()),
                None => hidden,
            };
            inner(layer, hidden)
        });
        (self.modulation.forward(latent, semantics.clone()), trace)
    }

    fn readout(&self, latent: Tensor<2>, (input, _): &Self::Input) -> Tensor<2> {
        self.host.readout(latent, input)
    }

    fn loss(
        &self,
        latent: Tensor<2>,
        trace: Self::Trace,
        (input, _): &Self::Input,
        draw: u64,
    ) -> Losses {
        self.host.loss(latent, trace, input, draw)
    }

    fn after_step(mut self, before: &Self) -> Self {
        self.host = self.host.after_step(&before.host);
        self
    }

    fn is_trainable(&self) -> bool {
        let own = self.modulation.num_params() + self.inner.num_params();
        self.host.is_trainable() || own > 0
    }
}

fn every_pair(
    mut check: impl FnMut(&ShippedEncoder, &ShippedModulator) -> Result<(), String>,
) -> Result<(), String> {
    for host in ShippedEncoder::names() {
        for modulation in ShippedModulator::names() {
            check(
                &ShippedEncoder::from_name(host).map_err(|e| e.to_string())?,
                &ShippedModulator::from_name(modulation).map_err(|e| e.to_string())?,
            )
            .map_err(|e| format!("{host} with {modulation}: {e}"))?;
        }
    }
    Ok(())
}

#[test]
fn every_pair_conforms() -> Result<(), String> {
    every_pair(|host, modulation| {
        check_encoder(&Device::flex(), |_, seed, device| {
            Pair::new(host, modulation, seed, device)
        })
    })
}

/// Encoders with several layers, all of which are modulated.
#[test]
fn every_pair_conforms_at_all_depths() -> Result<(), String> {
    every_pair(|host, modulation| {
        let shallow = Pair::new(host, modulation, 0, &Device::flex());
        let few = ["fsm", "fsm-zero", "gate"].contains(&modulation.name());
        if shallow.host.inner_widths().is_empty() || !few {
            return Ok(());
        }
        check_encoder(&Device::flex(), |_, seed, device| {
            Pair::new(host, modulation, seed, device).deep(modulation, seed, device)
        })
    })
}

/// FSM with zero start has no effect at first, also at all depths. FSM at all depths differs from FSM at the latent.
/// Training reaches the modulator of every depth.
#[test]
fn depths_are_modulated_each_by_its_own() -> Result<(), String> {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    let mut hosts = 0;
    every_pair(|host, modulation| {
        if modulation.name() != "fsm" {
            return Ok(());
        }
        let named = |name| ShippedModulator::from_name(name).map_err(|e| e.to_string());
        let of = |config: &ShippedModulator, all: bool| -> Result<_, String> {
            let pair = Pair::new(host, config, 0, &tracked);
            let inner = if all {
                pair.deep(config, 0, &tracked)
            } else {
                pair
            };
            let model = Modulated::new(inner.host, inner.modulation);
            match all {
                true => model.with_inner(inner.inner).map_err(|e| e.to_string()),
                false => Ok(model),
            }
        };
        let none = of(&named("none")?, false)?;
        if none.encoder().inner_widths().is_empty() {
            return Ok(());
        }
        hosts += 1;
        let slide = slide(&plain);
        let meaning = semantics(&slide);
        let prepared = none.encoder().prepare(&slide, &plain);
        let batch = prepared.map_err(|e| e.to_string())?;
        let embedding = |model: &Modulated<ShippedEncoderModule, ShippedModulatorModule>| {
            values(model.valid().embed(&batch, meaning.clone()))
        };
        let identity = of(&named("fsm-zero")?, true)?;
        if embedding(&identity) != embedding(&none) {
            return Err("fsm-zero at all depths does not start as none".into());
        }
        if embedding(&of(modulation, true)?) == embedding(&of(modulation, false)?) {
            return Err("the inner layers are not modulated".into());
        }
        let weights =
            |model: &Modulated<ShippedEncoderModule, ShippedModulatorModule>| -> Vec<Vec<f32>> {
                let of_layer = |m: &ShippedModulatorModule| match m {
                    ShippedModulatorModule::Fsm(fsm) => {
                        values(fsm.coefficients(Tensor::ones([2, D_SEMANTICS], &tracked)).0)
                    }
                    _ => Vec::new(),
                };
                model.inner().iter().map(of_layer).collect()
            };
        let before = weights(&identity);
        let config = TrainConfig::new(3).with_learning_rate(1e-2);
        let (after, _) = train(identity, &batch, &meaning, &config, &mut NoObserver)
            .map_err(|e| e.to_string())?;
        let changed = before.iter().zip(weights(&after)).all(|(a, b)| *a != b);
        match changed && !before.is_empty() {
            true => Ok(()),
            false => Err("training does not reach every depth".into()),
        }
    })?;
    // SemST, STAGATE, Spatial-MGCN, MAFN, SEDR.
    assert_eq!(hosts, 5);
    Ok(())
}

/// The training loop runs every pair, and makes no step if there is nothing to train.
#[test]
fn every_pair_trains() -> Result<(), String> {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    every_pair(|host, modulation| {
        let pair = Pair::new(host, modulation, 0, &tracked);
        let (batch, meaning) = pair
            .prepare(&slide(&plain), &plain)
            .map_err(|e| e.to_string())?;
        let trainable = pair.is_trainable();
        let model = Modulated::new(pair.host, pair.modulation);
        let config = TrainConfig::new(3).with_clip_norm(5.0);
        let before = model.valid().embed(&batch, meaning.clone()).into_data();
        let (model, history) =
            train(model, &batch, &meaning, &config, &mut NoObserver).map_err(|e| e.to_string())?;
        let after = model.valid().embed(&batch, meaning).into_data();
        if history.epochs() != if trainable { 3 } else { 0 } {
            return Err(format!("{} epochs ran", history.epochs()));
        }
        if trainable == (before == after) {
            return Err(format!(
                "trainable: {trainable}, but the embedding says otherwise"
            ));
        }
        Ok(())
    })
}

/// A slide that is large enough for kernels to split their work.
fn large_slide(device: &Device) -> SlideData {
    let (n, genes) = (1200usize, 500);
    let values = (0..n * genes)
        .map(|i| {
            let (spot, gene) = (i / genes, i % genes);
            let v = (spot as f32 * 0.11 + gene as f32).sin() + (i as f32 * 0.37).cos();
            (v - 0.4).max(0.0)
        })
        .collect();
    let ring = |reach: usize| {
        let links = (0..n).flat_map(|i| (1..=reach).map(move |k| (i, (i + k * k) % n)));
        let both = links.flat_map(|(a, b)| [(a as u32, b as u32), (b as u32, a as u32)]);
        SpatialGraph::from_edges(n, both.map(|(a, b)| Link::new(a, b))).expect("links in range")
    };
    // On a circle, with distances that differ.
    let coords = Array2::from_shape_fn((n, 2), |(spot, axis)| {
        let angle = (spot as f64 + 0.2 * (spot as f64).sin()) / n as f64 * std::f64::consts::TAU;
        100.0 * if axis == 0 { angle.cos() } else { angle.sin() }
    });
    SlideData::new(Features::dense(values, n, genes, device), ring(3))
        .with_expression(ring(5))
        .with_coords(coords)
}

/// Two epochs of an encoder with FSM, dense and sparse: the embedding is equal bit for bit for any number of threads.
#[test]
fn bits_do_not_depend_on_threads() -> Result<(), String> {
    let run = |name: &str, sparse: bool, threads: usize| -> Result<Vec<f32>, String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.map_err(|e| e.to_string())?.install(|| {
            let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
            let config = ShippedEncoder::from_name(name).map_err(|e| e.to_string())?;
            let mut data = large_slide(&plain);
            if sparse {
                let entries = data.features.to_sparse().map_err(|e| e.to_string())?;
                data.features = Features::Sparse(entries);
            }
            let [n, genes] = data.features.dims();
            let host = config.init(genes, 0, &tracked).map_err(|e| e.to_string())?;
            let fsm = ShippedModulator::from_name("fsm").map_err(|e| e.to_string())?;
            let fsm = fsm.init(host.d_latent(), D_SEMANTICS, 0, &tracked);
            let batch = host.prepare(&data, &plain).map_err(|e| e.to_string())?;
            let meaning: Vec<f32> = (0..n * D_SEMANTICS).map(|i| (i as f32).sin()).collect();
            let meaning = Tensor::from_data(TensorData::new(meaning, [n, D_SEMANTICS]), &plain);
            let model = Modulated::new(host, fsm.map_err(|e| e.to_string())?);
            let (model, history) = train(
                model,
                &batch,
                &meaning,
                &TrainConfig::new(2),
                &mut NoObserver,
            )
            .map_err(|e| e.to_string())?;
            let mut out = values(model.valid().embed(&batch, meaning));
            out.extend(history.total.iter().map(|v| *v as f32));
            Ok(out)
        })
    };
    for name in ShippedEncoder::names() {
        for sparse in [false, true] {
            let one = run(name, sparse, 1)?;
            let many = run(name, sparse, 3)?;
            let same = one
                .iter()
                .zip(&many)
                .all(|(a, b)| a.to_bits() == b.to_bits());
            if !same {
                return Err(format!(
                    "{name}, sparse {sparse}: 3 threads gave other bits than 1"
                ));
            }
        }
    }
    Ok(())
}
