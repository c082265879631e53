//! Checks that the examples of `docs/extending.md` are equal to the code of the third-party crates, and short.

use std::path::Path;

/// Reads a file in the folder of this package.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn the_document_shows_the_crates() {
    let document = read("../docs/extending.md");
    for (name, file) in [
        ("encoder", "sgc"),
        ("encoder", "sgc_config"),
        ("modulator", "lib"),
        ("program", "main"),
    ] {
        let text = read(&format!("third_party/{name}/src/{file}.rs"));
        let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        assert!(code.lines().count() <= 60, "{name} is no longer short");
        let (_, code) = code.split_once("\n\n").expect("a line of documentation");
        assert!(
            document.contains(code.trim_end()),
            "docs/extending.md and third_party/{name}/src/{file}.rs differ"
        );
        if name == "program" {
            let lines = code.lines().filter(|line| !line.is_empty());
            assert!(lines.count() <= 15, "a program takes fifteen lines");
            continue;
        }
        let manifest = read(&format!("third_party/{name}/Cargo.toml"));
        assert!(
            !manifest.contains("semst.workspace"),
            "{name} knows the façade"
        );
    }
}
