//! Symbols and ids of genes.

use crate::error::IoError;
use crate::h5::H5File;
use crate::h5ad::frame;
use crate::read_config::ReadConfig;

/// Columns of `var` that hold symbols, in the order they are tried when the index holds ids.
/// `gene_symbols` is scanpy's, `feature_name` CELLxGENE's.
const SYMBOL_COLUMNS: [&str; 8] = [
    "gene_symbols",
    "gene_symbol",
    "gene_names",
    "gene_name",
    "feature_name",
    "symbol",
    "symbols",
    "SYMBOL",
];

/// Columns of `var` that hold ids; `gene_ids` is scanpy's.
const ID_COLUMNS: [&str; 5] = ["gene_ids", "gene_id", "ensembl_id", "ensembl", "feature_id"];

/// The names of the genes of one matrix.
pub(crate) struct GeneNames {
    pub(crate) symbols: Vec<String>,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) symbols_from: String,
}

/// Reads symbols and ids from a table of genes (`var` or `raw/var`).
pub(crate) fn read(file: &H5File, config: &ReadConfig, var: &str) -> Result<GeneNames, IoError> {
    let index = frame::index(file, var)?;
    let columns = frame::column_names(file, var)?;
    let has = |name: &str| columns.iter().any(|column| column == name);
    let text = |name: &str| frame::texts(file, var, name);
    if let Some(wanted) = &config.gene_symbols {
        if !has(wanted) {
            return Err(IoError::MissingKey {
                table: var.into(),
                key: wanted.clone(),
                keys: columns,
            });
        }
        let symbols = or_index(text(wanted)?, &index);
        let ids = mostly_ensembl(&index).then_some(index);
        return Ok(GeneNames {
            symbols,
            ids,
            symbols_from: format!("{var}/{wanted}"),
        });
    }
    if mostly_ensembl(&index) {
        if let Some(name) = SYMBOL_COLUMNS.into_iter().find(|name| has(name)) {
            return Ok(GeneNames {
                symbols: or_index(text(name)?, &index),
                ids: Some(index),
                symbols_from: format!("{var}/{name}"),
            });
        }
        return Ok(GeneNames {
            symbols: index.clone(),
            ids: Some(index),
            symbols_from: format!("{var} index"),
        });
    }
    let ids = match ID_COLUMNS.into_iter().find(|name| has(name)) {
        Some(name) => Some(text(name)?),
        None => None,
    };
    Ok(GeneNames {
        symbols: index,
        ids,
        symbols_from: format!("{var} index"),
    })
}

/// A gene without a symbol keeps its id.
fn or_index(symbols: Vec<String>, index: &[String]) -> Vec<String> {
    let known = |symbol: &str| !symbol.is_empty() && symbol != "nan";
    symbols
        .into_iter()
        .zip(index)
        .map(|(symbol, id)| if known(&symbol) { symbol } else { id.clone() })
        .collect()
}

/// Whether most names look like `ENSG00000197971` or `ENSMUSG00000041607.18`.
fn mostly_ensembl(names: &[String]) -> bool {
    2 * names.iter().filter(|name| is_ensembl(name)).count() > names.len()
}

fn is_ensembl(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("ENS") else {
        return false;
    };
    let letters = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let species = &rest[..rest.len() - letters.len()];
    let number = letters.split('.').next().unwrap_or(letters);
    species.ends_with('G') && number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_ensembl;

    #[test]
    fn ensembl_gene_ids() {
        for id in [
            "ENSG00000197971",
            "ENSMUSG00000041607.18",
            "ENSDARG00000036186",
        ] {
            assert!(is_ensembl(id), "{id}");
        }
        for name in ["MBP", "ENSA", "ENST00000", "ENSG", "ENSMUST00000041607", ""] {
            assert!(!is_ensembl(name), "{name}");
        }
    }
}
