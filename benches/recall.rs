//! Measures how many expression neighbours of a large slide are found: `recall SLIDE.h5ad [PROBES]`.
//!
//! The neighbours of 1,000 evenly spaced spots are searched exactly, with the same principal components.

#![allow(clippy::print_stdout, reason = "the numbers are the output")]

use ndarray::Axis;
use semst::RunConfig;
use semst::graph::{CellKnn, SpatialGraph};
use semst::io::{ReadConfig, read};
use semst::preprocess::Pca;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// Number of components, as in the pipeline above 20,000 spots.
const COMPONENTS: usize = 20;
/// Spots whose neighbours are searched exactly.
const ASKED: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let file = args.first().ok_or("usage: recall SLIDE.h5ad [PROBES]")?;
    let (slide, _) = read(Path::new(file), &ReadConfig::new())?;
    let config = RunConfig::preset("default")?;
    let (features, _) = config.preprocess.run(&slide.counts)?;
    let started = Instant::now();
    let scores = Pca::new(COMPONENTS).fit(&features.matrix)?.scores;
    println!(
        "{} spots, components {:.1} s",
        scores.nrows(),
        seconds(started)
    );
    let mut knn = CellKnn::new(config.n_neighbors);
    if let Some(probes) = args.get(1) {
        knn = knn.with_probes(probes.parse()?);
    }
    let started = Instant::now();
    let found = knn.build(scores.view())?;
    println!("neighbours {:.1} s, {knn:?}", seconds(started));
    let started = Instant::now();
    println!(
        "recall {:.4}, exact search of {ASKED} spots {:.1} s",
        recall(&found, &scores, knn.k),
        seconds(started)
    );
    Ok(())
}

/// Fraction of the exact neighbours that were found.
fn recall(found: &SpatialGraph, scores: &ndarray::Array2<f32>, k: usize) -> f64 {
    let mut unit = scores.clone();
    for mut row in unit.axis_iter_mut(Axis(0)) {
        let length = row.dot(&row).sqrt().max(f32::MIN_POSITIVE);
        row /= length;
    }
    let n = unit.nrows();
    let mut hits = 0;
    for i in (0..ASKED).map(|i| i * n / ASKED) {
        let similar = unit.dot(&unit.row(i));
        let mut order: Vec<u32> = (0..n as u32).filter(|j| *j as usize != i).collect();
        order.select_nth_unstable_by(k - 1, |&a, &b| {
            similar[b as usize].total_cmp(&similar[a as usize])
        });
        let near = found.row(i).0;
        hits += order[..k].iter().filter(|j| near.contains(j)).count();
    }
    hits as f64 / (ASKED * k) as f64
}

fn seconds(started: Instant) -> f64 {
    started.elapsed().as_secs_f64()
}
