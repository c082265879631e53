//! Spellings of the same gene in files: genome prefixes, suffixes for uniqueness, versions.

/// Genome names that tools put before symbols in references of several species.
const GENOMES: [&str; 8] = [
    "GRCh38", "GRCh37", "GRCm39", "GRCm38", "hg38", "hg19", "mm10", "mm39",
];

/// `GRCh38_MBP`, `mm10___Mbp` → `MBP`, `Mbp`; also removes blanks and quotes around a name.
pub(crate) fn without_genome(name: &str) -> &str {
    let name = without_quotes(name.trim()).trim();
    for genome in GENOMES {
        if let Some(rest) = name.strip_prefix(genome) {
            let symbol = rest.trim_start_matches('_');
            if symbol.len() < rest.len() && !symbol.is_empty() {
                return symbol;
            }
        }
    }
    name
}

/// `'Tal1'` → `Tal1`.
fn without_quotes(name: &str) -> &str {
    let between = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    between('\'').or_else(|| between('"')).unwrap_or(name)
}

/// `TBCE-1` → `TBCE`, as written by scanpy's `var_names_make_unique`; also `TBCE.1` of R's `make.unique`.
pub(crate) fn without_unique_suffix(name: &str) -> Option<&str> {
    let (base, number) = name.rsplit_once(['-', '.'])?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (digits && !base.is_empty()).then_some(base)
}

/// `ENSG00000131095.13` → `ENSG00000131095`; names that are not Ensembl gene ids stay unchanged.
pub(crate) fn without_version(id: &str) -> &str {
    match id.split_once('.') {
        Some((base, _)) if base.starts_with("ENS") => base,
        _ => id,
    }
}

/// Whether `id` is `prefix` and digits, with or without a version.
pub(crate) fn is_ensembl(id: &str, prefix: &str) -> bool {
    without_version(id)
        .strip_prefix(prefix)
        .is_some_and(|n| n.len() >= 6 && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_suffixes_versions() {
        assert_eq!(without_genome("GRCh38_MBP"), "MBP");
        assert_eq!(without_genome("mm10___Xkr4"), "Xkr4");
        assert_eq!(without_genome("mm10"), "mm10");
        assert_eq!(without_genome("MBP "), "MBP");
        assert_eq!(without_genome("'Tal1'"), "Tal1");
        assert_eq!(without_genome("\"mm10___Xkr4\""), "Xkr4");
        assert_eq!(without_genome("'"), "'");
        assert_eq!(without_unique_suffix("TBCE-1"), Some("TBCE"));
        assert_eq!(without_unique_suffix("TBCE.2"), Some("TBCE"));
        assert_eq!(without_unique_suffix("HLA-A"), None);
        assert_eq!(without_version("ENSG00000131095.13"), "ENSG00000131095");
        assert_eq!(without_version("AC012345.1"), "AC012345.1");
        assert!(is_ensembl("ENSG00000131095.2", "ENSG"));
        assert!(!is_ensembl("ENSMUSG00000020932", "ENSG"));
    }
}
