//! Reports a failure: one line on standard error, and the exit code.

use crate::args::{self, Args};
use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// Where the last panic was, and what it said.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// The arguments; or help or one line about what is wrong with them, and the exit code.
pub(crate) fn parse<P: semst::Plugins>() -> Result<Args, ExitCode> {
    let matches = args::command::<P>().try_get_matches();
    let parsed = matches.and_then(|matches| Args::from_arg_matches(&matches));
    parsed.map_err(|error| {
        let help = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        if error.use_stderr() && error.kind() != help {
            tell(&usage_line(&error.to_string()), false);
            return ExitCode::from(2);
        }
        let _ = error.print();
        ExitCode::from(error.exit_code() as u8)
    })
}

/// Uses this many threads, or all.
pub(crate) fn with_threads(threads: Option<std::num::NonZeroUsize>) -> Result<(), ExitCode> {
    let Some(threads) = threads else {
        return Ok(());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get());
    pool.build_global().map_err(|error| {
        tell(
            &format!("{threads} threads cannot be started: {error}"),
            false,
        );
        ExitCode::from(2)
    })
}

/// Runs a command: 0 when it succeeds, 2 after one line when it fails, 101 after one line when it panics.
pub(crate) fn reported(json: bool, command: impl FnOnce() -> Result<()>) -> ExitCode {
    // A damaged file may make the HDF5 reader panic, which semst-io turns into an error: its words would be a second line.
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|info| {
            *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
        }));
    }
    match catch_unwind(AssertUnwindSafe(command)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // Whoever read our standard output has seen enough.
        Ok(Err(error)) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            tell(&with_options(&one_line(&error)), json);
            ExitCode::from(2)
        }
        Err(_) => {
            let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
            let words = collapsed(&panic.unwrap_or_default());
            tell(&format!("this is a bug in semst: {words}"), json);
            ExitCode::from(101)
        }
    }
}

/// A closed standard error is no reason to stop.
fn tell(text: &str, json: bool) {
    let line = if json {
        serde_json::json!({ "error": text }).to_string()
    } else {
        format!("error: {text}")
    };
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The error and its causes on one line, each said once.
fn one_line(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = collapsed(&cause.to_string());
        if !parts.iter().any(|p| p.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

/// The advice of a library, "set `spatial_key`", as the option of the command line: "set --spatial-key".
fn with_options(text: &str) -> String {
    let mut parts = text.split("set `");
    let mut line = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        line += "set ";
        match part.split_once('`') {
            Some((field, rest)) if is_option(&field.replace('_', "-")) => {
                line += &format!("--{}{rest}", field.replace('_', "-"));
            }
            _ => line += &format!("`{part}"),
        }
    }
    line
}

fn is_option(name: &str) -> bool {
    let commands = Args::command();
    commands
        .get_subcommands()
        .flat_map(|command| command.get_arguments())
        .any(|argument| argument.get_long() == Some(name))
}

/// The parser's paragraphs on one line, without the usage.
fn usage_line(text: &str) -> String {
    text.trim_start_matches("error: ")
        .split("\n\n")
        .map(collapsed)
        .filter(|paragraph| !paragraph.is_empty() && !paragraph.starts_with("Usage:"))
        .map(|paragraph| {
            paragraph
                .trim_end_matches('.')
                .replace("For more", "for more")
        })
        .collect::<Vec<_>>()
        .join("; ")
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn errors_are_one_line() {
        let error = anyhow::anyhow!("inner\n  words").context("outer");
        assert_eq!(one_line(&error), "outer: inner words");
    }

    #[test]
    fn fields_become_options() {
        for (library, line) in [
            ("set `spatial_key` to a", "set --spatial-key to a"),
            (
                "a; set `layer` or set `nothing`",
                "a; set --layer or set `nothing`",
            ),
            ("`layer` is not in obs", "`layer` is not in obs"),
        ] {
            assert_eq!(with_options(library), line);
        }
    }

    #[test]
    fn wrong_arguments_are_one_line() {
        let said = |args: &[&str]| {
            let error = Args::try_parse_from(args).err();
            error.map(|e| usage_line(&e.to_string()))
        };
        let missing = "the following required arguments were not provided: <INPUT>; for more information, try '--help'";
        assert_eq!(said(&["semst", "run"]).as_deref(), Some(missing));
        let tip = "unexpected argument '--domain' found; tip: a similar argument exists: '--domains'; for more information, try '--help'";
        assert_eq!(
            said(&["semst", "run", "a", "--domain", "7"]).as_deref(),
            Some(tip)
        );
    }
}
