//! A slide as the file holds it, before anything is dropped.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::dataset::{CountMatrix, SpatialDataset, check_length};
use crate::error::IoError;
use crate::genes::Genes;
use crate::obs::Obs;
use crate::report::ReadReport;
use crate::source::Source;
use crate::sparse_counts::Compressed;
use crate::tissue::TissueImage;
use crate::unique_names::make_unique;

/// A slide as the file holds it: every spot, every gene, unchanged names.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) counts: Compressed,
    pub(crate) lognorm: bool,
    pub(crate) barcodes: Vec<String>,
    pub(crate) symbols: Vec<String>,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) spatial: Array2<f64>,
    pub(crate) z: Option<Vec<f64>>,
    pub(crate) obs: Obs,
    pub(crate) image: Option<TissueImage>,
    pub(crate) aligned: Aligned,
    pub(crate) source: Source,
}

/// The arrays of `obsm`, `varm` and `obsp` under the requested keys.
#[derive(Default)]
pub(crate) struct Aligned {
    pub(crate) obsm: BTreeMap<String, Array2<f32>>,
    pub(crate) varm: BTreeMap<String, Array2<f32>>,
    pub(crate) obsp: BTreeMap<String, CountMatrix>,
}

impl Draft {
    /// Everything in the file as one data set: names are made unique, nothing is dropped.
    pub(crate) fn into_whole(self, report: &mut ReadReport) -> Result<SpatialDataset, IoError> {
        check_length("coordinates", self.counts.n_major, self.spatial.nrows())?;
        let mut barcodes = self.barcodes;
        report.barcodes_made_unique = make_unique(&mut barcodes);
        let mut symbols = self.symbols;
        report.symbols_cleaned = clean(&mut symbols);
        if let Some(ids) = &self.ids {
            report.symbols_from_ids = name_by_id(&mut symbols, ids);
        }
        report.symbols_made_unique = make_unique(&mut symbols);
        check_length("barcodes", self.counts.n_major, barcodes.len())?;
        check_length("gene symbols", self.counts.n_minor, symbols.len())?;
        Ok(SpatialDataset {
            name: self.name,
            counts: self.counts.tidied().into_matrix(),
            lognorm: self.lognorm,
            barcodes,
            genes: Genes {
                symbols,
                ids: self.ids,
            },
            spatial: self.spatial,
            z: self.z,
            obs: self.obs,
            obsm: self.aligned.obsm,
            varm: self.aligned.varm,
            obsp: self.aligned.obsp,
            image: self.image,
            source: self.source,
        })
    }
}

/// Takes quotes and spaces from both ends of symbols, and returns how many had some.
fn clean(symbols: &mut [String]) -> usize {
    let mut cleaned = 0;
    for symbol in symbols {
        let mut bare = symbol.trim();
        for quote in ['\'', '"'] {
            let inner = bare.strip_prefix(quote);
            let inner = inner.and_then(|rest| rest.strip_suffix(quote));
            bare = inner.map_or(bare, str::trim);
        }
        if bare.len() < symbol.len() {
            *symbol = bare.to_owned();
            cleaned += 1;
        }
    }
    cleaned
}

/// Names genes without a symbol by their id. A file whose names were made unique has `-1`, `-2`, …
/// for all genes without a name except the first.
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
