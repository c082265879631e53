//! Runs another program, measures its time and memory, and ends it if necessary.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use semst::evaluation::peak_mib_of_tree;

/// The result and the costs of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) seconds: f64,
    /// Peak memory of the program and of those that it started, in MiB, if the system reports it.
    pub(crate) peak_mib: Option<f64>,
}

/// The reason why a program was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It exceeded its time limit.
    Timeout,
    /// The run was stopped.
    Stopped,
}

/// Time between two checks of a program.
const LOOK: Duration = Duration::from_millis(20);

/// Time between two checks whether the run was stopped.
const ASK: Duration = Duration::from_millis(200);

/// Programs that are running at this moment.
static RUNNING: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

struct Entry {
    pid: u32,
    /// A folder that is removed with it.
    scratch: Option<PathBuf>,
}

/// Ends every command of `[[external]]` rows that runs at this moment and removes its temporary files; for a signal handler that
/// is about to exit.
///
/// No command can start after this call.
pub fn end_commands() {
    let mut running = running();
    for entry in running.drain(..) {
        kill_group(entry.pid);
        if let Some(scratch) = entry.scratch {
            let _ = std::fs::remove_dir_all(scratch);
        }
    }
    std::mem::forget(running);
}

/// Runs a program until it ends, its time limit is reached, or `stopped` returns true.
///
/// The program leads its own process group, which is ended as a whole.
pub(crate) fn run(
    command: &mut Command,
    scratch: Option<&Path>,
    timeout: Option<Duration>,
    stopped: &dyn Fn() -> bool,
) -> std::io::Result<Result<Ended, Reason>> {
    let started = Instant::now();
    let mut program = Program::start(command, scratch)?;
    let mut peak: Option<f64> = None;
    let mut asked = started;
    loop {
        if let Some(mib) = peak_mib_of_tree(program.child.id()) {
            peak = Some(peak.unwrap_or(0.0).max(mib));
        }
        if let Some(status) = program.ended()? {
            return Ok(Ok(Ended {
                status,
                seconds: started.elapsed().as_secs_f64(),
                peak_mib: peak,
            }));
        }
        // Dropping a program ends it.
        if timeout.is_some_and(|most| started.elapsed() >= most) {
            return Ok(Err(Reason::Timeout));
        }
        if asked.elapsed() >= ASK {
            asked = Instant::now();
            if stopped() {
                return Ok(Err(Reason::Stopped));
            }
        }
        std::thread::sleep(LOOK.min(started.elapsed()));
    }
}

/// A running program, listed in [`RUNNING`] until it has been waited for.
struct Program {
    child: Child,
    waited: bool,
}

impl Program {
    fn start(command: &mut Command, scratch: Option<&Path>) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut running = running();
        let child = command.spawn()?;
        running.push(Entry {
            pid: child.id(),
            scratch: scratch.map(Path::to_path_buf),
        });
        Ok(Self {
            child,
            waited: false,
        })
    }

    /// Its status after it has ended; then its process id may belong to another process.
    fn ended(&mut self) -> std::io::Result<Option<ExitStatus>> {
        let mut running = running();
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.waited = true;
            running.retain(|entry| entry.pid != self.child.id());
        }
        Ok(status)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.waited {
            return;
        }
        let mut running = running();
        kill_group(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        running.retain(|entry| entry.pid != self.child.id());
    }
}

fn running() -> MutexGuard<'static, Vec<Entry>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn kill_group(pid: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    if let Ok(pid) = i32::try_from(pid) {
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// Other systems have no such groups: only the program itself is ended, when it is waited for.
#[cfg(not(unix))]
fn kill_group(_: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::{Reason, run};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_ends_or_is_ended() -> std::io::Result<()> {
        let on = || false;
        let ended = run(&mut shell("exit 3"), None, None, &on)?;
        assert_eq!(ended.map(|e| e.status.code()), Ok(Some(3)));

        // The grandchild is ended too; otherwise it would hold the file open for a minute.
        let started = Instant::now();
        let short = Some(Duration::from_millis(100));
        let ended = run(&mut shell("sleep 60 & sleep 60; exit 0"), None, short, &on)?;
        assert_eq!(ended.map(|_| ()), Err(Reason::Timeout));
        let ended = run(&mut shell("sleep 60"), None, None, &|| true)?;
        assert_eq!(ended.map(|_| ()), Err(Reason::Stopped));
        assert!(started.elapsed() < Duration::from_secs(30));
        assert!(run(&mut Command::new("/no/such/program"), None, None, &on).is_err());
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_that_of_the_program_and_its_children() -> std::io::Result<()> {
        // `head` keeps its last 40 MB in memory before it writes them.
        let script =
            "head -c 40000000 /dev/zero | tail -c 40000000 | (sleep 0.2; wc -c) >/dev/null";
        let ended = run(&mut shell(script), None, None, &|| false)?;
        let peak = ended.ok().and_then(|e| e.peak_mib).unwrap_or(0.0);
        assert!((38.0..120.0).contains(&peak), "{peak} MiB");
        Ok(())
    }
}
