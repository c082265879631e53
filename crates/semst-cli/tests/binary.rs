//! Starts `semst` and looks at how it ends.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a test returns.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The binary, deaf to what the developer's shell has set.
pub(crate) fn semst() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_semst"));
    command
        .stdin(Stdio::null())
        .env_remove("RUST_BACKTRACE")
        .env_remove("RAYON_NUM_THREADS");
    command
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Standard error, of a program that must have succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// The one line of an input that was refused.
    #[track_caller]
    pub(crate) fn refused(&self) -> &str {
        assert_eq!(self.code, Some(2), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        let line = self.stderr.strip_prefix("error: ");
        line.unwrap_or_else(|| panic!("no error line: {}", self.stderr))
            .trim_end()
    }
}

/// Runs the binary to its end.
pub(crate) fn ended<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Outcome<Ended> {
    Ok(semst().args(args).output()?.into())
}

/// `semst run INPUT OPTIONS -o FOLDER`; the options are split at spaces.
pub(crate) fn run(input: &Path, options: &str, folder: &Path) -> Outcome<Ended> {
    let mut command = semst();
    command.arg("run").arg(input);
    command.args(options.split_whitespace());
    Ok(command.arg("-o").arg(folder).output()?.into())
}

/// The options of the quickest run.
pub(crate) const QUICK: &str = "--encoder diffusion --modulation none --head kmeans";

/// The names in a folder, sorted; hidden ones too. None where there is no folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}

/// Every file of a folder with its bytes.
pub(crate) fn contents(folder: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    names(folder)
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(folder.join(&name))?;
            Ok((name, bytes))
        })
        .collect()
}
