//! Measures a training step of every encoder on a slide of 4,000 spots and 3,000 genes.
//!
//! `cargo run --release -p semst-benches --bin step_time -- [names]`
#![allow(clippy::print_stdout, reason = "the table is the output")]

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::Device;
use ndarray::Array2;
use semst_gnn_encoders::{Encoder, EncoderConfig, Features, ShippedEncoder, SlideData};
use semst_spatial_graph::{Link, SpatialGraph};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let (side, genes) = (63usize, 3000);
    let n = side * side;
    let ring = |reach: i64| {
        let links = (0..n as i64).flat_map(move |i| {
            (-reach..=reach).flat_map(move |dy| (-reach..=reach).map(move |dx| (i, dx, dy)))
        });
        let side = side as i64;
        links.filter_map(move |(i, dx, dy)| {
            let (x, y) = (i % side + dx, i / side + dy);
            let inside = (0..side).contains(&x) && (0..side).contains(&y) && (dx, dy) != (0, 0);
            inside.then(|| Link::new(i as u32, (y * side + x) as u32))
        })
    };
    println!("| host | features | prepare s | step s | embedding s |\n|---|---|---|---|---|");
    for name in ShippedEncoder::names() {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let config = ShippedEncoder::from_name(name)?;
        let pcs = config.recipe().preprocess.n_components;
        for density in [0.05, 0.15, 1.0] {
            if pcs.is_some() && density < 1.0 {
                continue;
            }
            let f = pcs.unwrap_or(genes);
            let values: Vec<f32> = (0..n * f)
                .map(|i| {
                    let u = (i as f64 * 0.618_033_988_75).fract();
                    let v = ((i / f) as f32 * 0.01 + (i % f) as f32).sin().abs();
                    if u < density || pcs.is_some() {
                        v + 0.1
                    } else {
                        0.0
                    }
                })
                .collect();
            let plain = Device::flex();
            let features = Features::dense(values, n, f, &plain);
            let features = match density < 0.5 {
                true => Features::Sparse(features.to_sparse()?),
                false => features,
            };
            let reach = if name == "graphst" || pcs.is_some() {
                1
            } else {
                3
            };
            let slide = SlideData::new(features, SpatialGraph::from_edges(n, ring(reach))?)
                .with_expression(SpatialGraph::from_edges(n, ring(2))?)
                .with_coords(Array2::from_shape_fn((n, 2), |(i, axis)| {
                    [i % side, i / side][axis] as f64
                }));
            let mut host = config.init(f, 0, &plain.clone().autodiff())?;
            let start = Instant::now();
            let batch = host.prepare(&slide, &plain)?;
            let prepared = start.elapsed().as_secs_f64();
            let mut adam = AdamConfig::new().init();
            let (mut best, steps) = (f64::INFINITY, 4);
            for _ in 0..steps {
                let start = Instant::now();
                let (latent, trace) = host.encode(&batch, 0);
                let total = host
                    .loss(latent, trace, &batch, 0)
                    .total()
                    .ok_or("no terms")?;
                if !total.is_tracked() {
                    best = 0.0;
                    break;
                }
                let grads = GradientsParams::from_grads(total.backward(), &host);
                let before = host.clone();
                host = adam.step(1e-3, host, grads).after_step(&before);
                best = best.min(start.elapsed().as_secs_f64());
            }
            let host = host.valid();
            let start = Instant::now();
            let (latent, _) = host.encode(&batch, 0);
            let shape = host.readout(latent, &batch).dims();
            let embedded = start.elapsed().as_secs_f64();
            println!(
                "| {name} | {f}, {density} | {prepared:.3} | {best:.3} | {embedded:.3} {shape:?} |"
            );
        }
    }
    Ok(())
}
