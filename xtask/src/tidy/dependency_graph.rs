//! The indirect dependencies of a package, as resolved by `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::Metadata;

/// The dependencies between packages, without versions and without dependencies of tests.
#[derive(Debug, Default)]
pub(super) struct DependencyGraph {
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl DependencyGraph {
    /// Reads the resolved graph.
    pub(super) fn new(metadata: &Metadata) -> Self {
        let names = metadata.packages.iter();
        let names: BTreeMap<&str, &str> = names.map(|p| (&*p.id, &*p.name)).collect();
        let mut graph = Self::default();
        for node in &metadata.resolve.nodes {
            let kept = node.deps.iter().filter(|dependency| {
                let kinds = &dependency.dep_kinds;
                kinds.iter().any(|k| k.kind.as_deref() != Some("dev"))
            });
            let name = names[&*node.id].to_owned();
            let known = graph.dependencies.entry(name).or_default();
            known.extend(kept.map(|dependency| names[&*dependency.pkg].to_owned()));
        }
        graph
    }

    /// The shortest chain of packages from `start` to one that `wanted` accepts.
    pub(super) fn chain(&self, start: &str, wanted: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let mut seen = BTreeSet::from([start.to_owned()]);
        let mut front = vec![vec![start.to_owned()]];
        while !front.is_empty() {
            let mut next = Vec::new();
            for chain in front {
                let last = chain.last().expect("a chain has a start");
                if wanted(last) {
                    return Some(chain);
                }
                for name in self.dependencies.get(last).into_iter().flatten() {
                    if seen.insert(name.clone()) {
                        let mut longer = chain.clone();
                        longer.push(name.clone());
                        next.push(longer);
                    }
                }
            }
            front = next;
        }
        None
    }

    /// A graph of these dependencies, for the tests of the rules.
    #[cfg(test)]
    pub(super) fn of(arrows: &[(&str, &str)]) -> Self {
        let mut graph = Self::default();
        for &(from, to) in arrows {
            let known = graph.dependencies.entry(from.to_owned()).or_default();
            known.insert(to.to_owned());
        }
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn finds_the_shortest_chain() {
        let arrows = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "burn")];
        let graph = DependencyGraph::of(&arrows);
        let expected = ["a", "c", "burn"].map(str::to_owned).to_vec();
        assert_eq!(graph.chain("a", |name| name == "burn"), Some(expected));
        assert_eq!(graph.chain("burn", |name| name == "a"), None);
    }

    #[test]
    fn knows_the_workspace() {
        let metadata = workspace::metadata().expect("cargo reads our own manifests");
        let graph = DependencyGraph::new(&metadata);
        let direct = |from: &str, to: &str| graph.chain(from, |name| name == to);
        let xshell = ["xtask", "xshell"].map(str::to_owned).to_vec();
        assert_eq!(direct("xtask", "xshell"), Some(xshell));
        assert_eq!(direct("xtask", "burn"), None);
    }
}
