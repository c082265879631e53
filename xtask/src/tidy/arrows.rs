//! The allowed dependencies between crates: data flows in one direction, and dependencies follow it.
//!
//! Dev-dependencies are not restricted: a test may use any crate.
//! An optional dependency of a feature may be burn, but not a crate of the workspace that is not allowed.

use super::{Finding, dependency_graph::DependencyGraph, manifest::Manifest};

/// For each package of the workspace, the packages of the workspace on which it may depend. A new crate needs a line here.
const ARROWS: &[(&str, May)] = &[
    ("semst-seed", May::Only(&[])),
    ("semst-guard", May::Only(&[])),
    ("semst-io", May::Only(&["semst-guard"])),
    ("semst-record", May::Only(&[])),
    ("semst-simulate", May::Only(&["semst-io", "semst-seed"])),
    ("semst-preprocess", May::Only(&[])),
    ("semst-spatial-graph", May::Only(&["semst-seed"])),
    ("semst-text-models", May::Only(&["semst-guard"])),
    ("semst-semantic-embedding", May::Only(&["semst-io"])),
    (
        "semst-semantic-sources",
        May::Only(&[
            "semst-io",
            "semst-preprocess",
            "semst-semantic-embedding",
            "semst-text-models",
        ]),
    ),
    ("semst-device", May::Only(&["semst-guard"])),
    ("semst-sparse", May::Only(&[])),
    ("semst-fsm-modulation", May::Only(&[])),
    (
        "semst-gnn-encoders",
        May::Only(&[
            "semst-fsm-modulation",
            "semst-preprocess",
            "semst-seed",
            "semst-sparse",
            "semst-spatial-graph",
        ]),
    ),
    (
        "semst-training",
        May::Only(&[
            "semst-sparse",
            "semst-spatial-graph",
            "semst-fsm-modulation",
            "semst-gnn-encoders",
            "semst-preprocess",
            "semst-record",
            "semst-seed",
        ]),
    ),
    (
        "semst-interpretation",
        May::Only(&[
            "semst-fsm-modulation",
            "semst-record",
            "semst-semantic-embedding",
        ]),
    ),
    ("semst-clustering-heads", May::Only(&["semst-seed"])),
    (
        "semst-evaluation",
        May::Only(&["semst-seed", "semst-spatial-graph"]),
    ),
    (
        "semst-report",
        May::Only(&["semst-record", "semst-spatial-graph"]),
    ),
    ("semst", May::AllBut(&["semst-ablation", "semst-cli"])),
    ("semst-ablation", May::Only(&["semst"])),
    ("semst-cli", May::AllBut(&[])),
    ("semst-tests", May::AllBut(&[])),
    ("semst-benches", May::AllBut(&[])),
    (
        "third-party-encoder",
        May::Only(&["semst-fsm-modulation", "semst-gnn-encoders"]),
    ),
    (
        "third-party-modulator",
        May::Only(&["semst-fsm-modulation"]),
    ),
    (
        "third-party-program",
        May::Only(&[
            "semst",
            "semst-cli",
            "third-party-encoder",
            "third-party-modulator",
        ]),
    ),
    ("xtask", May::Only(&[])),
];

/// Packages that must build and be useful without a tensor library.
const WITHOUT_BURN: &[&str] = &[
    "semst-seed",
    "semst-guard",
    "semst-io",
    "semst-simulate",
    "semst-preprocess",
    "semst-spatial-graph",
    "semst-text-models",
    "semst-semantic-embedding",
    "semst-semantic-sources",
    "semst-clustering-heads",
    "semst-evaluation",
    "semst-record",
    "semst-report",
    "xtask",
];

#[derive(Debug, Clone, Copy)]
enum May {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl May {
    fn know(self, name: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(&name),
            Self::AllBut(names) => !names.contains(&name),
        }
    }
}

/// Finds dependencies that are not allowed, and burn in packages that must not use it.
pub(super) fn check(manifests: &[Manifest], graph: &DependencyGraph, findings: &mut Vec<Finding>) {
    let is_ours = |name: &str| manifests.iter().any(|manifest| manifest.name == name);
    for manifest in manifests
        .iter()
        .filter(|manifest| !manifest.name.is_empty() && !manifest.is_foreign())
    {
        let Some((_, may)) = ARROWS.iter().find(|(name, _)| *name == manifest.name) else {
            let message = format!(
                "`{}` has no line in the arrows of xtask/src/tidy/arrows.rs",
                manifest.name
            );
            findings.push(Finding::new(&manifest.path, 0, message));
            continue;
        };
        for dependency in manifest
            .dependencies
            .iter()
            .filter(|dependency| !dependency.dev)
        {
            let mut found =
                |message| findings.push(Finding::new(&manifest.path, dependency.line, message));
            if is_ours(&dependency.name) {
                if !may.know(&dependency.name) {
                    found(format!(
                        "`{}` may not know `{}` (ARCHITECTURE.md)",
                        manifest.name, dependency.name
                    ));
                }
            } else if WITHOUT_BURN.contains(&manifest.name.as_str())
                && !dependency.optional
                && let Some(chain) = graph.chain(&dependency.name, is_tensor_library)
            {
                found(format!(
                    "`{}` stays without burn, but has it by {}",
                    manifest.name,
                    chain.join(" → ")
                ));
            }
        }
    }
}

fn is_tensor_library(name: &str) -> bool {
    name == "burn" || name.starts_with("burn-") || name == "cubecl" || name.starts_with("cubecl-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn messages(name: &str, dependencies: &str, expected: &[&str]) {
        let manifests = [
            format!("[package]\nname = \"{name}\"\n{dependencies}"),
            "[package]\nname = \"semst-io\"\n".to_owned(),
        ]
        .map(|text| Manifest::parse("crates/x/Cargo.toml", &text).expect("valid TOML"));
        let graph = DependencyGraph::of(&[("hides", "burn-tensor")]);
        let mut findings = Vec::new();
        check(&manifests, &graph, &mut findings);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, part) in findings.iter().zip(expected) {
            assert!(
                finding.to_string().contains(part),
                "`{finding}` says nothing of `{part}`"
            );
        }
    }

    #[test]
    fn arrows_point_one_way() {
        messages("semst", "[dependencies]\nsemst-io.workspace = true", &[]);
        messages(
            "semst-preprocess",
            "[dependencies]\nsemst-io.workspace = true",
            &["may not know `semst-io`"],
        );
        messages(
            "semst-preprocess",
            "[dev-dependencies]\nsemst-io.workspace = true",
            &[],
        );
    }

    #[test]
    fn burn_is_found_through_others() {
        messages(
            "semst-report",
            "[dependencies]\nburn.workspace = true",
            &["has it by burn"],
        );
        messages(
            "semst-report",
            "[dependencies]\nhides.workspace = true",
            &["hides → burn-tensor"],
        );
        messages("semst-sparse", "[dependencies]\nburn.workspace = true", &[]);
    }

    #[test]
    fn a_feature_may_bring_burn() {
        let optional = "[dependencies]\nburn = { workspace = true, optional = true }";
        messages("semst-clustering-heads", optional, &[]);
    }

    #[test]
    fn a_new_crate_needs_a_line() {
        messages("semst-new", "", &["no line in the arrows"]);
    }
}
