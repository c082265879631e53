//! The Rust side of `cargo xtask bench-peers`: exports a slide for the Python side, and trains on the same file.
//!
//! ```sh
//! cargo run --release -p semst-benches --bin peer -- export semst slide.h5ad slide.safetensors
//! cargo run --release -p semst-benches --bin peer -- train semst slide.safetensors 10
//! ```

#![allow(
    clippy::print_stdout,
    reason = "one line of JSON is what this program is for"
)]

#[path = "export.rs"]
mod export;
#[path = "method.rs"]
mod method;
#[path = "slide_file.rs"]
mod slide_file;
#[path = "timed_run.rs"]
mod timed_run;

use method::Method;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: peer export METHOD SLIDE.h5ad OUT.safetensors | peer train METHOD SLIDE.safetensors EPOCHS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("peer: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    match arguments {
        ["export", method, slide, out] => {
            export::run(Method::from_name(method)?, Path::new(slide), Path::new(out))
        }
        ["train", method, slide, epochs] => timed_run::run(
            Method::from_name(method)?,
            Path::new(slide),
            epochs.parse()?,
        ),
        _ => Err(USAGE.into()),
    }
}
