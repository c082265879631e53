//! Reads a slide and writes it back with one slot of every kind: what `tests/golden/io` checks.
//!
//! `cargo run --release -p semst-io --example add_slots -- INPUT OUTPUT.h5ad`

use std::path::PathBuf;
use std::time::Instant;

use ndarray::Array2;
use semst_io::{CountMatrix, ObsColumn, ReadConfig, Slots, UnsValue, read, write_h5ad};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output)) = (paths.next(), paths.next()) else {
        return Err("usage: add_slots INPUT OUTPUT.h5ad".into());
    };
    let start = Instant::now();
    let (slide, report) = read(&input, &ReadConfig::new())?;
    let read_time = start.elapsed();
    let n = slide.n_spots();
    let codes: Vec<u32> = (0..n as u32).map(|spot| spot % 3).collect();
    let confidence = (0..n).map(|spot| (spot % 7) as f64 / 8.0).collect();
    let embedding = Array2::from_shape_fn((n, 5), |(row, column)| (row * 5 + column) as f32);
    let ring = |weight: fn(usize) -> f32| {
        let indices = (0..n).map(|spot| ((spot + 1) % n) as u32).collect();
        CountMatrix::new(
            (n, n),
            (0..=n).collect(),
            indices,
            (0..n).map(weight).collect(),
        )
    };
    let slots = Slots::new()
        .with_obs(
            "semst_domain",
            ObsColumn::from_codes(&codes, |k| k.to_string()),
        )
        .with_obs("semst_confidence", ObsColumn::Numeric(confidence))
        .with_obs(
            "semst_core",
            ObsColumn::Bool(codes.iter().map(|&c| c == 0).collect()),
        )
        .with_obsm("X_semst", embedding.clone())
        .with_obsm("X_semst_semantics", embedding)
        .with_obsp("spatial_connectivities", ring(|_| 1.0))
        .with_obsp("spatial_distances", ring(|spot| spot as f32 + 0.5))
        .with_uns(
            "spatial_neighbors",
            UnsValue::dict([
                ("connectivities_key", "spatial_connectivities".into()),
                ("distances_key", "spatial_distances".into()),
                (
                    "params",
                    UnsValue::dict([
                        ("n_neighbors", UnsValue::Int(6)),
                        ("coord_type", "generic".into()),
                    ]),
                ),
            ]),
        )
        .with_uns(
            "semst",
            UnsValue::dict([
                ("version", "0.1.0".into()),
                ("seed", UnsValue::Int(-1)),
                ("fsm", true.into()),
                ("rate", UnsValue::Float(1e-3)),
                ("losses", vec![1.0, 0.5, f64::NAN].into()),
                ("sizes", vec![1i64, 2].into()),
                ("empty", Vec::<f64>::new().into()),
                ("names", vec!["é".to_string(), String::new()].into()),
                ("nothing", UnsValue::dict::<&str>([])),
            ]),
        )
        .with_uns(
            "semst_domain_colors",
            ["#1f77b4", "#ff7f0e", "#279e68"]
                .map(String::from)
                .to_vec()
                .into(),
        );
    let start = Instant::now();
    write_h5ad(&slide, &output, &slots)?;
    eprintln!(
        "{report}\nread {read_time:?}, written {:?}",
        start.elapsed()
    );
    Ok(())
}
