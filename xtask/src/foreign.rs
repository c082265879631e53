//! The cost of the crates for an external burn project (`tests/foreign`): the number of packages that cargo has to build.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::workspace;

/// A feature of `tests/foreign`, its crate, and the number of packages that it may add to burn, including itself and other crates
/// of the workspace.
const CRATES: &[(&str, &str, usize)] = &[
    ("fsm", "semst-fsm-modulation", 4),
    ("sparse", "semst-sparse", 20),
    ("encoders", "semst-gnn-encoders", 54),
    ("training", "semst-training", 57),
];

/// Counts the packages that each crate adds, prints the numbers, and checks the types of the project that uses FSM.
///
/// # Errors
/// A crate adds more than its bound, or the project does not compile.
pub(crate) fn run(check: bool) -> Result<()> {
    let sh = workspace::shell()?;
    sh.change_dir("tests/foreign");
    let alone = packages(&sh, "")?;
    eprintln!("burn alone: {} packages", alone.len());
    for &(feature, name, bound) in CRATES {
        let with = packages(&sh, feature)?;
        let added: Vec<&str> = with.difference(&alone).map(String::as_str).collect();
        eprintln!("with {name}: {} more", added.len());
        ensure!(
            added.len() <= bound,
            "{name} adds {} packages to a burn project, the bound is {bound}: {}",
            added.len(),
            added.join(", ")
        );
    }
    if check {
        let target = workspace::target()?.join("foreign");
        let _target = sh.push_env("CARGO_TARGET_DIR", target);
        cmd!(sh, "cargo check --quiet --tests --locked")
            .run()
            .context("tests/foreign does not compile")?;
    }
    Ok(())
}

/// Name and version of every package of a build with one feature.
fn packages(sh: &Shell, feature: &str) -> Result<BTreeSet<String>> {
    let tree = cmd!(
        sh,
        "cargo tree --locked --no-default-features --features {feature} --edges normal,build --prefix none"
    )
    .quiet()
    .read()?;
    let name_and_version = |line: &str| {
        let mut words = line.split(' ');
        Some(format!("{} {}", words.next()?, words.next()?))
    };
    Ok(tree.lines().filter_map(name_and_version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fsm_is_light_in_a_foreign_project() {
        let sh = workspace::shell().expect("the root is there");
        sh.change_dir("tests/foreign");
        let alone = packages(&sh, "").expect("cargo reads the manifest");
        let with = packages(&sh, "fsm").expect("cargo reads the manifest");
        assert!(alone.iter().any(|name| name.starts_with("burn ")));
        assert!(!alone.iter().any(|name| name.starts_with("semst")));
        assert!(
            with.iter()
                .any(|name| name.starts_with("semst-fsm-modulation "))
        );
        let wgpu = with.iter().filter(|name| name.contains("wgpu"));
        assert_eq!(wgpu.count(), 0);
    }
}
