//! Reads the manifests of the workspace and checks what each must contain.
//!
//! `cargo metadata` returns resolved values, which do not show whether a value came from the root. So the TOML itself is read.

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Finding;

/// One `Cargo.toml`.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    /// Path from the root of the workspace.
    pub(super) path: String,
    /// Name of the package; empty for the virtual manifest at the root.
    pub(super) name: String,
    /// The entries of `[dependencies]`, `[build-dependencies]` and `[dev-dependencies]`, including those of targets.
    pub(super) dependencies: Vec<Dependency>,
    table: Table,
}

/// One dependency of a manifest.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    /// Name of the package.
    pub(super) name: String,
    /// Line in the manifest, from one.
    pub(super) line: usize,
    /// Only tests, examples and benches use it.
    pub(super) dev: bool,
    /// Only a feature enables it.
    pub(super) optional: bool,
    /// Version and source come from the root.
    inherited: bool,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The text is not TOML.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self> {
        let table: Table = text
            .parse()
            .with_context(|| format!("{path} is not valid TOML"))?;
        let name = lookup(&table, &["package", "name"]).and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        let mut dependencies = dependencies(&table, text);
        let targets = lookup(&table, &["target"]).and_then(Value::as_table);
        for target in targets.into_iter().flatten().filter_map(|t| t.1.as_table()) {
            dependencies.extend(self::dependencies(target, text));
        }
        dependencies.sort_by_key(|dependency| dependency.line);
        Ok(Self {
            path: path.to_owned(),
            name,
            dependencies,
            table,
        })
    }

    /// Whether the package is one of the published crates.
    pub(super) fn is_shipped(&self) -> bool {
        self.path.starts_with("crates/")
    }

    /// Whether the package is in a workspace of its own (`tests/foreign`), for which the rules do not apply.
    pub(super) fn is_foreign(&self) -> bool {
        !self.name.is_empty() && self.table.contains_key("workspace")
    }

    fn value(&self, keys: &[&str]) -> Option<&Value> {
        lookup(&self.table, keys)
    }

    fn inherits(&self, keys: &[&str]) -> bool {
        let value = self.value(keys).and_then(|value| value.get("workspace"));
        value.and_then(Value::as_bool) == Some(true)
    }
}

fn lookup<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(table.get(*first)?, |value, key| value.get(key))
}

fn dependencies(table: &Table, text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let listed = lookup(table, &[kind]).and_then(Value::as_table);
        for (name, value) in listed.into_iter().flatten() {
            let says = |key: &str| value.get(key).and_then(Value::as_bool) == Some(true);
            found.push(Dependency {
                name: name.clone(),
                line: line_of(text, kind, name),
                dev: kind == "dev-dependencies",
                optional: says("optional"),
                inherited: says("workspace"),
            });
        }
    }
    found
}

/// The line of a dependency: `name = …` or `name.workspace = …` below its table, or `[….name]`; zero if it is written in another
/// way.
fn line_of(text: &str, kind: &str, name: &str) -> usize {
    let mut table = "";
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            table = header;
            let own = header.strip_suffix(name).and_then(|l| l.strip_suffix('.'));
            if own.is_some_and(|table| in_table(table, kind)) {
                return index + 1;
            }
        } else if let Some(rest) = line.strip_prefix(name)
            && rest.starts_with(['.', ' ', '='])
            && in_table(table, kind)
        {
            return index + 1;
        }
    }
    0
}

fn in_table(header: &str, kind: &str) -> bool {
    header == kind || (header.starts_with("target.") && header.ends_with(&format!(".{kind}")))
}

/// Checks what every package declares about itself.
///
/// A package may depend on itself without the root, to enable its own features for its tests.
pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    if manifest.name.is_empty() || manifest.is_foreign() {
        return;
    }
    let mut missing = |message: &str| findings.push(Finding::new(&manifest.path, 0, message));
    if !manifest.inherits(&["lints"]) {
        missing("`[lints] workspace = true` is missing");
    }
    if manifest.is_shipped() {
        let description = manifest.value(&["package", "description"]);
        if description
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            missing("the package has no description");
        }
        for key in [
            "version",
            "edition",
            "rust-version",
            "license",
            "repository",
            "authors",
        ] {
            if !manifest.inherits(&["package", key]) {
                missing(&format!("`{key}.workspace = true` is missing"));
            }
        }
        let folder = manifest
            .path
            .trim_start_matches("crates/")
            .trim_end_matches("/Cargo.toml");
        if folder != manifest.name {
            missing(&format!(
                "folder `{folder}` holds package `{}`: one name for both",
                manifest.name
            ));
        }
    }
    for dependency in manifest
        .dependencies
        .iter()
        .filter(|dependency| !dependency.inherited && dependency.name != manifest.name)
    {
        let message = format!(
            "`{}` takes its version from `[workspace.dependencies]`",
            dependency.name
        );
        findings.push(Finding::new(&manifest.path, dependency.line, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[package]
name = "semst-x"
description = "X"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
repository.workspace = true
authors.workspace = true

[lints]
workspace = true

[dependencies]
a.workspace = true
b = { workspace = true, optional = true }

[dependencies.c]
workspace = true
optional = true

[target.'cfg(unix)'.dependencies]
d.workspace = true

[dev-dependencies]
e.workspace = true
semst-x = { path = ".", features = ["testing"] }

[features]
b = ["dep:b"]
"#;

    fn parse(path: &str, text: &str) -> Manifest {
        Manifest::parse(path, text).expect("valid TOML")
    }

    #[test]
    fn reads_dependencies() {
        let manifest = parse("crates/semst-x/Cargo.toml", GOOD);
        let seen: Vec<_> = manifest
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.dev, d.optional))
            .collect();
        let expected = [
            ("a", false, false),
            ("b", false, true),
            ("c", false, true),
            ("d", false, false),
            ("e", true, false),
            ("semst-x", true, false),
        ];
        assert_eq!(seen, expected);
        assert_eq!(manifest.name, "semst-x");
        let lines: Vec<_> = manifest.dependencies.iter().map(|d| d.line).collect();
        assert_eq!(lines, [16, 17, 19, 24, 27, 28]);
    }

    #[test]
    fn a_good_manifest_passes() {
        let mut findings = Vec::new();
        check(&parse("crates/semst-x/Cargo.toml", GOOD), &mut findings);
        assert_eq!(findings, []);
    }

    #[test]
    fn a_foreign_workspace_has_its_own_rules() {
        let text = "[workspace]\n[package]\nname = \"f\"\n[dependencies]\nburn = \"0.22\"";
        let mut findings = Vec::new();
        check(&parse("tests/foreign/Cargo.toml", text), &mut findings);
        assert_eq!(findings, []);
    }

    #[test]
    fn each_omission_is_found() {
        for (line, part) in [
            ("description = \"X\"\n", "no description"),
            ("[lints]\nworkspace = true\n", "[lints]"),
            ("rust-version.workspace = true\n", "rust-version"),
        ] {
            let mut findings = Vec::new();
            check(
                &parse("crates/semst-x/Cargo.toml", &GOOD.replace(line, "")),
                &mut findings,
            );
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].to_string().contains(part), "{}", findings[0]);
        }
    }

    #[test]
    fn own_versions_and_names_are_found() {
        let mut findings = Vec::new();
        let text = GOOD.replace("a.workspace = true", "a = \"1\"");
        check(&parse("crates/semst-y/Cargo.toml", &text), &mut findings);
        let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(text.len(), 2, "{text:?}");
        assert!(
            text[0].contains("one name for both") && text[1].contains("`a` takes its version"),
            "{text:?}"
        );
    }
}
