//! The gate: the steps of CI, the cheapest first.

use std::time::Instant;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::{foreign, tidy, workspace};

/// Runs every step and stops at the first that fails.
///
/// # Errors
/// Names the step that failed; its output is above.
pub(crate) fn run() -> Result<()> {
    let sh = workspace::shell()?;
    // A snapshot that differs is a failure here, and not a file to review later.
    sh.set_var("INSTA_UPDATE", "no");
    // Device tests use burn's first choice without long trials, and Vulkan drivers need a folder of their own.
    sh.set_var("CUBECL_AUTOTUNE_LEVEL", "minimal");
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        let folder = workspace::root().join("target/xdg");
        sh.create_dir(&folder)?;
        sh.set_var("XDG_RUNTIME_DIR", folder);
    }
    let begin = Instant::now();
    for (name, step) in STEPS {
        let start = Instant::now();
        eprintln!("== {name}");
        step(&sh).with_context(|| format!("check stopped at `{name}`"))?;
        eprintln!("== {name}: passed in {} s", start.elapsed().as_secs());
    }
    eprintln!(
        "== check: all {} steps passed in {} s",
        STEPS.len(),
        begin.elapsed().as_secs()
    );
    Ok(())
}

/// With `DOCS_RS` the build script of cubecl's LLVM returns before it downloads one (docs/decisions/0011), which is enough to
/// check types.
const NO_LLVM: (&str, &str) = ("DOCS_RS", "1");

type Step = fn(&Shell) -> Result<()>;

const STEPS: &[(&str, Step)] = &[
    ("fmt", fmt),
    ("tidy", |_| tidy::run()),
    ("foreign", |_| foreign::run(false)),
    ("clippy", clippy),
    ("slim", slim),
    ("test", test),
    ("doc", doc),
];

fn fmt(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo fmt --all --check")
        .run()
        .context("formatting differs, `cargo fmt --all` mends it")
}

/// Uses every feature, including CUDA, so that burn is checked once for this step and the docs.
fn clippy(sh: &Shell) -> Result<()> {
    let _no_llvm = sh.push_env(NO_LLVM.0, NO_LLVM.1);
    cmd!(
        sh,
        "cargo clippy --release --workspace --all-targets --features semst-tests/cuda --locked -- -D warnings"
    )
    .run()?;
    Ok(())
}

/// Checks the command line as the README builds it first: without the features that the tests of the workspace enable. Its tests
/// are checked by [`clippy`].
fn slim(sh: &Shell) -> Result<()> {
    cmd!(
        sh,
        "cargo clippy --release -p semst-cli --locked -- -D warnings"
    )
    .run()?;
    Ok(())
}

/// Skipped if .ci/run reports that the README's test command, which runs the same tests, has just passed.
fn test(sh: &Shell) -> Result<()> {
    if std::env::var_os("SEMST_TESTS_PASSED").is_some() {
        eprintln!("SEMST_TESTS_PASSED is set: `cargo test --release --workspace` has just passed");
        return Ok(());
    }
    if cmd!(sh, "cargo nextest --version")
        .quiet()
        .ignore_stdout()
        .ignore_stderr()
        .run()
        .is_ok()
    {
        cmd!(sh, "cargo nextest run --release --workspace --locked").run()?;
        cmd!(sh, "cargo test --release --workspace --doc --locked").run()?;
    } else {
        cmd!(sh, "cargo test --release --workspace --locked").run()?;
    }
    Ok(())
}

fn doc(sh: &Shell) -> Result<()> {
    let _warnings = sh.push_env("RUSTDOCFLAGS", "-Dwarnings");
    let _no_llvm = sh.push_env(NO_LLVM.0, NO_LLVM.1);
    cmd!(
        sh,
        "cargo doc --release --workspace --no-deps --features semst-tests/cuda --locked"
    )
    .run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::workspace;

    #[test]
    fn ci_runs_the_test_command_of_the_readme() {
        for file in ["README.md", ".ci/run"] {
            let text =
                std::fs::read_to_string(workspace::root().join(file)).expect("the file exists");
            let says_so = text.lines().any(|line| {
                line.trim_start()
                    .starts_with("cargo test --release --workspace")
            });
            assert!(
                says_so,
                "{file} does not run `cargo test --release --workspace`"
            );
        }
    }
}
