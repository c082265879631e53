//! One start of the binary, with limits, and the judgement of how it ended.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use wait4::Wait4;

use crate::binary::Outcome;

/// Processor time of a try, in seconds.
const CPU_SECONDS: u64 = 60;
/// Time of a try by the clock, for one that waits for something that never comes. Long enough for a busy machine.
const WALL: Duration = Duration::from_secs(400);
/// Address space of a try in KiB. It only protects the machine: the judgement uses the memory that was touched.
const ADDRESS_SPACE_KIB: u64 = 16 << 20;
/// The budget of a reader is 20 times its input and 300 MiB.
const BUDGET_FACTOR: f64 = 20.0;
const BUDGET_MIB: f64 = 300.0;
/// What a run needs for a good slide of this size: the program, its threads, and the drawing.
const PROGRAM_MIB: f64 = 200.0;
/// An error line may name a path and a few values.
const LONGEST_LINE: usize = 4_000;
/// Characters of standard error that a description of a fault has.
const SAID: usize = 600;
const MIB: f64 = (1u64 << 20) as f64;

/// The binary at work.
pub(crate) struct Running {
    child: Child,
    stdout: JoinHandle<std::io::Result<Vec<u8>>>,
    stderr: JoinHandle<std::io::Result<Vec<u8>>>,
    watchdog: JoinHandle<()>,
    ended: mpsc::Sender<()>,
}

/// How a try ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    cpu: Duration,
    peak_mib: f64,
}

/// Starts `semst` with these arguments and environment, and waits for its end.
pub(crate) fn start(args: &[&str], environment: &[(&str, &str)]) -> Outcome<Ended> {
    begin(args, environment, "")?.end()
}

/// Starts `semst` after a command of the shell, which can set further limits.
pub(crate) fn begin(args: &[&str], environment: &[(&str, &str)], before: &str) -> Outcome<Running> {
    // The shell sets the limits and becomes the program.
    let script = format!(
        "ulimit -t {CPU_SECONDS}; ulimit -v {ADDRESS_SPACE_KIB}; {before}\nexec \"$0\" \"$@\""
    );
    let mut child = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_semst")])
        .args(args)
        .env_remove("RUST_BACKTRACE")
        .env("RAYON_NUM_THREADS", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = reader(child.stdout.take());
    let stderr = reader(child.stderr.take());
    let (ended, end) = mpsc::channel::<()>();
    let id = child.id();
    let watchdog = std::thread::spawn(move || {
        if end.recv_timeout(WALL) == Err(RecvTimeoutError::Timeout) {
            signal(id, "KILL");
        }
    });
    Ok(Running {
        child,
        stdout,
        stderr,
        watchdog,
        ended,
    })
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<std::io::Result<Vec<u8>>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    })
}

/// Sends a signal to a process that was not waited for yet.
fn signal(id: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &id.to_string()])
        .stderr(Stdio::null())
        .status();
    drop(sent);
}

impl Running {
    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for the end.
    pub(crate) fn end(self) -> Outcome<Ended> {
        let used = self.child.wait4()?;
        drop(self.ended);
        let panicked = |_| "a thread of the test panicked";
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let stdout = text(self.stdout.join().map_err(panicked)??);
        let stderr = text(self.stderr.join().map_err(panicked)??);
        self.watchdog.join().map_err(panicked)?;
        Ok(Ended {
            code: used.status.code(),
            signal: used.status.signal(),
            stdout,
            stderr,
            cpu: used.rusage.utime + used.rusage.stime,
            peak_mib: used.rusage.maxrss as f64 / MIB,
        })
    }
}

impl Ended {
    /// Refused in one line.
    pub(crate) fn is_refusal(&self) -> bool {
        self.code == Some(2)
    }

    /// What is wrong with this end, after an input of so many bytes.
    pub(crate) fn fault(&self, input_bytes: u64) -> Option<String> {
        let said: String = self.stderr.chars().take(SAID).collect();
        if let Some(signal) = self.signal {
            let seconds = self.cpu.as_secs_f64();
            return Some(format!(
                "ended by signal {signal} after {seconds:.1} s of processor time: {said:?}"
            ));
        }
        let budget = BUDGET_MIB + PROGRAM_MIB + BUDGET_FACTOR * input_bytes as f64 / MIB;
        // The kernel counts the memory of this test at the moment of the start as that of the child.
        if self.peak_mib > budget.max(own_peak_mib()) {
            let peak = self.peak_mib;
            return Some(format!("used {peak:.0} of {budget:.0} MiB: {said:?}"));
        }
        match self.code {
            Some(0) => self.unreadable(),
            Some(2) if !self.is_one_error() => Some(format!("no error line at the end: {said:?}")),
            Some(2) => self.unreadable(),
            code => Some(format!("exit code {code:?}: {said:?}")),
        }
    }

    /// As [`Ended::fault`], where the end by one of these signals, or by the handler of signals, is right.
    pub(crate) fn fault_but(&self, signals: &[i32], input_bytes: u64) -> Option<String> {
        match (self.signal, self.code) {
            (Some(signal), _) if signals.contains(&signal) => None,
            (None, Some(130)) => self.unreadable(),
            _ => self.fault(input_bytes),
        }
    }

    /// A refusal is one line that starts with `error: `, at the end.
    fn is_one_error(&self) -> bool {
        let errors = self.stderr.lines().filter(|l| l.starts_with("error: "));
        let last = self.stderr.lines().last().unwrap_or_default();
        errors.count() == 1 && last.starts_with("error: ")
    }

    /// Text that a terminal would obey, or a line of progress that is too long.
    fn unreadable(&self) -> Option<String> {
        let lines = self.stderr.lines();
        if let Some(long) = lines.clone().find(|l| l.chars().count() > LONGEST_LINE) {
            return Some(format!("a line of {} characters", long.chars().count()));
        }
        let mut all = lines.chain(self.stdout.lines());
        let line = all.find(|line| line.contains(is_unsafe))?;
        let line: String = line.chars().take(SAID).collect();
        Some(format!("printed {line:?}"))
    }
}

/// Control characters, and those that turn the direction of text.
fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The most memory that this test has used, in MiB; 0 where the system does not tell.
fn own_peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
