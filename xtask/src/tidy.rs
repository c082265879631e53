//! Checks the style rules that the compiler does not check.
//!
//! Each rule is in the file named after what it checks; this file runs them all and prints their findings.

mod arrows;
mod dependency_graph;
mod manifest;
mod markdown;
mod rust_source;
mod text;

use anyhow::{Result, bail};

use crate::workspace;

/// Prints every breach of a rule as `path:line: what to do`.
///
/// # Errors
/// There is a breach, or a file cannot be read.
pub(crate) fn run() -> Result<()> {
    let findings = findings()?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("tidy found 1 breach of the style rules (above)"),
        n => bail!("tidy found {n} breaches of the style rules (above)"),
    }
}

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    /// A breach at a line (counted from one); zero means the file as a whole.
    pub(crate) fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

fn findings() -> Result<Vec<Finding>> {
    let files = workspace::files()?;
    let mut findings = Vec::new();
    let mut manifests = Vec::new();
    for file in &files {
        text::check_size(file, &mut findings)?;
        let Some(text) = file.text()? else { continue };
        text::check(&file.path, &text, &mut findings);
        if file.path.ends_with(".rs") {
            rust_source::check(&file.path, &text, &mut findings);
        }
        if file.path.ends_with(".md") {
            markdown::check_links(
                &file.path,
                &text,
                &|path| workspace::root().join(path).exists(),
                &mut findings,
            );
        }
        if file.path.ends_with("Cargo.toml") {
            let manifest = manifest::Manifest::parse(&file.path, &text)?;
            manifest::check(&manifest, &mut findings);
            manifests.push(manifest);
        }
    }
    let graph = dependency_graph::DependencyGraph::new(&workspace::metadata()?);
    arrows::check(&manifests, &graph, &mut findings);
    for document in ["README.md", "ARCHITECTURE.md"] {
        let text = std::fs::read_to_string(workspace::root().join(document)).unwrap_or_default();
        markdown::check_names_crates(document, &text, &manifests, &mut findings);
    }
    findings.sort();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        let findings = super::findings().expect("every file is readable");
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
