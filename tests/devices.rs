//! Trains every encoder with FSM for a few steps on every device of this machine, and compares it with the CPU.
//! `SEMST_DEVICE_HOST=NAME` tests one encoder, `SEMST_DEVICE_HOST=all` also the one that takes longest.
//!
//! There is one test, because a process compiles each kernel once. Without a Vulkan driver it prints a message and passes;
//! `SEMST_REQUIRE_WGPU=1` makes that a failure. With the feature `cuda` an NVIDIA card is a device too, which
//! `SEMST_REQUIRE_CUDA=1` requires. `semst-sparse/tests/devices.rs` does the same for single operations.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use semst_fsm_modulation::{ModulatorConfig, ShippedModulator};
use semst_gnn_encoders::testing::{N_FEATURES, slide};
use semst_gnn_encoders::{
    Encoder, EncoderConfig, Features, GraphstConfig, MafnConfig, SedrConfig, SemstConfig,
    ShippedEncoder, SpatialMgcnConfig, StagateConfig,
};
use semst_tests::golden::values;
use semst_training::{Modulated, NoObserver, TrainConfig, train};

/// Width of all layers and of the semantics, equal to that of the features.
const WIDTH: usize = N_FEATURES;

#[test]
fn hosts_train_as_on_the_cpu() -> Result<(), String> {
    let others = others();
    let answers = |name: &str| others.iter().any(|(other, _)| *other == name);
    if std::env::var_os("SEMST_REQUIRE_CUDA").is_some_and(|v| v == "1") && !answers("cuda") {
        return Err("SEMST_REQUIRE_CUDA=1, and no CUDA card answers: build with --features cuda on a machine with one".into());
    }
    if others.is_empty() {
        let required = std::env::var_os("SEMST_REQUIRE_WGPU").is_some_and(|v| v == "1");
        return match required {
            true => Err("SEMST_REQUIRE_WGPU=1, and wgpu does not answer: install a Vulkan driver (Debian: mesa-vulkan-drivers libvulkan1)".into()),
            false => {
                eprintln!("skipped: no device beside the CPU on this machine");
                Ok(())
            }
        };
    }
    for (device_name, device) in others {
        for host in hosts(device_name) {
            for sparse in [false, true] {
                // These encoders have own operations on sparse features; the others only multiply by them, as semst does.
                if sparse && !["semst", "graphst", "stagate"].contains(&host.name()) {
                    continue;
                }
                let began = std::time::Instant::now();
                let want = trained(&host, sparse, &Device::flex())?;
                let got = trained(&host, sparse, &device)?;
                let name = format!("{}, sparse: {sparse}, on {device_name}", host.name());
                eprintln!("{name}: {:.1} s", began.elapsed().as_secs_f32());
                for (what, got, want) in
                    [("losses", &got.0, &want.0), ("embedding", &got.1, &want.1)]
                {
                    compare(got, want).map_err(|e| format!("{what} of {name}: {e}"))?;
                }
            }
        }
    }
    Ok(())
}

/// The encoder that only `SEMST_DEVICE_HOST=all` tests on wgpu: it has the layers of Spatial-MGCN, and a software driver needs
/// three minutes to compile its kernels.
const LONGEST: &str = "mafn";

/// The floors of which every width has kernels of its own. All floors are one module, which the other two test.
const FLOORS: [&str; 5] = ["niche-pca", "rasp", "banksy", "cellcharter", "cosmim"];

/// The encoders for a device, with all widths eight: a kernel is compiled for each kind of shape, and this is nearly all of the
/// time on a software driver.
fn hosts(device: &str) -> Vec<ShippedEncoder> {
    let hosts = ShippedEncoder::names().into_iter().map(|name| match name {
        "semst" => ShippedEncoder::Semst(SemstConfig::new().with_widths(WIDTH, WIDTH)),
        "graphst" => ShippedEncoder::Graphst(GraphstConfig::new().with_d_latent(WIDTH)),
        "stagate" => ShippedEncoder::Stagate(StagateConfig::new().with_widths(WIDTH, WIDTH)),
        "spatial-mgcn" => ShippedEncoder::SpatialMgcn(
            SpatialMgcnConfig::new()
                .with_widths(WIDTH, WIDTH)
                .with_attention_hidden(WIDTH),
        ),
        "mafn" => ShippedEncoder::Mafn(MafnConfig::new().with_widths(WIDTH, WIDTH)),
        "sedr" => ShippedEncoder::Sedr(SedrConfig::new().with_widths(WIDTH, WIDTH, WIDTH, WIDTH)),
        floor => ShippedEncoder::from_name(floor).expect("a name of the list"),
    });
    let chosen = std::env::var("SEMST_DEVICE_HOST").ok();
    let is_chosen = |host: &ShippedEncoder| match chosen.as_deref() {
        Some("all") => true,
        Some(name) => host.name() == name,
        None if device == "wgpu" => host.name() != LONGEST && !FLOORS.contains(&host.name()),
        None => true,
    };
    hosts.filter(is_chosen).collect()
}

fn others() -> Vec<(&'static str, Device)> {
    let names = semst::DEVICES.iter().copied();
    names
        .filter(|name| !["auto", "cpu"].contains(name))
        .filter_map(|name| Some((name, semst::device(name).ok()?)))
        .collect()
}

/// Losses and embedding after three steps.
fn trained(
    config: &ShippedEncoder,
    sparse: bool,
    device: &Device,
) -> Result<(Vec<f32>, Vec<f32>), String> {
    let tracked = device.clone().autodiff();
    let host = config
        .init(N_FEATURES, 0, &tracked)
        .map_err(|e| e.to_string())?;
    let fsm = ShippedModulator::from_name("fsm").map_err(|e| e.to_string())?;
    let fsm = fsm
        .init(host.d_latent(), WIDTH, 0, &tracked)
        .map_err(|e| e.to_string())?;
    let mut data = slide(device);
    if sparse {
        let entries = data.features.to_sparse().map_err(|e| e.to_string())?;
        data.features = Features::Sparse(entries);
    }
    let [n, _] = data.features.dims();
    let batch = host.prepare(&data, device).map_err(|e| e.to_string())?;
    let meaning: Vec<f32> = (0..n * WIDTH).map(|i| (i as f32).sin()).collect();
    let meaning = Tensor::from_data(TensorData::new(meaning, [n, WIDTH]), device);
    let config = TrainConfig::new(3).with_clip_norm(5.0);
    let model = Modulated::new(host, fsm);
    let (model, history) =
        train(model, &batch, &meaning, &config, &mut NoObserver).map_err(|e| e.to_string())?;
    let losses = history.total.iter().map(|v| *v as f32).collect();
    Ok((losses, values(model.valid().embed(&batch, meaning))))
}

/// Allows 2e-3 of the largest number: Adam divides gradients by their size, which magnifies the last bits of small ones.
fn compare(got: &[f32], want: &[f32]) -> Result<(), String> {
    if got.len() != want.len() {
        return Err(format!("{} numbers instead of {}", got.len(), want.len()));
    }
    let top = want.iter().fold(1e-30f32, |a, b| a.max(b.abs()));
    let far = (0..got.len()).find(|&i| {
        let distance = (got[i] - want[i]).abs();
        distance.is_nan() || distance > 2e-3 * top
    });
    far.map_or(Ok(()), |i| {
        Err(format!(
            "number {i} is {} instead of {} (largest {top})",
            got[i], want[i]
        ))
    })
}
