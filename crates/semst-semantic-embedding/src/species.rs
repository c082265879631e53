//! Species of the shipped tables, and their detection from the names of genes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spelling;

/// A species with a shipped gene table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Species {
    /// Homo sapiens: symbols in capitals (`GFAP`), ids `ENSG…`.
    Human,
    /// Mus musculus: symbols with one capital (`Gfap`), ids `ENSMUSG…`.
    Mouse,
}

impl Species {
    /// All species with a shipped table.
    pub const ALL: [Self; 2] = [Self::Human, Self::Mouse];

    /// Name of the species in the table and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Mouse => "mouse",
        }
    }

    /// Guesses the species of a data set from its genes: from Ensembl prefixes if there are any, else from the case of
    /// the symbols. `None` when neither is conclusive, or both species are equally likely.
    ///
    /// ```
    /// use semst_semantic_embedding::Species;
    /// let genes = ["Gfap", "Mbp", "0610007N19Rik"].map(String::from);
    /// assert_eq!(Species::detect(&genes, None), Some(Species::Mouse));
    /// ```
    pub fn detect(symbols: &[String], ids: Option<&[String]>) -> Option<Self> {
        let by_id = majority(ids.unwrap_or_default().iter().map(|id| Self::of_id(id)));
        by_id.or_else(|| {
            majority(
                symbols
                    .iter()
                    .map(|s| Self::of_id(s).or_else(|| Self::of_symbol(s))),
            )
        })
    }

    fn of_id(id: &str) -> Option<Self> {
        let id = spelling::without_genome(id);
        if spelling::is_ensembl(id, "ENSG") {
            Some(Self::Human)
        } else if spelling::is_ensembl(id, "ENSMUSG") {
            Some(Self::Mouse)
        } else {
            None
        }
    }

    fn of_symbol(symbol: &str) -> Option<Self> {
        let symbol = spelling::without_genome(symbol);
        if symbol.ends_with("Rik") || symbol.starts_with("mt-") {
            return Some(Self::Mouse);
        }
        let letters: Vec<char> = symbol
            .replace("orf", "ORF")
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect();
        if letters.len() < 2 {
            None
        } else if letters.iter().all(char::is_ascii_uppercase) {
            Some(Self::Human)
        } else if letters[0].is_ascii_uppercase()
            && letters[1..].iter().any(char::is_ascii_lowercase)
        {
            Some(Self::Mouse)
        } else {
            None
        }
    }
}

impl fmt::Display for Species {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn majority(votes: impl Iterator<Item = Option<Species>>) -> Option<Species> {
    let (mut human, mut mouse) = (0usize, 0usize);
    for vote in votes.flatten() {
        match vote {
            Species::Human => human += 1,
            Species::Mouse => mouse += 1,
        }
    }
    match human.cmp(&mouse) {
        std::cmp::Ordering::Greater => Some(Species::Human),
        std::cmp::Ordering::Less => Some(Species::Mouse),
        std::cmp::Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(symbols: &[&str], ids: Option<&[&str]>, expected: Option<Species>) {
        let own = |x: &[&str]| x.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        let ids = ids.map(own);
        assert_eq!(Species::detect(&own(symbols), ids.as_deref()), expected);
    }

    #[test]
    fn ids_speak_before_symbols() {
        check(
            &["Gfap"],
            Some(&["ENSG00000131095.13"]),
            Some(Species::Human),
        );
        check(
            &["GFAP"],
            Some(&["ENSMUSG00000020932"]),
            Some(Species::Mouse),
        );
        check(&["ENSMUSG00000020932"], None, Some(Species::Mouse));
    }

    #[test]
    fn symbols_speak_by_case() {
        check(
            &["GFAP", "C1orf112", "HLA-A", "Gfap"],
            None,
            Some(Species::Human),
        );
        check(
            &["Gfap", "mt-Co1", "1110008F13Rik", "H2-K1"],
            None,
            Some(Species::Mouse),
        );
        check(&["GRCh38_MBP"], None, Some(Species::Human));
        check(&["mm10___Mbp"], None, Some(Species::Mouse));
    }

    #[test]
    fn nothing_known_is_none() {
        check(&[], None, None);
        check(&["1", "2"], Some(&["x", "y"]), None);
        check(&["GFAP", "Gfap"], None, None);
    }
}
