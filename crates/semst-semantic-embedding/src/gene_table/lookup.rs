//! Looks up the genes of a data set in a table.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::GeneTable;
use crate::{SemanticError, spelling};

/// Rows of a table for the genes of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneMatch {
    /// For each gene of the data, its row in the table.
    pub rows: Vec<Option<u32>>,
    /// Which genes were found, and how.
    pub report: LookupReport,
}

/// Which genes of a data set have a vector, and under which name they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupReport {
    /// Genes looked up.
    pub asked: usize,
    /// Found by Ensembl id.
    pub by_id: usize,
    /// Found by symbol as written.
    pub by_symbol: usize,
    /// Found by alias.
    pub by_alias: usize,
    /// Found after removing quotes, a genome prefix or a suffix for uniqueness such as `-1`, or in another case.
    pub by_spelling: usize,
    /// Symbols without a vector, in the order of the data; the id of a gene without a symbol.
    pub missing: Vec<String>,
}

impl LookupReport {
    /// Genes found.
    pub fn found(&self) -> usize {
        self.asked - self.missing.len()
    }

    /// Fraction of the genes found; 0 if none was requested.
    pub fn coverage(&self) -> f64 {
        if self.asked == 0 {
            0.0
        } else {
            self.found() as f64 / self.asked as f64
        }
    }
}

impl fmt::Display for LookupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} genes have a vector ({:.1} %): {} by Ensembl id, {} by symbol, {} by alias, {} by another spelling",
            self.found(),
            self.asked,
            100.0 * self.coverage(),
            self.by_id,
            self.by_symbol,
            self.by_alias,
            self.by_spelling
        )?;
        if !self.missing.is_empty() {
            write!(f, "; without: {}", first_few(&self.missing))?;
        }
        Ok(())
    }
}

/// The kind of name by which a gene was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Id,
    Symbol,
    Alias,
    Spelling,
}

impl GeneTable {
    /// Looks up the genes of a data set in this order: the Ensembl id (without its version) if there is one, the symbol
    /// as written, an alias, the symbol without quotes and genome prefix (`GRCh38_MBP`) and without a suffix for uniqueness
    /// (`TBCE-1`), and last the same names in any case. Symbols that are Ensembl ids are looked up as ids.
    ///
    /// # Errors
    /// When the length of `ids` differs from that of `symbols`, or no gene is found.
    ///
    /// # Complexity
    /// O(genes of the data).
    pub fn lookup(
        &self,
        symbols: &[String],
        ids: Option<&[String]>,
    ) -> Result<GeneMatch, SemanticError> {
        if let Some(ids) = ids.filter(|ids| ids.len() != symbols.len()) {
            return Err(SemanticError::Length {
                what: "gene ids against symbols".into(),
                expected: symbols.len(),
                got: ids.len(),
            });
        }
        let mut report = LookupReport {
            asked: symbols.len(),
            ..LookupReport::default()
        };
        let mut rows = Vec::with_capacity(symbols.len());
        for (i, symbol) in symbols.iter().enumerate() {
            let by_id = ids
                .and_then(|ids| self.find_id(&ids[i]))
                .map(|row| (row, Found::Id));
            let found = by_id.or_else(|| self.find(symbol));
            match found {
                Some((_, Found::Id)) => report.by_id += 1,
                Some((_, Found::Symbol)) => report.by_symbol += 1,
                Some((_, Found::Alias)) => report.by_alias += 1,
                Some((_, Found::Spelling)) => report.by_spelling += 1,
                None => report.missing.push(name_of(symbol, ids.map(|ids| &ids[i]))),
            }
            rows.push(found.map(|(row, _)| row));
        }
        if report.found() == 0 {
            return Err(SemanticError::NoGeneFound {
                asked: report.asked,
                table: self.origin.name.clone(),
                first: first_few(&report.missing),
            });
        }
        Ok(GeneMatch { rows, report })
    }

    pub(super) fn find(&self, name: &str) -> Option<(u32, Found)> {
        let exact = |name: &str| self.by_symbol.get(name).copied();
        let alias = |name: &str| self.by_alias.get(name).copied();
        let bare = spelling::without_genome(name);
        let base = spelling::without_unique_suffix(bare);
        let folded = |name: &str| self.by_folded.get(&name.to_uppercase()).copied();
        exact(name)
            .map(|row| (row, Found::Symbol))
            .or_else(|| alias(name).map(|row| (row, Found::Alias)))
            .or_else(|| self.find_id(name).map(|row| (row, Found::Id)))
            .or_else(|| {
                [Some(bare), base]
                    .into_iter()
                    .flatten()
                    .find_map(|n| exact(n).or_else(|| alias(n)))
                    .or_else(|| [Some(bare), base].into_iter().flatten().find_map(folded))
                    .map(|row| (row, Found::Spelling))
            })
    }

    fn find_id(&self, id: &str) -> Option<u32> {
        let id = spelling::without_version(spelling::without_genome(id));
        self.by_id.get(id).copied()
    }
}

/// The symbol, or the id if the symbol is empty apart from a suffix for uniqueness.
fn name_of(symbol: &str, id: Option<&String>) -> String {
    let empty = symbol
        .trim_start_matches(['-', '.'])
        .bytes()
        .all(|b| b.is_ascii_digit());
    id.filter(|_| empty)
        .map_or(symbol, String::as_str)
        .to_owned()
}

/// `A, B, C and 17 more`.
pub(crate) fn first_few(names: &[String]) -> String {
    let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
