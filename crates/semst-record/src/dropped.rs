//! The kinds of things that were dropped.

use serde::{Deserialize, Serialize};

/// A kind of thing that was dropped, renamed or is missing; the record counts each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dropped {
    /// Spots without any count, dropped when the slide was read.
    ZeroSpots,
    /// Genes without any count, dropped when the slide was read.
    ZeroGenes,
    /// Barcodes of the matrix without a position under tissue, dropped.
    BarcodesWithoutPosition,
    /// Positions under tissue without a barcode in the matrix, left out.
    PositionsWithoutBarcode,
    /// Features that are not genes, left out.
    OtherFeatures,
    /// Genes without a symbol, named by their id.
    SymbolsFromIds,
    /// Gene symbols in quotes or with spaces around them, cleaned.
    SymbolsCleaned,
    /// Gene symbols that occur more than once, made unique.
    SymbolsMadeUnique,
    /// Barcodes that occur more than once, made unique.
    BarcodesMadeUnique,
    /// Genes in too few spots, dropped before genes were selected.
    RareGenes,
    /// The smallest number of spots of a gene; it was reduced to half of a small slide.
    MinCellsScaled,
    /// The requested number of highly variable genes; there were fewer genes, and all were kept.
    TopGenesNotReached,
    /// Spots without any count in the selected genes; they were kept.
    EmptySpots,
    /// Genes without a vector.
    GenesWithoutVector,
}

impl Dropped {
    /// The stage at which it happened, used as heading of its line in a report.
    pub fn place(self) -> &'static str {
        match self {
            Self::RareGenes
            | Self::MinCellsScaled
            | Self::TopGenesNotReached
            | Self::EmptySpots => "preprocessing",
            Self::GenesWithoutVector => "semantics",
            _ => "reading",
        }
    }

    /// One line with the count, such as `2 spots without any count dropped`.
    pub fn sentence(self, count: usize) -> String {
        let (noun, what) = match self {
            Self::ZeroSpots => ("spot", "without any count dropped"),
            Self::ZeroGenes => ("gene", "without any count dropped"),
            Self::BarcodesWithoutPosition => (
                "barcode",
                "of the matrix without a position under tissue dropped",
            ),
            Self::PositionsWithoutBarcode => (
                "position",
                "under tissue without a barcode in the matrix left out",
            ),
            Self::OtherFeatures => ("feature", "of other kinds than gene expression left out"),
            Self::SymbolsFromIds => ("gene", "without a symbol called by id"),
            Self::SymbolsCleaned => ("gene symbol", "cleaned of quotes or spaces"),
            Self::SymbolsMadeUnique => ("repeated gene symbol", "made unique with a number"),
            Self::BarcodesMadeUnique => ("repeated barcode", "made unique with a number"),
            Self::RareGenes => ("gene", "in too few spots dropped"),
            Self::MinCellsScaled => (
                "spot",
                "with a count keep a gene: the slide is too small for the bound of the settings",
            ),
            Self::TopGenesNotReached => (
                "highly variable gene",
                "asked for, but there were fewer genes: all were kept",
            ),
            Self::EmptySpots => ("spot", "without any count in the selected genes kept"),
            Self::GenesWithoutVector => ("gene", "without a vector left out of the semantics"),
        };
        format!("{count} {noun}{} {what}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::Dropped;
    use std::collections::BTreeMap;

    #[test]
    fn a_kind_is_a_key() -> Result<(), serde_json::Error> {
        let counts = BTreeMap::from([(Dropped::ZeroSpots, 1), (Dropped::EmptySpots, 3)]);
        let value = serde_json::to_value(&counts)?;
        assert_eq!(value["zero_spots"], 1);
        assert_eq!(
            serde_json::from_value::<BTreeMap<Dropped, usize>>(value)?,
            counts
        );
        assert_eq!(
            Dropped::ZeroSpots.sentence(1),
            "1 spot without any count dropped"
        );
        Ok(())
    }
}
