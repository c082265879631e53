//! The `semst` binary: spatial domains from the command line.
//!
//! Every error is one line on standard error and exit code 2; an interrupt leaves the old files or none and exits with 130.

mod ablate;
mod args;
mod command;
mod demo;
mod embed;
mod evaluate;
mod failure;
mod inspect;
mod outputs;
mod progress;
mod recorded;
mod report;
mod run;
mod truth;

use args::{Args, Command, LogFormat};
use clap::CommandFactory;
use std::io::Write;
use std::process::ExitCode;

/// glibc gives every large buffer back to the kernel, which makes each tensor operation fault its output in anew
/// (three times slower at 100,000 spots, docs/decisions/0009).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match failure::parse() {
        Ok(args) => args,
        Err(code) => return code,
    };
    // Without a handler an interrupt still ends the program; only the temporary files would stay behind.
    let _ = ctrlc::set_handler(|| {
        semst_ablation::end_commands();
        semst::io::remove_unfinished();
        std::process::exit(130);
    });
    let json = tells_json(&args.command);
    failure::told(json, || match &args.command {
        Command::Run(args) => run::main(args),
        Command::Demo(args) => demo::main(args),
        Command::Evaluate(args) => evaluate::main(args),
        Command::Report(args) => report::main(args),
        Command::Inspect(args) => inspect::main(args),
        Command::Ablate(args) => ablate::main(args),
        Command::Embed(args) => embed::main(args),
        Command::Completions { shell } => completions(*shell),
    })
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    // Into memory first: the generator panics where its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "semst", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}

fn tells_json(command: &Command) -> bool {
    let log = match command {
        Command::Run(args) => &args.log,
        Command::Demo(args) => &args.log,
        Command::Ablate(args) => &args.log,
        Command::Embed(args) => args.what.log(),
        _ => return false,
    };
    log.log_format == LogFormat::Json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
