//! Tasks of the workspace: the gate, its style rules, and the tools that make committed files.
//!
//! `cargo xtask check` is the whole gate, locally and in CI; `cargo xtask --help` lists the others.

mod attack;
mod bench;
mod bench_peers;
mod bench_scale;
mod check;
mod flags;
mod foreign;
mod gene_table;
mod golden;
mod tidy;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    match run(flags::Xtask::from_env_or_exit()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: flags::Xtask) -> anyhow::Result<()> {
    use flags::XtaskCmd;
    match flags.subcommand {
        XtaskCmd::Check(_) => check::run(),
        XtaskCmd::Tidy(_) => tidy::run(),
        XtaskCmd::Foreign(_) => foreign::run(true),
        XtaskCmd::Attack(options) => attack::run(&options),
        XtaskCmd::Golden(golden) => golden::run(&golden.area, golden.python.as_deref()),
        XtaskCmd::GeneTable(_) => gene_table::run(),
        XtaskCmd::Bench(bench) => bench::run(bench.filter.as_deref()),
        XtaskCmd::BenchPeers(options) => bench_peers::run(&options),
        XtaskCmd::BenchScale(options) => bench_scale::run(&options),
    }
}
