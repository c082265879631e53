//! Finds the commit and the features for `--version`.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Outside a repository, and without git, the commit is unknown.
    let git = |words: &[&str]| -> Option<String> {
        let output = Command::new("git").args(words).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"]);
    if let Some(head) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && std::path::Path::new(&head).is_file()
    {
        println!("cargo:rerun-if-changed={head}");
    }
    let features = ["wgpu", "cuda", "served", "local-llm", "parquet"]
        .into_iter()
        .filter(|name| {
            let variable = name.to_uppercase().replace('-', "_");
            std::env::var_os(format!("CARGO_FEATURE_{variable}")).is_some()
        });
    let features = features.collect::<Vec<_>>().join(", ");
    let features = match features.as_str() {
        "" => "none",
        features => features,
    };
    let commit = commit.unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=SEMST_COMMIT={commit}");
    println!("cargo:rustc-env=SEMST_FEATURES={features}");
}
