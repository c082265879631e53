//! Rules for Rust files: header, length, names, leftovers, re-exports.

use super::Finding;

/// Longest file, in lines.
const MAX_LINES: usize = 600;

/// Longest `lib.rs`, in lines: documentation, `mod` lines and re-exports only.
const MAX_LIB_LINES: usize = 80;

/// Files that may be longer than [`MAX_LINES`], each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Names that do not describe the content.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "commons", "helpers", "helper", "base", "misc", "mod", "shared",
    "stuff",
];

/// Code that must not be committed, with advice. Split so that this file passes its own rule.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("todo", "!("), "write it or leave it out"),
    (concat!("unimplemented", "!("), "write it or leave it out"),
    (concat!("db", "g!("), "remove the print"),
    (
        concat!("#", "[ignore"),
        "a test runs, or it reads RUN_SLOW_TESTS and says so",
    ),
    (
        concat!("#", "[should_panic"),
        "assert on the error or on the panic message instead",
    ),
];

/// Checks one Rust file.
pub(super) fn check(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let mut found = |line: usize, message: String| findings.push(Finding::new(path, line, message));
    let file = path.rsplit('/').next().unwrap_or(path);

    if !text.starts_with("//!") {
        found(
            1,
            "begins without a `//!` line that says what the file is".into(),
        );
    }
    let lines = text.lines().count();
    if lines > MAX_LINES && !LONG_FILES.iter().any(|(allowed, _)| *allowed == path) {
        found(
            0,
            format!(
                "{lines} lines, the limit is {MAX_LINES}: move its tests or a noun to a file of its own"
            ),
        );
    }
    if let Some(stem) = file
        .strip_suffix(".rs")
        .filter(|stem| EMPTY_NAMES.contains(stem))
    {
        found(0, format!("`{stem}` names no noun of the domain"));
    }
    let in_lib = file == "lib.rs";
    if in_lib && lines >= MAX_LIB_LINES {
        found(
            0,
            format!("{lines} lines, a lib.rs stays below {MAX_LIB_LINES}"),
        );
    }

    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let code = line.trim_start();
        if let Some(comment) = code.strip_prefix("//") {
            if is_commented_out_code(comment) {
                found(
                    line_number,
                    "commented-out code: remove it, git remembers".into(),
                );
            }
            continue;
        }
        for (leftover, advice) in LEFTOVERS {
            if code.contains(leftover) {
                found(line_number, format!("`{leftover}`: {advice}"));
            }
        }
        if in_lib && code.starts_with("pub use ") && code.contains("::*") {
            found(
                line_number,
                "glob re-export hides where a name lives: list the names".into(),
            );
        }
    }
}

/// Whether the text after `//` looks like a Rust statement. Doc comments, prose and formulas do not.
fn is_commented_out_code(comment: &str) -> bool {
    if comment.starts_with(['/', '!']) {
        return false;
    }
    let comment = comment.trim();
    let ends_as_code = comment.ends_with([';', '{', ']']);
    let begins_as_code = [
        "let ", "use ", "fn ", "pub ", "impl ", "mod ", "struct ", "enum ", "return ", "#[",
        "assert",
    ]
    .iter()
    .any(|word| comment.starts_with(word));
    let is_statement = comment.ends_with(");") || comment.ends_with(")?;");
    ends_as_code && begins_as_code || is_statement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn messages(path: &str, text: &str, expected: &[&str]) {
        let mut findings = Vec::new();
        check(path, text, &mut findings);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, part) in findings.iter().zip(expected) {
            assert!(
                finding.to_string().contains(part),
                "`{finding}` says nothing of `{part}`"
            );
        }
    }

    #[test]
    fn a_good_file_passes() {
        messages(
            "crates/x/src/knn.rs",
            "//! Neighbours.\n\npub fn knn() {}\n",
            &[],
        );
    }

    #[test]
    fn headers_and_names() {
        messages("crates/x/src/knn.rs", "pub fn knn() {}\n", &["knn.rs:1"]);
        messages("crates/x/src/utils.rs", "//! Things.\n", &["names no noun"]);
        messages(
            "crates/x/src/knn/mod.rs",
            "//! Things.\n",
            &["names no noun"],
        );
    }

    #[test]
    fn lengths() {
        let long = format!("//! Long.\n{}", "\n".repeat(MAX_LINES));
        messages("crates/x/src/knn.rs", &long, &["601 lines"]);
        let lib = format!("//! Long.\n{}", "\n".repeat(MAX_LIB_LINES - 1));
        messages("crates/x/src/lib.rs", &lib, &["80 lines, a lib.rs"]);
    }

    #[test]
    fn leftovers() {
        for (leftover, _) in LEFTOVERS {
            messages("a.rs", &format!("//! A.\n    {leftover}x"), &["a.rs:2"]);
            messages("a.rs", &format!("//! A.\n// never {leftover}"), &[]);
        }
    }

    #[test]
    fn globs_are_for_other_files_than_lib() {
        messages(
            "crates/x/src/lib.rs",
            "//! X.\npub use knn::*;\n",
            &["glob"],
        );
        messages("crates/x/src/lib.rs", "//! X.\npub use knn::Knn;\n", &[]);
    }

    #[test]
    fn comments_that_are_code() {
        for code in [
            "let x = 5;",
            "use std::fs;",
            "pub fn f() {",
            "f(x);",
            "#[test]",
            "read(path)?;",
        ] {
            messages(
                "a.rs",
                &format!("//! A.\n    // {code}\n"),
                &["commented-out"],
            );
        }
        for prose in [
            "z' = (1 + a) * z + b",
            "let it be",
            "use of a lattice; ties are frequent",
            "see `f(x)`;",
            "[1, 2]",
        ] {
            messages("a.rs", &format!("//! A.\n    // {prose}\n"), &[]);
        }
    }
}
