//! The 10x feature-barcode matrix in HDF5, layouts 2 (a group per genome) and 3 (`matrix/`).

use std::path::Path;

use hdf5_pure::AttrValue;

use super::FeatureMatrix;
use crate::error::IoError;
use crate::h5::H5File;
use crate::h5ad::matrix::read_compressed;

/// Whether a file is such a matrix, which has no coordinates.
pub(crate) fn is_matrix(file: &H5File) -> Result<bool, IoError> {
    Ok(home(file)?.is_some())
}

/// Reads the matrix, genes only.
pub(crate) fn read(path: &Path, memory: Option<u64>) -> Result<FeatureMatrix, IoError> {
    let file = H5File::open_within(path, memory)?;
    let Some((home, version)) = home(&file)? else {
        return Err(file.malformed("matrix", "is missing; this is not a 10x matrix"));
    };
    let at = |part: &str| format!("{home}/{part}");
    let (ids, symbols, kinds) = match version {
        Version::Three => {
            let kinds = at("features/feature_type");
            let kinds = if file.is_dataset(&kinds)? {
                Some(file.strings(&kinds)?)
            } else {
                None
            };
            (at("features/id"), at("features/name"), kinds)
        }
        Version::Two => (at("genes"), at("gene_names"), None),
    };
    let (ids, symbols) = (file.strings(&ids)?, file.strings(&symbols)?);
    let barcodes = file.strings(&at("barcodes"))?;
    let shape = file.i64s(&at("shape"))?;
    let expected = [symbols.len() as i64, barcodes.len() as i64];
    if shape != expected {
        let detail = format!("is {shape:?}, but there are {expected:?} features and barcodes");
        return Err(file.malformed(&at("shape"), detail));
    }
    if barcodes.is_empty() || symbols.is_empty() {
        return Err(IoError::Empty {
            name: path.display().to_string(),
            n_spots: barcodes.len(),
            n_genes: symbols.len(),
        });
    }
    // Columns are barcodes and the matrix is CSC, so its majors are the rows of the result.
    let place = |row, col| (row, col);
    let counts = read_compressed(&file, &home, barcodes.len(), symbols.len(), place, false)?;
    let counts = counts.map_err(|defect| IoError::NotCounts {
        path: path.into(),
        slot: at("data"),
        defect,
        slots: Vec::new(),
    })?;
    let attrs = file.attrs("/")?;
    let library = attrs
        .get("library_ids")
        .and_then(AttrValue::as_strings)
        .and_then(|names| names.first())
        .filter(|name| !name.is_empty() && !name.contains('/'))
        .cloned();
    Ok(FeatureMatrix {
        counts,
        barcodes,
        ids,
        symbols,
        library,
        other_features: 0,
    }
    .genes_only(kinds.as_deref()))
}

impl FeatureMatrix {
    /// Leaves out features that are not genes.
    pub(super) fn genes_only(mut self, kinds: Option<&[String]>) -> Self {
        let Some(kinds) = kinds else {
            return self;
        };
        let keep: Vec<usize> = (0..self.symbols.len())
            .filter(|&at| kinds.get(at).is_none_or(|kind| kind == "Gene Expression"))
            .collect();
        if keep.len() < self.symbols.len() {
            self.other_features = self.symbols.len() - keep.len();
            self.counts = self.counts.select_minor(&keep);
            let pick =
                |names: &[String]| keep.iter().map(|&at| names[at].clone()).collect::<Vec<_>>();
            self.symbols = pick(&self.symbols);
            self.ids = pick(&self.ids);
        }
        self
    }
}

enum Version {
    Two,
    Three,
}

fn home(file: &H5File) -> Result<Option<(String, Version)>, IoError> {
    if file.is_group("matrix/features")? && file.is_dataset("matrix/barcodes")? {
        return Ok(Some(("matrix".into(), Version::Three)));
    }
    let mut genomes = Vec::new();
    for group in file.groups("/")? {
        let has = |part: &str| file.is_dataset(&format!("{group}/{part}"));
        if has("gene_names")? && has("barcodes")? && has("indptr")? {
            genomes.push(group);
        }
    }
    match &genomes[..] {
        [] => Ok(None),
        [genome] => Ok(Some((genome.clone(), Version::Two))),
        several => Err(file.malformed(
            "/",
            format!(
                "holds several genomes ({}); one is needed",
                several.join(", ")
            ),
        )),
    }
}
