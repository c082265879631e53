//! Writes simulated slides as `.h5ad`: `slide SPOTS GENES DEPTH SEED FILE`.
//!
//! `cargo xtask bench-scale` uses it to make slides of 10,000 to 1,000,000 spots; with a depth of 75 over 2,000 genes, 3 % of
//! the entries are non-zero.

#![allow(clippy::print_stdout, reason = "the result is the output")]

use semst_io::{Slots, write_h5ad};
use semst_simulate::LayeredTissue;
use std::path::Path;

const USAGE: &str = "usage: slide SPOTS GENES DEPTH SEED FILE.h5ad";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [spots, genes, depth, seed, file] = &args[..] else {
        return Err(USAGE.into());
    };
    let slide = LayeredTissue::new(seed.parse()?)
        .with_spots(spots.parse()?)
        .with_genes(genes.parse()?)
        .with_depth(depth.parse()?)
        .generate()?
        .into_dataset()?;
    let (n, g) = (slide.n_spots(), slide.n_genes());
    let share = slide.counts.nnz() as f64 / (n * g) as f64;
    write_h5ad(&slide, Path::new(file), &Slots::new())?;
    println!(
        "{file}: {n} spots × {g} genes, {:.2} % non-zero",
        100.0 * share
    );
    Ok(())
}
