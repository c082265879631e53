//! Reads the manifests of the workspace and checks what each must say.
//!
//! A small reader of the TOML that our manifests use (tables, one entry a line), so that xtask needs no parser.

use super::Finding;

/// The package that exists to name what dependencies depend on; nobody else shares those versions.
const PINS: &str = "semst-pins";

/// One `Cargo.toml`.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    /// Path from the root of the workspace.
    pub(super) path: String,
    /// Name of the package; empty for the virtual manifest at the root.
    pub(super) name: String,
    /// What stands in `[dependencies]`, `[build-dependencies]` and `[dev-dependencies]`, targets included.
    pub(super) dependencies: Vec<Dependency>,
    entries: Vec<Entry>,
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
    /// Only a feature brings it in.
    pub(super) optional: bool,
    /// Version and source come from the root.
    inherited: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    table: String,
    key: String,
    value: String,
    line: usize,
}

impl Manifest {
    /// Reads a manifest.
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let mut table = String::new();
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if let Some(header) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                table = header.trim_matches(['[', ']']).to_owned();
                if let Some((dependencies, name)) = table.rsplit_once('.')
                    && dependencies.ends_with("dependencies")
                {
                    let [table, key] = [dependencies, name].map(str::to_owned);
                    entries.push(Entry {
                        table,
                        key,
                        value: String::new(),
                        line: index + 1,
                    });
                }
            } else if let Some((key, value)) =
                line.split_once('=').filter(|_| !line.starts_with('#'))
            {
                let [key, value] = [key, value].map(|part| part.trim().to_owned());
                entries.push(Entry {
                    table: table.clone(),
                    key,
                    value,
                    line: index + 1,
                });
            }
        }
        let name = entries
            .iter()
            .find(|entry| entry.table == "package" && entry.key == "name");
        let name = name
            .map(|entry| entry.value.trim_matches('"').to_owned())
            .unwrap_or_default();
        let dependencies = dependencies(&entries);
        Self {
            path: path.to_owned(),
            name,
            dependencies,
            entries,
        }
    }

    /// Whether the package is one of the crates that we publish.
    pub(super) fn is_shipped(&self) -> bool {
        self.path.starts_with("crates/")
    }

    fn value(&self, table: &str, key: &str) -> Option<&str> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.table == table && entry.key == key);
        entry.map(|entry| entry.value.as_str())
    }
}

fn dependencies(entries: &[Entry]) -> Vec<Dependency> {
    let of_dependencies = |table: &str| {
        let kind = if table.starts_with("target.") {
            table.rsplit('.').next().unwrap_or_default()
        } else {
            table
        };
        matches!(
            kind,
            "dependencies" | "build-dependencies" | "dev-dependencies"
        )
    };
    let listed = entries.iter().filter(|entry| of_dependencies(&entry.table));
    let mut dependencies: Vec<Dependency> = listed
        .map(|entry| Dependency {
            name: entry.key.split('.').next().unwrap_or_default().to_owned(),
            line: entry.line,
            dev: entry.table.ends_with("dev-dependencies"),
            optional: entry.value.contains("optional = true"),
            inherited: entry.key.ends_with(".workspace")
                || entry.value.contains("workspace = true"),
        })
        .collect();
    // `[dependencies.name]` spreads its entries over lines of their own.
    for dependency in &mut dependencies {
        let inside = |key: &str| {
            let table_ends = format!("dependencies.{}", dependency.name);
            entries
                .iter()
                .any(|e| e.table.ends_with(&table_ends) && e.key == key && e.value == "true")
        };
        dependency.optional |= inside("optional");
        dependency.inherited |= inside("workspace");
    }
    dependencies
}

/// Checks what every package says of itself.
///
/// A package may name itself without the root, to switch on its own features for its tests.
pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    if manifest.name.is_empty() {
        return;
    }
    let mut missing = |message: &str| findings.push(Finding::new(&manifest.path, 0, message));
    if manifest.value("lints", "workspace") != Some("true") {
        missing("`[lints] workspace = true` is missing");
    }
    if manifest.is_shipped() {
        if manifest
            .value("package", "description")
            .is_none_or(|text| text.trim_matches('"').is_empty())
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
            if manifest.value("package", &format!("{key}.workspace")) != Some("true") {
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
    if manifest.name == PINS {
        return;
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

    #[test]
    fn reads_dependencies() {
        let manifest = Manifest::parse("crates/semst-x/Cargo.toml", GOOD);
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
    }

    #[test]
    fn a_good_manifest_passes() {
        let mut findings = Vec::new();
        check(
            &Manifest::parse("crates/semst-x/Cargo.toml", GOOD),
            &mut findings,
        );
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
                &Manifest::parse("crates/semst-x/Cargo.toml", &GOOD.replace(line, "")),
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
        check(
            &Manifest::parse("crates/semst-y/Cargo.toml", &text),
            &mut findings,
        );
        let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(text.len(), 2, "{text:?}");
        assert!(
            text[0].contains("one name for both") && text[1].contains("`a` takes its version"),
            "{text:?}"
        );
    }
}
