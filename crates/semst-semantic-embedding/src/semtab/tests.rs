//! Tests: the shipped files are valid, damaged ones give an error with a reason.

use super::*;

const GO_TERMS: &[u8] = include_bytes!("../../data/go_terms.semtab");
const GENES: &[u8] = include_bytes!("../../data/genes.semtab");
const UNRELATED: &[u8] = include_bytes!("../../data/unrelated.semtab");

#[track_caller]
fn check_error(bytes: &[u8], expected: &str) {
    let got = Semtab::parse("x.semtab", bytes)
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(got.as_ref().is_err_and(|e| e.contains(expected)), "{got:?}");
}

fn length_of_header(bytes: &[u8]) -> usize {
    u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize
}

#[test]
fn shipped_files_stay_under_6_mb_and_say_what_they_are() -> Result<(), SemanticError> {
    assert!(GENES.len() + UNRELATED.len() + GO_TERMS.len() < 6_000_000);
    let header = Semtab::parse("genes", GENES)?.header;
    assert!(header.model.contains("all-MiniLM-L6-v2"));
    assert_eq!(header.text, "symbol: approved name. RefSeq summary");
    assert_eq!(header.made.len(), "2025-01-01".len());
    assert_eq!(header.dims, 256);
    Ok(())
}

#[test]
fn go_terms_share_the_axes_of_the_genes() -> Result<(), SemanticError> {
    let genes = Semtab::parse("genes", GENES)?.table("human")?;
    let terms = Semtab::parse("terms", GO_TERMS)?.table("go")?;
    let nearest_term = |gene: &str| {
        let at = genes.names.iter().position(|n| n == gene)?;
        let own = genes.vectors.row(at);
        let cosine = |t: usize| {
            let v = terms.vectors.row(t);
            v.dot(&own) / v.dot(&v).sqrt()
        };
        (0..terms.names.len())
            .max_by(|&a, &b| cosine(a).total_cmp(&cosine(b)))
            .map(|t| terms.names[t].as_str())
    };
    assert!(
        nearest_term("MBP").is_some_and(|t| t.contains("myelin")),
        "{:?}",
        nearest_term("MBP")
    );
    assert_eq!(terms.ids.len(), terms.names.len());
    assert!(
        terms
            .ids
            .iter()
            .all(|(id, _)| id.len() == 10 && id.starts_with("GO:"))
    );
    Ok(())
}

#[test]
fn other_files_are_refused() {
    check_error(b"", "no semtab file");
    check_error(b"\x89HDF\r\n\x1a\n and so on", "no semtab file");
    check_error(b"SEMTAB\x02\n\0\0\0\0", "no semtab file of version 1");
    check_error(
        b"SEMTAB\x01\n\x05\0\0\0{}",
        "cut off inside the header (2 bytes of 5)",
    );
    check_error(
        b"SEMTAB\x01\n\x02\0\0\0{}",
        "the header is not that of a table: missing field",
    );
}

#[test]
fn a_truncated_file_is_refused() {
    check_error(&UNRELATED[..UNRELATED.len() - 1], "the header lists");
    check_error(&UNRELATED[..40], "cut off inside the header");
}

#[test]
fn one_flipped_bit_is_found() {
    let start = 12 + length_of_header(UNRELATED);
    for at in [start, start + 1000, UNRELATED.len() - 1] {
        let mut bytes = UNRELATED.to_vec();
        bytes[at] ^= 1;
        check_error(&bytes, "the file is damaged");
    }
}

/// A file with a correct checksum but wrong content.
fn forge(edit: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    let length = length_of_header(UNRELATED);
    let mut header: serde_json::Value =
        serde_json::from_slice(&UNRELATED[12..12 + length]).expect("shipped header");
    edit(&mut header);
    let head = header.to_string().into_bytes();
    let mut bytes = UNRELATED[..8].to_vec();
    bytes.extend((head.len() as u32).to_le_bytes());
    bytes.extend(head);
    bytes.extend(&UNRELATED[12 + length..]);
    bytes
}

#[track_caller]
fn check_table_error(edit: impl Fn(&mut serde_json::Value), expected: &str) {
    let bytes = forge(edit);
    let got = Semtab::parse("x.semtab", &bytes)
        .and_then(|t| t.table("unrelated"))
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(got.as_ref().is_err_and(|e| e.contains(expected)), "{got:?}");
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    check_table_error(|h| h["rows"] = 1999.into(), "section vectors holds");
    check_table_error(|h| h["dims"] = u64::MAX.into(), "cannot hold 2000 ×");
    check_table_error(
        |h| h["tables"][0]["entries"] = 7.into(),
        "has 2000 names, expected 7",
    );
    check_table_error(
        |h| h["tables"][0]["name"] = "other".into(),
        "holds no table named unrelated",
    );
    check_table_error(
        |h| h["sections"][0]["raw"] = 10.into(),
        "section vectors holds 11 bytes",
    );
    check_table_error(
        |h| h["sections"][1]["name"] = "gone".into(),
        "has no section unrelated/names",
    );
}
