//! The genes: their symbols, and the programmes in which each is high.

use crate::cell_type::{NAMES, NEURONS, PROGRAMMES};

const MARKERS: &str = include_str!("../genes/markers.tsv");
const BACKGROUND: &str = include_str!("../genes/background.tsv");

/// A gene of the simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gene {
    /// Approved human symbol, or `SIMGENE` and a number for a placeholder.
    pub symbol: String,
    /// Relative abundance: 1 rare, 5 among the most abundant. Placeholders have 1.
    pub level: u8,
    /// Programmes where the gene is high, by name; `neuron` and `everywhere` are background.
    pub programmes: Vec<&'static str>,
    /// Keys into `genes/SOURCES.md`; empty for placeholders.
    pub sources: &'static str,
}

/// The genes of a simulation, in the order of the columns of its counts.
///
/// ```
/// let panel = semst_simulate::GenePanel::all();
/// let markers = panel.genes().iter().filter(|g| g.is_marker()).count();
/// assert!(markers >= 120);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenePanel {
    genes: Vec<Gene>,
}

impl GenePanel {
    /// Returns every gene of the crate: the markers, then the background.
    #[must_use]
    pub fn all() -> Self {
        let genes = rows(MARKERS).chain(rows(BACKGROUND)).collect();
        Self { genes }
    }

    /// Returns `n` genes: the first `n` genes of the crate, then placeholders without semantics.
    ///
    /// The markers come first, so a small panel is a targeted one. Placeholders are called
    /// `SIMGENE00001` and so on, are rare everywhere, and are in no gene table.
    #[must_use]
    pub fn with_genes(n: usize) -> Self {
        let mut genes = Self::all().genes;
        genes.truncate(n);
        genes.extend((1..=n - genes.len()).map(|i| Gene {
            symbol: format!("SIMGENE{i:05}"),
            level: 1,
            programmes: vec!["everywhere"],
            sources: "",
        }));
        Self { genes }
    }

    /// The genes in column order.
    #[must_use]
    pub fn genes(&self) -> &[Gene] {
        &self.genes
    }
}

impl Gene {
    /// Returns whether the gene was planted as a marker of a layer or a cell type.
    #[must_use]
    pub fn is_marker(&self) -> bool {
        self.programmes
            .iter()
            .any(|p| !matches!(*p, "neuron" | "everywhere" | "stress" | "blood"))
    }

    /// Fold over the base level in each programme; `contrast` is the fold of a marker in its own programme.
    pub(crate) fn folds(&self, contrast: f32) -> [f32; PROGRAMMES] {
        let mut folds = [1.0; PROGRAMMES];
        for programme in &self.programmes {
            match *programme {
                "everywhere" => {}
                "neuron" => NEURONS.iter().for_each(|&p| folds[p] = 3.0),
                name => {
                    if let Some(p) = NAMES.iter().position(|n| *n == name) {
                        folds[p] = contrast;
                    }
                }
            }
        }
        folds
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Gene> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("level"))
        .flat_map(|line| {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            let (level, programmes, sources, symbols) = (next(), next(), next(), next());
            let level = level.parse().unwrap_or(1);
            let programmes: Vec<_> = programmes.split(',').collect();
            symbols.split(' ').map(move |symbol| Gene {
                symbol: symbol.to_owned(),
                level,
                programmes: programmes.clone(),
                sources,
            })
        })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::{self, Read};
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn tables_are_well_formed() {
        let panel = GenePanel::all();
        let symbols: HashSet<_> = panel.genes().iter().map(|g| &g.symbol).collect();
        assert_eq!(symbols.len(), panel.genes().len(), "a symbol occurs twice");
        for table in [MARKERS, BACKGROUND] {
            for line in table.lines().filter(|l| !l.starts_with('#')).skip(1) {
                assert_eq!(line.split('\t').count(), 4, "{line}");
            }
        }
        let sources = include_str!("../genes/SOURCES.md");
        for gene in panel.genes() {
            assert!((1..=5).contains(&gene.level), "{gene:?}");
            for programme in &gene.programmes {
                assert!(
                    NAMES.contains(programme) || matches!(*programme, "neuron" | "everywhere"),
                    "{gene:?}"
                );
            }
            for key in gene.sources.split(';') {
                assert!(sources.contains(&format!("| {key} |")), "{gene:?}");
            }
        }
    }

    #[test]
    fn there_are_markers_of_every_programme() {
        let panel = GenePanel::all();
        assert!(panel.genes().iter().filter(|g| g.is_marker()).count() >= 200);
        assert!(
            (600..=1_000).contains(&panel.genes().len()),
            "{}",
            panel.genes().len()
        );
        for name in NAMES.iter().filter(|n| **n != "neuropil") {
            let n = panel
                .genes()
                .iter()
                .filter(|g| g.programmes.contains(name))
                .count();
            assert!(n >= 4, "{name} has {n} genes");
        }
    }

    #[test]
    fn placeholders_follow_the_real_symbols() {
        let all = GenePanel::all().genes().len();
        let panel = GenePanel::with_genes(all + 2);
        assert_eq!(panel.genes()[all + 1].symbol, "SIMGENE00002");
        assert_eq!(
            GenePanel::with_genes(100).genes(),
            &GenePanel::all().genes()[..100]
        );
    }

    #[test]
    fn a_marker_is_high_in_its_programme_only() {
        let panel = GenePanel::all();
        let mobp = panel
            .genes()
            .iter()
            .find(|g| g.symbol == "MOBP")
            .map(|g| g.folds(10.0));
        let mut expected = [1.0; PROGRAMMES];
        expected[14] = 10.0;
        assert_eq!(mobp, Some(expected));
    }

    /// Compares with the symbols of Ensembl, if the development data is available.
    #[test]
    fn symbols_are_real() -> io::Result<()> {
        let data = std::env::var_os("SEMST_DATA").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
            PathBuf::from,
        );
        let path = data.join("genes/genes_human.tsv.gz");
        let Ok(file) = std::fs::File::open(&path) else {
            let required = std::env::var_os("SEMST_REQUIRE_DATA").is_some_and(|v| v == "1");
            assert!(
                !required,
                "{} is not there, and SEMST_REQUIRE_DATA=1",
                path.display()
            );
            eprintln!("skipped: {} does not exist; set SEMST_DATA", path.display());
            return Ok(());
        };
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
        let known: HashSet<_> = text
            .lines()
            .filter_map(|line| line.split('\t').nth(1))
            .collect();
        let panel = GenePanel::all();
        let unknown: Vec<_> = panel
            .genes()
            .iter()
            .filter(|g| !known.contains(g.symbol.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        Ok(())
    }
}
