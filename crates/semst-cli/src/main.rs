//! The `semst` binary: spatial domains from the command line.
//!
//! Every error is one line on standard error and exit code 2; an interrupt leaves no half-written file and exits with 130.

mod ablate;
mod args;
mod demo;
mod evaluate;
mod inspect;
mod outputs;
mod progress;
mod report;
mod run;
mod truth;

use args::{Args, Command};
use clap::{CommandFactory, Parser};
use std::io::Write;
use std::process::ExitCode;

/// glibc gives every large buffer back to the kernel, which makes each tensor operation fault its output in anew
/// (three times slower at 100,000 spots, RUST.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    // Without a handler an interrupt still ends the program; only the temporary file would stay behind.
    let _ = ctrlc::set_handler(|| {
        semst::io::remove_unfinished();
        std::process::exit(130);
    });
    let result = match args.command {
        Command::Run(args) => run::main(&args),
        Command::Demo(args) => demo::main(&args),
        Command::Evaluate(args) => evaluate::main(&args),
        Command::Report(args) => report::main(&args),
        Command::Inspect(args) => inspect::main(&args),
        Command::Ablate(args) => ablate::main(&args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "semst", &mut std::io::stdout());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = one_line(&error);
            let _ = writeln!(std::io::stderr(), "error: {text}");
            ExitCode::from(2)
        }
    }
}

/// The error and its causes on one line, each said once.
fn one_line(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause
            .to_string()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if !parts.iter().any(|p| p.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn errors_are_one_line() {
        let error = anyhow::anyhow!("inner\n  words").context("outer");
        assert_eq!(one_line(&error), "outer: inner words");
    }
}
