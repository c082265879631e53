//! Reads `Cargo.lock`, to find indirect dependencies.

use std::collections::{BTreeMap, BTreeSet};

/// The dependencies between packages, without versions.
#[derive(Debug, Default)]
pub(super) struct Lockfile {
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Lockfile {
    /// Reads the text of a `Cargo.lock`.
    pub(super) fn parse(text: &str) -> Self {
        let mut lockfile = Self::default();
        let mut package = String::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("name = ") {
                package = name.trim_matches('"').to_owned();
            } else if let Some(entry) = line.strip_prefix(" \"") {
                let name = entry.split([' ', '"']).next().unwrap_or_default();
                lockfile
                    .dependencies
                    .entry(package.clone())
                    .or_default()
                    .insert(name.to_owned());
            }
        }
        lockfile
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
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "a"
version = "1.0.0"
dependencies = [
 "b",
 "c 0.2.0",
]

[[package]]
name = "c"
version = "0.2.0"
dependencies = [
 "burn",
]
"#;

    #[test]
    fn finds_the_chain() {
        let lock = Lockfile::parse(LOCK);
        assert_eq!(
            lock.chain("a", |name| name == "burn"),
            Some(["a", "c", "burn"].map(str::to_owned).to_vec())
        );
        assert_eq!(lock.chain("b", |name| name == "burn"), None);
    }
}
