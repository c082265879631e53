//! A slide as the file holds it, before anything is dropped.

use ndarray::{Array2, Axis};

use crate::dataset::{SpatialDataset, check_length};
use crate::doubts::doubts;
use crate::error::IoError;
use crate::genes::Genes;
use crate::obs::Obs;
use crate::report::ReadReport;
use crate::source::Source;
use crate::sparse_counts::Compressed;
use crate::tissue::TissueImage;
use crate::unique_names::make_unique;

/// A slide as the file holds it: every spot, every gene, names as they are.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) counts: Compressed,
    pub(crate) barcodes: Vec<String>,
    pub(crate) symbols: Vec<String>,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) spatial: Array2<f64>,
    pub(crate) obs: Obs,
    pub(crate) image: Option<TissueImage>,
    pub(crate) source: Source,
}

impl Draft {
    /// Makes names unique, drops empty spots and genes, checks the rest.
    pub(crate) fn finish(
        self,
        mut report: ReadReport,
    ) -> Result<(SpatialDataset, ReadReport), IoError> {
        let (n, g) = (self.counts.n_major, self.counts.n_minor);
        report.spots_in_file = n;
        report.genes_in_file = g;
        check_length("coordinates", n, self.spatial.nrows())?;
        let mut whole = self.into_whole(&mut report)?;
        let (spots, genes) = occupied(&whole.counts);
        report.zero_spots_dropped = n - spots.len();
        report.zero_genes_dropped = g - genes.len();
        if spots.is_empty() || genes.is_empty() {
            return Err(IoError::Empty {
                name: whole.name,
                n_spots: spots.len(),
                n_genes: genes.len(),
            });
        }
        if spots.len() < n {
            whole.spatial = whole.spatial.select(Axis(0), &spots);
            whole.barcodes = spots
                .iter()
                .map(|&at| std::mem::take(&mut whole.barcodes[at]))
                .collect();
            whole.obs = whole.obs.select(&spots);
            whole.source = whole.source.select(&spots);
        }
        if genes.len() < g {
            whole.genes = whole.genes.select(&genes);
        }
        if spots.len() < n || genes.len() < g {
            let (indptr, indices, data) = whole.counts.into_raw_storage();
            let counts = Compressed {
                n_major: n,
                n_minor: g,
                indptr,
                indices,
                data,
            };
            let counts = if spots.len() < n {
                counts.select_major(&spots)
            } else {
                counts
            };
            whole.counts = counts.select_minor(&genes).into_matrix();
        }
        whole.check()?;
        report.doubts.extend(doubts(&whole));
        Ok((whole, report))
    }

    /// Everything the file holds as one data set: names made unique, nothing dropped.
    pub(crate) fn into_whole(self, report: &mut ReadReport) -> Result<SpatialDataset, IoError> {
        let mut barcodes = self.barcodes;
        report.barcodes_made_unique = make_unique(&mut barcodes);
        let mut symbols = self.symbols;
        if let Some(ids) = &self.ids {
            report.symbols_from_ids = name_by_id(&mut symbols, ids);
        }
        report.symbols_made_unique = make_unique(&mut symbols);
        check_length("barcodes", self.counts.n_major, barcodes.len())?;
        check_length("gene symbols", self.counts.n_minor, symbols.len())?;
        Ok(SpatialDataset {
            name: self.name,
            counts: self.counts.tidied().into_matrix(),
            barcodes,
            genes: Genes {
                symbols,
                ids: self.ids,
            },
            spatial: self.spatial,
            obs: self.obs,
            image: self.image,
            source: self.source,
        })
    }
}

/// Calls genes without a symbol by their id. A file whose names were made unique holds `-1`, `-2`, …
/// for all nameless genes but the first.
fn name_by_id(symbols: &mut [String], ids: &[String]) -> usize {
    let mut renamed = 0;
    for (symbol, id) in symbols.iter_mut().zip(ids) {
        let number = symbol.strip_prefix('-').unwrap_or(symbol);
        let nameless = symbol.is_empty()
            || (number.len() < symbol.len() && number.bytes().all(|b| b.is_ascii_digit()));
        if nameless && !id.is_empty() {
            symbol.clone_from(id);
            renamed += 1;
        }
    }
    renamed
}

fn occupied(counts: &crate::dataset::CountMatrix) -> (Vec<usize>, Vec<usize>) {
    let mut seen = vec![false; counts.cols()];
    let mut spots = Vec::with_capacity(counts.rows());
    for (row, view) in counts.outer_iterator().enumerate() {
        if view.nnz() > 0 {
            spots.push(row);
        }
        for &column in view.indices() {
            seen[column as usize] = true;
        }
    }
    let genes = (0..counts.cols()).filter(|&column| seen[column]).collect();
    (spots, genes)
}
