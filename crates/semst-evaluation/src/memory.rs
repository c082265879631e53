//! Peak memory of the process, the one cost of a run that time does not show.

/// Peak memory of this process in MiB, since its start or since the last [`reset_peak`]; `None` where the system does not say
/// (other than Linux).
///
/// # Examples
/// ```
/// assert!(semst_evaluation::peak_mib().is_none_or(|mib| mib > 0.0));
/// ```
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Lets [`peak_mib`] start again from the memory in use, where the system allows it (Linux, proc(5) `clear_refs`).
pub fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
