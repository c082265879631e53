//! The genes that have a vector.

use serde::{Deserialize, Serialize};

/// How the genes of a slide were found in a gene table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GeneLookup {
    /// Genes looked up.
    pub asked: usize,
    /// Found by Ensembl id.
    pub by_id: usize,
    /// Found by symbol.
    pub by_symbol: usize,
    /// Found by alias.
    pub by_alias: usize,
    /// Found by another spelling.
    pub by_spelling: usize,
    /// Symbols without a vector, in the order of the slide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl GeneLookup {
    /// Genes found.
    pub fn found(&self) -> usize {
        self.asked.saturating_sub(self.missing.len())
    }

    /// One line: how many genes were found, by which names, and the first five that were not found.
    pub fn sentence(&self) -> String {
        let share = 100.0 * self.found() as f64 / self.asked.max(1) as f64;
        let mut text = format!(
            "{} of {} genes have a vector ({share:.1} %): {} by Ensembl id, {} by symbol, {} by alias, {} by another spelling",
            self.found(),
            self.asked,
            self.by_id,
            self.by_symbol,
            self.by_alias,
            self.by_spelling
        );
        if !self.missing.is_empty() {
            let first: Vec<&str> = self.missing.iter().take(5).map(String::as_str).collect();
            text += &format!("; without: {}", first.join(", "));
            if let more @ 1.. = self.missing.len() - first.len() {
                text += &format!(" and {more} more");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::GeneLookup;

    #[test]
    fn missing_genes_are_named() {
        let lookup = GeneLookup {
            asked: 8,
            by_symbol: 2,
            missing: ["A", "B", "C", "D", "E", "F"].map(String::from).to_vec(),
            ..GeneLookup::default()
        };
        assert_eq!(
            lookup.sentence(),
            "2 of 8 genes have a vector (25.0 %): 0 by Ensembl id, 2 by symbol, 0 by alias, 0 by another spelling; without: A, B, C, D, E and 1 more"
        );
    }
}
