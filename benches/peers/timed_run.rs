//! Trains on an exported slide, and prints times and memory as one line of JSON.

use crate::method::{DOMAINS, Method};
use crate::slide_file::SlideFile;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::Array2;
use semst_clustering_heads::{ClusterHead, KMeansConfig};
use semst_evaluation::peak_mib;
use semst_gnn_encoders::{Encoder, Features, SlideData};
use semst_training::{EpochEnd, Flow, Modulated, train};
use std::path::Path;
use std::time::Instant;

type Error = Box<dyn std::error::Error>;

/// Reads, trains, embeds, and clusters once at the end.
pub(crate) fn run(method: Method, slide: &Path, epochs: usize) -> Result<String, Error> {
    let started = Instant::now();
    let file = SlideFile::read(slide)?;
    let (device, trained_on) = (Device::flex(), Device::flex().autodiff());
    let x = file.features()?;
    let features = Features::by_density(x.view(), &device)?;
    let spatial = file.links("spatial")?.ok_or("the file has no links")?;
    let mut data = SlideData::new(features, spatial);
    data.expression = file.links("expression")?;
    let host = method.host(x.cols(), &trained_on)?;
    let modulator = method.modulator(&host, &trained_on)?;
    let batch = host.prepare(&data, &device)?;
    let (values, shape) = file.floats("semantics")?;
    let semantics = TensorData::new(values, [shape[0], shape[1]]);
    let semantics = Tensor::<2>::from_data(semantics, &device);
    drop((file, data, x));
    let setup = started.elapsed().as_secs_f64();

    let (mut losses, mut times) = (Vec::new(), Vec::new());
    let (processor, mut last) = (processor_seconds(), Instant::now());
    let mut observer = |event: EpochEnd| {
        losses.push(event.loss);
        times.push(last.elapsed().as_secs_f64());
        last = Instant::now();
        Flow::Continue
    };
    let config = method.training(epochs);
    let model = Modulated::new(host, modulator);
    let (model, _) = train(model, &batch, &semantics, &config, &mut observer)?;

    let processor = (processor_seconds() - processor) / epochs.max(1) as f64;
    let ending = Instant::now();
    let embedding = model.valid().embed(&batch, semantics);
    if method == Method::Semst {
        let [n, d] = embedding.dims();
        let values: Vec<f32> = embedding.into_data().iter::<f32>().collect();
        let z = Array2::from_shape_vec((n, d), values)?;
        KMeansConfig::new().init(DOMAINS)?.assign(z.view(), 100)?;
    }
    Ok(serde_json::json!({
        "setup_s": setup,
        "epoch_s": times,
        "processor_s": processor,
        "end_s": ending.elapsed().as_secs_f64(),
        "total_s": started.elapsed().as_secs_f64(),
        "peak_mib": peak_mib().unwrap_or(0.0),
        "losses": losses,
    })
    .to_string())
}

/// Processor time of all threads so far, in steps of 10 ms; 0 if the system does not report it.
fn processor_seconds() -> f64 {
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS
}
