//! Rules for Markdown: the targets of links exist, and the two maps name every crate.

use super::{Finding, manifest::Manifest};

/// Finds links to local files that do not exist; `exists` is called with a path from the root.
pub(super) fn check_links(
    path: &str,
    text: &str,
    exists: &dyn Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) {
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        for target in targets(&without_code(line)) {
            if is_local(&target) && !exists(&resolve(path, &target)) {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    format!("link to `{target}`, which does not exist"),
                ));
            }
        }
    }
}

/// Finds shipped crates that a document does not name.
pub(super) fn check_names_crates(
    path: &str,
    text: &str,
    manifests: &[Manifest],
    findings: &mut Vec<Finding>,
) {
    for manifest in manifests.iter().filter(|manifest| manifest.is_shipped()) {
        if !text.contains(&format!("`{}`", manifest.name)) {
            findings.push(Finding::new(
                path,
                0,
                format!("says nothing of the crate `{}`", manifest.name),
            ));
        }
    }
}

/// The line without its code spans.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// Targets of `[text](target)` and `[name]: target`.
fn targets(line: &str) -> Vec<String> {
    let inline = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target);
    let reference = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .map(|(_, target)| target);
    let first_word = |target: &str| {
        target
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_matches(['<', '>'])
            .to_owned()
    };
    inline.chain(reference).map(first_word).collect()
}

fn is_local(target: &str) -> bool {
    let elsewhere =
        target.contains("://") || target.contains("::") || target.starts_with("mailto:");
    !(elsewhere || target.is_empty() || target.starts_with(['#', '`']))
}

/// The path from the root of a link in the file `from`.
fn resolve(from: &str, target: &str) -> String {
    let target = target.split('#').next().unwrap_or_default();
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if let Some(from_root) = target.strip_prefix('/') {
        return from_root.to_owned();
    }
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn broken(path: &str, text: &str, expected: &[usize]) {
        let there = ["README.md", "docs/extending.md", "crates/semst"];
        let mut findings = Vec::new();
        check_links(path, text, &|path| there.contains(&path), &mut findings);
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected, "{findings:?}");
    }

    #[test]
    fn links_resolve_from_the_file() {
        broken(
            "docs/README.md",
            "[a](extending.md) [b](../README.md#top)\n[c](../crates/semst/)\n",
            &[],
        );
        broken(
            "docs/README.md",
            "[a](README.txt)\n\n![b](pictures/x.png \"title\")\n[c]: nowhere.md",
            &[1, 3, 4],
        );
    }

    #[test]
    fn other_targets_are_left_alone() {
        broken(
            "README.md",
            "[a](https://x.org/y) [b](#part) [c](semst_io::SpatialDataset) `[d](e)`",
            &[],
        );
        broken("README.md", "```md\n[a](nowhere)\n```\n", &[]);
    }

    #[test]
    fn maps_name_every_crate() {
        let text = "[package]\nname = \"semst-io\"\n";
        let manifests = [Manifest::parse("crates/semst-io/Cargo.toml", text).expect("valid TOML")];
        let mut findings = Vec::new();
        check_names_crates("README.md", "| `semst-io` |", &manifests, &mut findings);
        assert_eq!(findings, []);
        check_names_crates("README.md", "| `semst-iota` |", &manifests, &mut findings);
        assert_eq!(findings.len(), 1);
    }
}
