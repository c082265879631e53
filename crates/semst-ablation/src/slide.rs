//! A data set of the plan, in memory.

use std::path::{Path, PathBuf};

use semst::io::{Join, LabelFile, ReadConfig, SpatialDataset, label_codes, read};

use crate::error_line::one_line;
use crate::location::resolve;
use crate::plan::dataset::Domains;
use crate::{AblationError, DatasetEntry, fingerprint};

/// A slide with its truth, which is used only for scores.
#[derive(Debug)]
pub(crate) struct Slide {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) data: SpatialDataset,
    /// Codes of the known domains.
    pub(crate) truth: Option<Vec<Option<u32>>>,
    /// How a file of known domains was joined.
    pub(crate) join: Option<Join>,
    /// Number of domains to find.
    pub(crate) domains: usize,
    /// Hash of the file, and of how it is read.
    pub(crate) digest: String,
}

impl Slide {
    /// Reads a slide of a plan in `folder`.
    pub(crate) fn open(
        folder: &Path,
        entry: &DatasetEntry,
        reading: &ReadConfig,
    ) -> Result<Self, AblationError> {
        let name = entry.name();
        let path = resolve(folder, &entry.path);
        let (data, _) = read(&path, reading).map_err(|e| AblationError::Dataset {
            name: name.clone(),
            source: Box::new(e.into()),
        })?;
        let unread = |path: &Path| {
            let path = path.to_path_buf();
            move |source| AblationError::Read { path, source }
        };
        let mut digest = fingerprint::of_path(&path).map_err(unread(&path))?;
        let (mut truth, mut join) = (None, None);
        if let Some(key) = &entry.truth {
            let file = LabelFile::at(&resolve(folder, Path::new(key)));
            let labels = if let Some(file) = file.filter(|_| data.obs.get(key).is_none()) {
                digest += &fingerprint::of_path(&file.path).map_err(unread(&file.path))?;
                let of = format!("datasets.{name}.truth");
                let found = file.read(&data.barcodes);
                let found = found.map_err(|e| AblationError::plan(of, one_line(&e)))?;
                join = Some(found.join);
                found.labels
            } else {
                data.obs.labels(key).map_err(|e| AblationError::Dataset {
                    name: name.clone(),
                    source: Box::new(e.into()),
                })?
            };
            digest += key;
            truth = Some(label_codes(&labels));
        }
        let read_by = [&entry.layer, &entry.gene_symbols, &entry.spatial_key];
        digest += &format!("{read_by:?}");
        if !entry.input_is.is_counts() {
            digest += entry.input_is.name();
        }
        if let Some(subset) = &entry.subset {
            digest += &subset.to_string();
        }
        let classes = truth.as_ref().map(|t| t.names.len());
        let domains = match entry.domains {
            Some(Domains::Count(k)) => k,
            _ => classes.ok_or_else(|| {
                let problem = "is needed where there is no truth to count the classes of";
                AblationError::plan(format!("datasets.{name}.domains"), problem)
            })?,
        };
        Ok(Self {
            name,
            path,
            data,
            truth: truth.map(|t| t.codes),
            join,
            domains,
            digest,
        })
    }
}
