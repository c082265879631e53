//! Texts about genes, from which a gene table is made.

use std::collections::HashMap;
use std::path::Path;

use semst_io::{IoError, read_unpacked};

use crate::SemanticError;

/// Names of genes, each with a text: a summary of NCBI, a function of UniProt, terms of GO. A language model of
/// `semst-text-models` turns the texts into vectors.
///
/// ```
/// use semst_semantic_embedding::GeneTexts;
/// let texts = GeneTexts::parse("genes.tsv", "gene\tsummary\nMBP\tmyelin basic protein\nGFAP\t\n", '\t')?;
/// assert_eq!(texts.genes, ["MBP"]);
/// assert_eq!(texts.without_text, ["GFAP"]);
/// # Ok::<(), semst_semantic_embedding::SemanticError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeneTexts {
    /// Symbols or Ensembl ids, each once.
    pub genes: Vec<String>,
    /// The text of each gene.
    pub texts: Vec<String>,
    /// Genes of the file with an empty text: they get no vector.
    pub without_text: Vec<String>,
}

impl GeneTexts {
    /// Reads `.tsv`, `.txt` (tabs) or `.csv`, with or without `.gz`: the gene in the first column, its text in the
    /// second; further columns are joined to the text. A first line of `gene`, `symbol`, `name` or `id` is a header.
    ///
    /// # Errors
    /// When the file cannot be read or is of another kind, a line has only one column, or a gene occurs twice.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SemanticError> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let lower = file.to_lowercase();
        let bare = lower.trim_end_matches(".gz");
        let delimiter = match bare.rsplit_once('.') {
            Some((_, "csv")) => ',',
            Some((_, "tsv" | "txt")) => '\t',
            _ => {
                return Err(SemanticError::malformed(
                    file,
                    "is not a .tsv or .csv: texts of genes come as lines of gene and text",
                ));
            }
        };
        let bytes = read_unpacked(path).map_err(|error| match error {
            IoError::Read { path, source } => SemanticError::Read { path, source },
            other => other.into(),
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| SemanticError::malformed(&file, "is not UTF-8 text"))?;
        Self::parse(&file, &text, delimiter)
    }

    /// Reads text in memory; `file` is its name in errors.
    ///
    /// # Errors
    /// As [`GeneTexts::open`].
    pub fn parse(file: &str, text: &str, delimiter: char) -> Result<Self, SemanticError> {
        let bad = |problem: String| SemanticError::malformed(file, problem);
        let mut lines = csv::ReaderBuilder::new()
            .delimiter(delimiter as u8)
            .has_headers(false)
            .flexible(true)
            // Summaries contain single quotation marks; tables with tabs do not use quoting.
            .quoting(delimiter == ',')
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let (mut own, mut line_of) = (Self::default(), HashMap::new());
        for (nth, record) in lines.records().enumerate() {
            let record = record.map_err(|e| bad(e.to_string()))?;
            let line = record.position().map_or(nth + 1, |p| p.line() as usize);
            let gene = record.get(0).unwrap_or_default().trim();
            if nth == 0 && is_header(gene) {
                continue;
            }
            if record.len() < 2 {
                return Err(bad(format!(
                    "line {line} has one column, but needs a gene and its text: is it separated by {}?",
                    if delimiter == ',' { "commas" } else { "tabs" }
                )));
            }
            if gene.is_empty() {
                return Err(bad(format!("line {line} names no gene")));
            }
            if let Some(first) = line_of.insert(gene.to_owned(), line) {
                return Err(bad(format!(
                    "{gene} comes twice, on lines {first} and {line}: join its texts to one line"
                )));
            }
            let parts = record.iter().skip(1).map(str::trim);
            let text = parts
                .filter(|p| !p.is_empty())
                .collect::<Vec<_>>()
                .join(" ");
            if text.is_empty() {
                own.without_text.push(gene.to_owned());
            } else {
                own.genes.push(gene.to_owned());
                own.texts.push(text);
            }
        }
        if own.genes.is_empty() {
            return Err(bad("holds no gene with a text".into()));
        }
        Ok(own)
    }
}

fn is_header(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    [
        "gene",
        "genes",
        "symbol",
        "name",
        "id",
        "gene_symbol",
        "gene_name",
        "gene_id",
        "gene symbol",
        "gene name",
        "gene id",
        "ensembl",
        "ensembl_id",
        "hgnc_symbol",
    ]
    .contains(&&*lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_error(text: &str, delimiter: char, words: &str) {
        let said = GeneTexts::parse("file", text, delimiter).map_err(|e| e.to_string());
        assert!(said.as_ref().is_err_and(|e| e.contains(words)), "{said:?}");
    }

    #[test]
    fn texts_of_commas_and_of_tabs() -> Result<(), SemanticError> {
        let csv = GeneTexts::parse("f", "MBP,\"myelin, \"\"the\"\" protein\"\nPLP1,a,b\n", ',')?;
        assert_eq!(csv.texts, ["myelin, \"the\" protein", "a b"]);
        let tsv = GeneTexts::parse("f", "\u{feff}Symbol\ttext\nMBP\tthe 5\" end, of it\n", '\t')?;
        assert_eq!(
            (tsv.genes, tsv.texts),
            (vec!["MBP".into()], vec!["the 5\" end, of it".into()])
        );
        Ok(())
    }

    #[test]
    fn what_is_no_table_is_told() {
        check_error(
            "MBP,a\n",
            '\t',
            "line 1 has one column, but needs a gene and its text",
        );
        check_error(
            "MBP\ta\nMBP\tb\n",
            '\t',
            "MBP comes twice, on lines 1 and 2",
        );
        check_error("\ta\n", '\t', "line 1 names no gene");
        check_error("gene\ttext\nMBP\t \n", '\t', "holds no gene with a text");
        let said = GeneTexts::open("genes.xlsx").map_err(|e| e.to_string());
        assert!(said.is_err_and(|e| e.contains("is not a .tsv or .csv")));
    }

    #[test]
    fn packed_files_are_read() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("genes.TSV.gz");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, b"MBP\tmyelin\n")?;
        std::fs::write(&path, packed.finish()?)?;
        assert_eq!(GeneTexts::open(&path)?.texts, ["myelin"]);
        Ok(())
    }
}
