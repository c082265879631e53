//! The command line of semst, for our binary and for those of third parties.
//!
//! [`main`] is the whole program `semst`, with the parts of a [`Plugins`]: ours, or those of a third party (docs/extending.md).
//!
//! Every error is one line on standard error and exit code 2. An interrupt leaves the old files or none, and exits with 130.
//! A panic on any thread is one line and exit code 101.

mod ablate;
mod args;
mod completions;
mod configuration;
mod demo;
mod earlier;
mod embed;
mod evaluate;
mod failure;
mod inspect;
mod no_table;
mod outputs;
mod progress;
mod recorded;
mod report;
mod run;
mod shown;
mod step;
mod their_slots;
mod truth;
mod version;

use args::Command;
use semst::Plugins;
use semst::io::complete_published;
use std::path::Path;
use std::process::ExitCode;

/// Runs the command line, and returns the exit code of the process.
///
/// The binary should use mimalloc as its global allocator: every tensor operation is up to three times slower without (docs/decisions/0009).
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     semst_cli::main::<semst::Shipped>()
/// }
/// ```
pub fn main<P: Plugins>() -> ExitCode {
    let args = match failure::parse::<P>() {
        Ok(args) => args,
        Err(code) => return code,
    };
    // Without a handler an interrupt leaves temporary files.
    let _ = ctrlc::set_handler(|| {
        semst_ablation::end_commands();
        semst::io::remove_unfinished();
        std::process::exit(130);
    });
    if let Err(code) = failure::with_threads(args.command.threads()) {
        return code;
    }
    let json = args.command.prints_json();
    failure::reported(json, || {
        // The input may be a result of a command that was killed while it moved its files.
        if let Some(folder) = args.command.input().and_then(Path::parent) {
            complete_published(folder)?;
        }
        match &args.command {
            Command::Run(args) => run::main::<P>(args),
            Command::Demo(args) => demo::main(args),
            Command::Evaluate(args) => evaluate::main(args),
            Command::Report(args) => report::main(args),
            Command::Inspect(args) => inspect::main(args),
            Command::Ablate(args) => ablate::main::<P>(args),
            Command::Embed(args) => embed::main(args),
            Command::Completions { shell } => completions::main::<P>(*shell),
        }
    })
}
