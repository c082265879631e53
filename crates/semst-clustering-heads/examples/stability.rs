//! Measures how much the seeds of the default head agree on the committed development embeddings.
//!
//! One Markdown row per embedding; the log-likelihood gain over scikit-learn has no meaning if the head reduced the columns
//! (`st_mob`).
//!
//! `cargo run --release -p semst-clustering-heads --example stability -- [seeds] [filter] [config as JSON] [folder]`
#![allow(clippy::print_stdout, reason = "the table is the output")]

use std::collections::BTreeMap;
use std::time::Instant;

use ndarray::Array2;
use semst_clustering_heads::{ClusterHead, GaussianMixtureConfig};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    n: usize,
    d: usize,
    k: usize,
    scale: Vec<f32>,
    sklearn_tied_log_likelihood: f64,
    truth: Vec<i64>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let seeds: u64 = args.get(1).map_or(Ok(20), |s| s.parse())?;
    let filter = args.get(2).map_or("", String::as_str);
    let config: GaussianMixtureConfig =
        serde_json::from_str(args.get(3).map_or("{}", String::as_str))?;
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/embeddings");
    let folder = args.get(4).map_or(golden, String::as_str);
    let index: BTreeMap<String, Golden> =
        serde_json::from_str(&std::fs::read_to_string(format!("{folder}/index.json"))?)?;
    println!(
        "| embedding | seeds' mean pairwise ARI (min) | ARI with truth, best likelihood | over seeds | log-likelihood - sklearn, min..max | s per run | best run: start and sizes |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, g) in index.iter().filter(|(n, _)| n.contains(filter)) {
        let bytes = std::fs::read(format!("{folder}/{name}.i16"))?;
        let z = Array2::from_shape_fn((g.n, g.d), |(i, c)| {
            let at = 2 * (i * g.d + c);
            f32::from(i16::from_le_bytes([bytes[at], bytes[at + 1]])) * g.scale[c]
        });
        let head = config.clone().init(g.k)?;
        let time = Instant::now();
        let runs = (0..seeds)
            .map(|s| head.assign(z.view(), s))
            .collect::<Result<Vec<_>, _>>()?;
        let seconds = time.elapsed().as_secs_f64() / seeds as f64;
        let truth: Vec<(usize, u32)> = (0..g.n)
            .filter(|&i| g.truth[i] >= 0)
            .map(|i| (i, g.truth[i] as u32))
            .collect();
        let score = |l: &[u32]| ari(truth.iter().map(|&(i, t)| (l[i], t)));
        let mut pairs = Vec::new();
        for a in 0..runs.len() {
            for b in 0..a {
                pairs.push(ari(runs[a]
                    .labels
                    .iter()
                    .copied()
                    .zip(runs[b].labels.iter().copied())));
            }
        }
        let mean = pairs.iter().sum::<f64>() / pairs.len().max(1) as f64;
        let least = pairs.iter().copied().fold(1.0, f64::min);
        let gain: Vec<f64> = runs
            .iter()
            .map(|r| r.log_likelihood.unwrap_or(f64::NAN) - g.sklearn_tied_log_likelihood)
            .collect();
        let best = (0..runs.len())
            .max_by(|&a, &b| gain[a].total_cmp(&gain[b]))
            .unwrap_or(0);
        let scores: Vec<f64> = runs.iter().map(|r| score(&r.labels)).collect();
        let (low, high) = (
            scores.iter().copied().fold(1.0, f64::min),
            scores.iter().copied().fold(-1.0, f64::max),
        );
        let (min, max) = (
            gain.iter().copied().fold(f64::INFINITY, f64::min),
            gain[best],
        );
        let sizes = (0..g.k as u32)
            .map(|c| runs[best].labels.iter().filter(|&&l| l == c).count())
            .collect::<Vec<_>>();
        println!(
            "| {name} | {mean:.3} ({least:.3}) | {:.3} | {low:.3}..{high:.3} | {min:.2}..{max:.2} | {seconds:.2} | {} {sizes:?} |",
            scores[best], runs[best].start
        );
    }
    Ok(())
}

/// Adjusted Rand index; a copy, so that the example needs no other crate of the workspace.
fn ari(pairs: impl Iterator<Item = (u32, u32)>) -> f64 {
    let (mut cells, mut rows, mut columns, mut n) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), 0.0);
    for (a, b) in pairs {
        *cells.entry((a, b)).or_insert(0.0) += 1.0;
        *rows.entry(a).or_insert(0.0) += 1.0;
        *columns.entry(b).or_insert(0.0) += 1.0;
        n += 1.0;
    }
    let two = |v: &f64| v * (v - 1.0) / 2.0;
    let (c, r, k): (f64, f64, f64) = (
        cells.values().map(two).sum(),
        rows.values().map(two).sum(),
        columns.values().map(two).sum(),
    );
    let expected = r * k / two(&n);
    (c - expected) / (0.5 * (r + k) - expected)
}
