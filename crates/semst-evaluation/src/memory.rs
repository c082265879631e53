//! Peak memory of the process, a cost of a run that its time does not include.

/// Peak memory of this process in MiB, since its start or since the last [`reset_peak`]; `None` if the system does not report it
/// (other than Linux).
///
/// # Examples
/// ```
/// assert!(semst_evaluation::peak_mib().is_none_or(|mib| mib > 0.0));
/// ```
pub fn peak_mib() -> Option<f64> {
    high_water("self")
}

/// Peak memory in MiB of another process and of those that it has started, each since its start, if they are still running;
/// `None` if the system does not report it (other than Linux) or the process has ended.
///
/// The kernel keeps the peak of each process (proc(5), `VmHWM`), so only memory that a process takes between the last call and
/// its end is missed. `ru_maxrss` of `wait4` is not used: on Linux it starts from the memory of the process that started the
/// other one.
pub fn peak_mib_of_tree(pid: u32) -> Option<f64> {
    let own = high_water(&pid.to_string())?;
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let children = threads.flatten().filter_map(|thread| {
        let pids = std::fs::read_to_string(thread.path().join("children")).ok()?;
        let pids = pids.split_whitespace().filter_map(|pid| pid.parse().ok());
        Some(pids.filter_map(peak_mib_of_tree).sum::<f64>())
    });
    Some(own + children.sum::<f64>())
}

fn high_water(process: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Makes [`peak_mib`] start again from the memory in use, if the system allows it (Linux, proc(5) `clear_refs`).
pub fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
