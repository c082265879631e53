//! The examples of `docs/extending.md` are the code of the third-party crates, word for word, and short.

use std::path::Path;

/// Reads a file of this package's folder.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn the_document_shows_the_crates() {
    let document = read("../docs/extending.md");
    for name in ["host", "modulator"] {
        let text = read(&format!("third_party/{name}/src/lib.rs"));
        let (code, _) = text.split_once("#[cfg(test)]").expect("it runs the kit");
        assert!(code.lines().count() < 60, "{name} is no longer short");
        let (_, code) = code.split_once("\n\n").expect("a line of documentation");
        assert!(
            document.contains(code.trim_end()),
            "docs/extending.md and third_party/{name} differ"
        );
        let manifest = read(&format!("third_party/{name}/Cargo.toml"));
        assert!(
            !manifest.contains("semst.workspace"),
            "{name} knows the façade"
        );
    }
}
