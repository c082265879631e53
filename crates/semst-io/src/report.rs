//! What reading left out or changed.

use std::fmt;

use serde::Serialize;

/// What reading left out or changed, counted. Its `Display` describes it in plain words.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReadReport {
    /// The slot or file that the counts were taken from, e.g. `layers/counts`.
    pub counts_from: String,
    /// The slot or file that the coordinates were taken from, e.g. `obsm/spatial`.
    pub coordinates_from: String,
    /// Where gene symbols were taken from, e.g. `var index`.
    pub symbols_from: String,
    /// Spots in the file (under tissue), before any was dropped.
    pub spots_in_file: usize,
    /// Genes in the file, before any was dropped.
    pub genes_in_file: usize,
    /// Spots without a single count, dropped.
    pub zero_spots_dropped: usize,
    /// Genes without a single count, dropped.
    pub zero_genes_dropped: usize,
    /// Barcodes of the matrix that have no position under tissue, dropped.
    pub barcodes_without_position: usize,
    /// Positions under tissue that are not in the matrix, left out.
    pub positions_without_barcode: usize,
    /// Features that are not genes (antibodies, guides), left out.
    pub other_features_dropped: usize,
    /// Genes without a symbol, named by their id.
    pub symbols_from_ids: usize,
    /// Symbols in quotes or with spaces around them, cleaned.
    pub symbols_cleaned: usize,
    /// The slot of coordinates whose columns were ordered by their names, and the columns of x and y.
    pub axes: Option<(String, [String; 2])>,
    /// The picture with values below 0 or that are not numbers, which became black, and how many values.
    pub clipped: Option<(String, usize)>,
    /// Symbols renamed with `-1`, `-2`, … because another gene has them.
    pub symbols_made_unique: usize,
    /// Barcodes renamed with `-1`, `-2`, … because another spot has them.
    pub barcodes_made_unique: usize,
    /// Parts that could not be read and were left out (columns, pictures), with the reason.
    pub left_out: Vec<String>,
    /// Things that were read as they are and may be mistakes: several libraries, spots in one place, spots off the tissue.
    pub doubts: Vec<String>,
}

impl ReadReport {
    /// Whether everything in the file was read unchanged and nothing in it is doubtful.
    pub fn is_clean(&self) -> bool {
        self.notes().is_empty()
    }

    /// Where counts, coordinates and gene symbols were found, on one line.
    pub fn sources(&self) -> String {
        let mut text = format!(
            "counts from {}, coordinates from {}",
            self.counts_from, self.coordinates_from
        );
        if !self.symbols_from.is_empty() {
            text.push_str(", gene symbols from ");
            text.push_str(&self.symbols_from);
        }
        text
    }

    /// One plain sentence per thing that was left out, changed, or is doubtful.
    pub fn notes(&self) -> Vec<String> {
        let counted = [
            (self.zero_spots_dropped, "spot", "without any count dropped"),
            (self.zero_genes_dropped, "gene", "without any count dropped"),
            (
                self.barcodes_without_position,
                "barcode",
                "of the matrix without a position under tissue dropped",
            ),
            (
                self.positions_without_barcode,
                "position",
                "under tissue without a barcode in the matrix left out",
            ),
            (
                self.other_features_dropped,
                "feature",
                "of other kinds than gene expression left out",
            ),
            (
                self.symbols_from_ids,
                "gene",
                "without a symbol called by id",
            ),
            (
                self.symbols_cleaned,
                "gene symbol",
                "cleaned of quotes or spaces",
            ),
            (
                self.symbols_made_unique,
                "repeated gene symbol",
                "made unique with a number",
            ),
            (
                self.barcodes_made_unique,
                "repeated barcode",
                "made unique with a number",
            ),
        ];
        counted
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, noun, what)| format!("{n} {noun}{} {what}", if n == 1 { "" } else { "s" }))
            .chain(self.left_out.iter().map(|part| format!("left out: {part}")))
            .chain(self.doubts.iter().cloned())
            .collect()
    }
}

impl fmt::Display for ReadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sources())?;
        self.notes()
            .iter()
            .try_for_each(|note| write!(f, "\n{note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::ReadReport;

    #[test]
    fn says_what_was_dropped() {
        let report = ReadReport {
            counts_from: "X".into(),
            coordinates_from: "obsm/spatial".into(),
            zero_spots_dropped: 1,
            symbols_made_unique: 3,
            ..ReadReport::default()
        };
        assert_eq!(
            report.to_string(),
            "counts from X, coordinates from obsm/spatial\n\
             1 spot without any count dropped\n\
             3 repeated gene symbols made unique with a number"
        );
    }
}
