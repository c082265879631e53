//! Reports a failure: one line on standard error, and the exit code.

use crate::args::{self, Args};
use crate::shown;
use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use semst::guard::{Panic, end_on_panic};
use std::io::Write;
use std::process::ExitCode;
use std::sync::OnceLock;

/// The device on which the command computes, where that is not the CPU.
static DEVICE: OnceLock<String> = OnceLock::new();

/// Names the device, so that the line about a panic of its driver can name it.
pub(crate) fn computing_on(device: &str) {
    let _ = DEVICE.set(device.into());
}

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
pub(crate) fn with_threads(threads: Option<u16>) -> Result<(), ExitCode> {
    let Some(threads) = threads else {
        return Ok(());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into());
    pool.build_global().map_err(|error| {
        tell(
            &format!("{threads} threads cannot be started: {error}"),
            false,
        );
        ExitCode::from(2)
    })
}

/// Runs a command: 0 when it succeeds, 2 after one line when it fails. A panic of any thread ends the program.
pub(crate) fn reported(json: bool, command: impl FnOnce() -> Result<()>) -> ExitCode {
    end_on_panic(move |panic| end(panic, json));
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our standard output closed it, as `head` does.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&with_options(&one_line(&error)), json);
            ExitCode::from(2)
        }
    }
}

/// Ends the program after a panic: 2 if the device failed, else 101. No unfinished file stays.
fn end(panic: &Panic, json: bool) {
    let device = DEVICE.get().filter(|_| is_of_driver(&panic.place));
    let code = match device {
        Some(device) => {
            let words = &panic.words;
            tell(
                &format!(
                    "the device {device} failed: {words}; use --device cpu, or less at once with --batch"
                ),
                json,
            );
            2
        }
        None => {
            let (words, place) = (&panic.words, &panic.place);
            let text = format!("internal error: {words} at {place}; please report");
            let text = shown::line(&text);
            let line = match json {
                true => shown::json(&serde_json::json!({ "error": text }).to_string()),
                false => format!("semst: {text}"),
            };
            let _ = writeln!(std::io::stderr(), "{line}");
            101
        }
    };
    semst_ablation::end_commands();
    semst::io::remove_unfinished();
    std::process::exit(code);
}

/// Whether a panic is in the code between us and a driver.
fn is_of_driver(place: &str) -> bool {
    let parts = [
        "cubecl",
        "cubek",
        "wgpu",
        "naga",
        "cudarc",
        "burn-fusion",
        "burn-cubecl",
    ];
    parts.iter().any(|part| place.contains(&format!("/{part}")))
}

/// A closed standard error is no reason to stop.
fn tell(text: &str, json: bool) {
    let text = shown::line(text);
    let line = if json {
        shown::json(&serde_json::json!({ "error": text }).to_string())
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

    /// The process that panics is this test again.
    #[test]
    fn a_panic_off_the_main_thread_ends_the_program() -> Result<()> {
        const CHILD: &str = "SEMST_PANIC_IN";
        if let Some(folder) = std::env::var_os(CHILD) {
            reported(false, || {
                let target = std::path::Path::new(&folder).join("a.csv");
                let _unfinished = semst::io::AtomicFile::beside(&target)?;
                std::thread::spawn(|| panic!("no\n answer\u{1b}[2J"));
                std::thread::sleep(std::time::Duration::from_secs(60));
                Ok(())
            });
            std::process::exit(0);
        }
        let folder = tempfile::tempdir()?;
        let child = std::process::Command::new(std::env::current_exe()?)
            .args(["--exact", "--nocapture"])
            .arg("failure::tests::a_panic_off_the_main_thread_ends_the_program")
            .env(CHILD, folder.path())
            .env_remove("RUST_BACKTRACE")
            .output()?;
        let said = String::from_utf8_lossy(&child.stderr);
        assert_eq!(child.status.code(), Some(101), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("semst: internal error: no answer\\u{1b}[2J at "),
            "{said}"
        );
        assert!(
            said.contains("failure.rs:") && said.ends_with("; please report\n"),
            "{said}"
        );
        assert_eq!(
            std::fs::read_dir(folder.path())?.count(),
            0,
            "nothing half-written"
        );
        Ok(())
    }

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
