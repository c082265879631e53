//! Every shipped host with every shipped modulator, as a host of its own, through the conformance kit.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use semst_fsm_modulation::{Modulation, ModulationConfig, Modulator};
use semst_gnn_encoders::testing::{N_FEATURES, check_host, slide};
use semst_gnn_encoders::{
    Batch, Encoder, EncoderConfig, EncoderError, Features, Host, Losses, SlideData,
};
use semst_spatial_graph::{Link, SpatialGraph};
use semst_tests::golden::values;
use semst_training::{Modulated, NoObserver, TrainConfig, train};

const D_SEMANTICS: usize = 6;

/// A host whose latent is already modulated, by semantics that are a fixed function of the features.
#[derive(Module, Debug)]
struct Pair {
    host: Encoder,
    modulation: Modulation,
}

impl Pair {
    fn new(
        host: &EncoderConfig,
        modulation: &ModulationConfig,
        seed: u64,
        device: &Device,
    ) -> Self {
        let host = host
            .init(N_FEATURES, seed, device)
            .expect("there are features");
        let modulation = modulation
            .init(host.d_latent(), D_SEMANTICS, seed, device)
            .expect("every latent has an even width");
        Self { host, modulation }
    }
}

fn semantics(batch: &Batch) -> Tensor<2> {
    let x = batch.features.to_dense();
    let mixing: Vec<f32> = (0..N_FEATURES * D_SEMANTICS)
        .map(|i| (i as f32 * 1.3).sin())
        .collect();
    let mixing = TensorData::new(mixing, [N_FEATURES, D_SEMANTICS]);
    x.clone().matmul(Tensor::from_data(mixing, &x.device()))
}

impl Host for Pair {
    type Trace = <Encoder as Host>::Trace;

    fn d_latent(&self) -> usize {
        self.host.d_latent()
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<Batch, EncoderError> {
        self.host.prepare(data, device)
    }

    fn encode(&self, batch: &Batch) -> (Tensor<2>, Self::Trace) {
        self.encode_with(batch, &mut |_, hidden| hidden)
    }

    fn inner_widths(&self) -> Vec<usize> {
        self.host.inner_widths()
    }

    fn encode_with(
        &self,
        batch: &Batch,
        inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Self::Trace) {
        let (latent, trace) = self.host.encode_with(batch, inner);
        (self.modulation.forward(latent, semantics(batch)), trace)
    }

    fn readout(&self, latent: Tensor<2>, batch: &Batch) -> Tensor<2> {
        self.host.readout(latent, batch)
    }

    fn loss(&self, latent: Tensor<2>, trace: Self::Trace, batch: &Batch) -> Losses {
        self.host.loss(latent, trace, batch)
    }

    fn after_step(mut self, before: &Self) -> Self {
        self.host = self.host.after_step(&before.host);
        self
    }

    fn is_trainable(&self) -> bool {
        self.host.is_trainable() || self.modulation.num_params() > 0
    }
}

fn every_pair(
    mut check: impl FnMut(&EncoderConfig, &ModulationConfig) -> Result<(), String>,
) -> Result<(), String> {
    for host in EncoderConfig::NAMES {
        for modulation in ModulationConfig::NAMES {
            check(
                &EncoderConfig::from_name(host).map_err(|e| e.to_string())?,
                &ModulationConfig::from_name(modulation).map_err(|e| e.to_string())?,
            )
            .map_err(|e| format!("{host} with {modulation}: {e}"))?;
        }
    }
    Ok(())
}

#[test]
fn every_pair_conforms() -> Result<(), String> {
    every_pair(|host, modulation| {
        check_host(&Device::flex(), |_, seed, device| {
            Pair::new(host, modulation, seed, device)
        })
    })
}

/// The training loop runs every pair, and does nothing where there is nothing to train.
#[test]
fn every_pair_trains() -> Result<(), String> {
    let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
    every_pair(|host, modulation| {
        let pair = Pair::new(host, modulation, 0, &tracked);
        let batch = pair
            .prepare(&slide(&plain), &plain)
            .map_err(|e| e.to_string())?;
        let trainable = pair.is_trainable();
        let model = Modulated::new(pair.host, pair.modulation);
        let config = TrainConfig::new(3).with_clip_norm(5.0);
        let meaning = semantics(&batch);
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

/// A slide large enough that kernels split their work.
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
    SlideData {
        features: Features::dense(values, n, genes, device),
        spatial: ring(3),
        expression: Some(ring(5)),
    }
}

/// Two epochs of a host with FSM, dense and sparse: the embedding to the bit for any number of threads.
#[test]
fn bits_do_not_depend_on_threads() -> Result<(), String> {
    let run = |name: &str, sparse: bool, threads: usize| -> Result<Vec<f32>, String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.map_err(|e| e.to_string())?.install(|| {
            let (plain, tracked) = (Device::flex(), Device::flex().autodiff());
            let config = EncoderConfig::from_name(name).map_err(|e| e.to_string())?;
            let mut data = large_slide(&plain);
            if sparse {
                let entries = data.features.to_sparse().map_err(|e| e.to_string())?;
                data.features = Features::Sparse(entries);
            }
            let [n, genes] = data.features.dims();
            let host = config.init(genes, 0, &tracked).map_err(|e| e.to_string())?;
            let fsm = ModulationConfig::from_name("fsm").map_err(|e| e.to_string())?;
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
    for name in EncoderConfig::NAMES {
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
