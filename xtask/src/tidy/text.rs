//! Rules for any file: trailing blanks, paths of one machine, size.

use anyhow::Result;

use super::Finding;
use crate::workspace::WorkspaceFile;

/// The largest file that may be committed; the shipped gene table must be smaller.
const MAX_BYTES: u64 = 6 * 1024 * 1024;

/// Endings of the files in which a trailing blank has no meaning.
const PROSE: &[&str] = &[
    "rs", "md", "toml", "py", "sh", "yml", "yaml", "html", "css", "js", "cff", "run", "jinja",
];

/// Beginnings of paths that exist on one machine only.
const HOST_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Finds tracked files that are too large to ship.
pub(super) fn check_size(file: &WorkspaceFile, findings: &mut Vec<Finding>) -> Result<()> {
    let bytes = file.absolute().metadata()?.len();
    if file.tracked && bytes > MAX_BYTES {
        findings.push(Finding::new(
            &file.path,
            0,
            format!("{bytes} bytes, the limit is {MAX_BYTES}"),
        ));
    }
    Ok(())
}

/// Finds trailing blanks and absolute paths of a host.
pub(super) fn check(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let ending = path.rsplit(['.', '/']).next().unwrap_or_default();
    for (index, line) in text.lines().enumerate() {
        if PROSE.contains(&ending) && line.ends_with([' ', '\t']) {
            findings.push(Finding::new(path, index + 1, "trailing blank"));
        }
        if let Some(host) = HOST_PATHS.iter().find(|host| names_host_path(line, host)) {
            findings.push(Finding::new(
                path,
                index + 1,
                format!("`{host}` exists on one machine only"),
            ));
        }
    }
}

/// Whether `host` occurs in the line as the beginning of a path, and not inside a longer path or an address.
fn names_host_path(line: &str, host: &str) -> bool {
    line.match_indices(host).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~/:}$".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lines(path: &str, text: &str, expected: &[usize]) {
        let mut findings = Vec::new();
        check(path, text, &mut findings);
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected, "{findings:?}");
    }

    #[test]
    fn trailing_blanks() {
        lines("a.rs", "fn main() {} \n\n", &[1]);
        lines(".ci/run", "cargo test\t\n", &[1]);
        lines("a.csv", "x, \n", &[]);
    }

    #[test]
    fn host_paths() {
        let work = HOST_PATHS[0];
        lines("a.rs", &format!("open(\"{work}shared\")"), &[1]);
        lines("a.json", &format!("\n{work}shared"), &[2]);
        lines(
            "a.md",
            &format!("../..{work}shared and https://x.org{work}"),
            &[],
        );
    }
}
